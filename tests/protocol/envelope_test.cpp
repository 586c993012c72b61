#include "common/protocol/envelope.hpp"

#include <gtest/gtest.h>

#include "common/protocol/limits.hpp"
#include "tests/protocol/vectors.hpp"

namespace protocol {
namespace {

const std::string kId = "01936f2a-7c00-7000-8000-000000000001";

std::string header(const std::string& v = "1", const std::string& seq = "0", const std::string& type = "hello",
                   const std::string& data = "{}") {
  return R"({"v":)" + v + R"(,"seq":)" + seq + R"(,"id":")" + kId + R"(","type":")" + type +
         R"(","ts":"2026-11-21T10:00:00.000Z","data":)" + data + "}";
}

class EnvelopeForm : public testing::Test {
 protected:
  std::string seal(const std::string& content) const {
    const crypto::Mac mac = key_.mac(content);
    return std::string(mac.data(), mac.size()) + content;
  }
  EnvelopeFault refusal(const std::string& content) const {
    const auto decoded = decode_envelope(key_, false, seal(content));
    return decoded ? EnvelopeFault{CloseCode::normal, "accepted"} : decoded.error();
  }

  crypto::HmacKey key_{"key"};
  const EnvelopeFault malformed_{CloseCode::protocol_error, "malformed"};
};

TEST_F(EnvelopeForm, accepts_the_form) {
  const auto envelope = decode_envelope(key_, false, seal(header("1", "7") + "\nattached\nbytes")).value();

  EXPECT_EQ(envelope.seq, 7U);
  EXPECT_EQ(envelope.attachment, "attached\nbytes");
  EXPECT_EQ(envelope.data, "{}");
}

TEST_F(EnvelopeForm, ignores_members_that_are_not_listed) {
  std::string text = header();
  text.insert(1, R"("later":[1,{"x":2}],)");
  EXPECT_TRUE(decode_envelope(key_, false, seal(text + "\n")).has_value());
}

/// Headers are read by a quick reader and, where anything is unusual, by the strict one: nobody can tell which.
TEST_F(EnvelopeForm, is_read_the_same_however_it_is_written) {
  const std::string usual = header("1", "7", "replica.status", R"({"a":[1,{"b":"x"}]})");
  std::string escaped = usual;
  escaped.replace(escaped.find("\"v\""), 3, R"("\u0076")");
  std::string spaced = usual;
  for (auto at = spaced.find(','); at != std::string::npos; at = spaced.find(',', at + 2)) spaced.insert(at + 1, " ");

  for (const auto& text : {usual, escaped, spaced}) {
    const auto quick = decode_header(text).value();
    const auto strict = decode_unusual_header(text).value();
    EXPECT_EQ(quick.seq, 7U);
    EXPECT_EQ(quick.id, strict.id);
    EXPECT_EQ(quick.type, strict.type);
    EXPECT_EQ(quick.ts, strict.ts);
    EXPECT_EQ(quick.data, strict.data);
  }
}

TEST_F(EnvelopeForm, refuses_a_wrong_mac_before_reading_the_content) {
  const std::string message = seal(header() + "\n");
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    std::string changed = message;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(decode_envelope(key_, false, changed).error().code, CloseCode::bad_mac) << bit;
  }
  EXPECT_EQ(decode_envelope(key_, false, std::string(32, 'x') + "not json").error(),
            (EnvelopeFault{CloseCode::bad_mac, "bad_mac"}));
}

TEST_F(EnvelopeForm, refuses_messages_shorter_than_a_mac) {
  EXPECT_EQ(decode_envelope(key_, false, std::string(31, 'x')).error(),
            (EnvelopeFault{CloseCode::bad_mac, "too_short"}));
  EXPECT_EQ(decode_envelope(key_, false, "").error().code, CloseCode::bad_mac);
}

TEST_F(EnvelopeForm, refuses_text_frames) {
  EXPECT_EQ(decode_envelope(key_, true, seal(header() + "\n")).error(),
            (EnvelopeFault{CloseCode::protocol_error, "text_frame"}));
}

TEST_F(EnvelopeForm, refuses_what_is_too_large) {
  const EnvelopeFault too_large{CloseCode::too_large, "too_large"};
  const std::string line = header() + "\n";
  const std::string largest(kMaxMessageBytes - kMacBytes - line.size(), 'a');

  EXPECT_TRUE(decode_envelope(key_, false, seal(line + largest)).has_value());
  EXPECT_EQ(refusal(line + largest + "a"), too_large);
  const std::string frame = header("1", "0", "hello", R"({"x":""})");
  std::string widest =
      header("1", "0", "hello", R"({"x":")" + std::string(kMaxHeaderBytes - frame.size(), 'a') + R"("})");
  ASSERT_EQ(widest.size(), kMaxHeaderBytes);
  EXPECT_EQ(refusal(widest + "\n").reason, "accepted");
  EXPECT_EQ(refusal(header("1", "0", "hello", R"({"x":")" + std::string(kMaxHeaderBytes, 'a') + R"("})") + "\n"),
            too_large);
}

TEST_F(EnvelopeForm, refuses_what_is_not_the_form) {
  const std::vector<std::string> contents{
      "",
      "\n",
      header(),
      "[]\n",
      "{}\n",
      header() + " {}\n",
      "\xef\xbb\xbf" + header() + "\n",
      header("1", "0", "hello", "[]") + "\n",
      header("1", "0", "hello", "null") + "\n",
      header("1", "0", "hello", "\"{}\"") + "\n",
      header("1", "0", "hello", "{\"a\":\"\xff\"}") + "\n",
      header("1", "0", "hello", "{\"a\":1,}") + "\n",
  };
  for (const std::string& content : contents) EXPECT_EQ(refusal(content), malformed_) << content;
}

TEST_F(EnvelopeForm, refuses_duplicate_members_at_any_depth) {
  std::string twice = header();
  twice.insert(1, R"("seq":0,)");
  EXPECT_EQ(refusal(twice + "\n"), malformed_);
  EXPECT_EQ(refusal(header("1", "0", "hello", R"({"a":1,"a":1})") + "\n"), malformed_);
  EXPECT_EQ(refusal(header("1", "0", "hello", R"({"a":[{"b":{"c":1,"c":2}}]})") + "\n"), malformed_);
  EXPECT_EQ(refusal(header("1", "0", "hello", R"({"a":1,"\u0061":1})") + "\n"), malformed_);
}

TEST_F(EnvelopeForm, refuses_integers_that_are_not_plain) {
  for (const char* number : {"1.0", "1e0", "-1", "\"1\"", "01", "18446744073709551616", "null", "true", "+1", "1.5"}) {
    EXPECT_EQ(refusal(header("1", number) + "\n"), malformed_) << number;
  }
  for (const char* version : {"1.0", "1e0", "2", "0", "\"1\""}) {
    EXPECT_EQ(refusal(header(version) + "\n"), malformed_) << version;
  }
}

TEST_F(EnvelopeForm, refuses_types_off_their_pattern) {
  for (const char* type :
       {"", "Hello", "hello.", ".hello", "hello..x", "hello world", "hello-x", "hello1", "h\\u00e9"}) {
    EXPECT_EQ(refusal(header("1", "0", type) + "\n"), malformed_) << type;
  }
  EXPECT_EQ(refusal(header("1", "0", std::string(64, 'a')) + "\n").reason, "accepted");
  EXPECT_EQ(refusal(header("1", "0", std::string(65, 'a')) + "\n"), malformed_);
}

TEST_F(EnvelopeForm, refuses_ids_and_times_off_their_form) {
  for (const char* id : {"01936F2A-7C00-7000-8000-000000000001", "01936f2a7c0070008000000000000001", ""}) {
    std::string text = header();
    text.replace(text.find(kId), kId.size(), id);
    EXPECT_EQ(refusal(text + "\n"), malformed_) << id;
  }
  std::string text = header();
  text.replace(text.find("2026"), 24, "2026-11-21 10:00:00+01:00");
  EXPECT_EQ(refusal(text + "\n"), malformed_);
}

TEST_F(EnvelopeForm, refuses_deep_nesting) {
  const std::string deep = R"({"a":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
  EXPECT_EQ(refusal(header("1", "0", "hello", deep) + "\n"), malformed_);
}

TEST_F(EnvelopeForm, does_not_write_what_is_too_large) {
  Envelope envelope;
  envelope.type = "stream.data";
  envelope.attachment = std::string(kMaxMessageBytes, 'x');
  EXPECT_FALSE(encode_envelope(key_, envelope).has_value());
  envelope.attachment.clear();
  envelope.data = R"({"x":")" + std::string(kMaxHeaderBytes, 'x') + R"("})";
  EXPECT_FALSE(encode_envelope(key_, envelope).has_value());
}

TEST(Nonce, has_exactly_32_bytes) {
  const std::string good = vectors::text(vectors::all()["agent_nonce"]);
  EXPECT_TRUE(decode_nonce(good).has_value());
  for (const std::string& bad : {std::string(), good + "=", good + "A", good.substr(1), good.substr(1) + "+"}) {
    EXPECT_FALSE(decode_nonce(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace protocol
