#include "worker-agent/logs/masker.hpp"

#include <gtest/gtest.h>

#include <random>

#include "common/base/bytes.hpp"
#include "worker-agent/logs/secret_forms.hpp"

namespace logs {
namespace {

std::string masked(Masker& masker, const std::vector<std::string>& chunks) {
  std::string out;
  for (const auto& chunk : chunks) out += masker.add(chunk);
  return out + masker.finish();
}

TEST(Masker, hides_a_value_wherever_the_chunks_are_cut) {
  const std::string text = "a=hunter22-secret b=hunter22-secrex hunter22-secret";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Masker masker({"hunter22-secret"});

    EXPECT_EQ(masked(masker, {text.substr(0, cut), text.substr(cut)}), "a=••• b=hunter22-secrex •••") << cut;
  }
}

TEST(Masker, hides_a_value_that_comes_byte_by_byte) {
  Masker masker({"ababac"});
  std::vector<std::string> chunks;
  for (const char c : std::string("xababababacx")) chunks.emplace_back(1, c);

  EXPECT_EQ(masked(masker, chunks), "xabab•••x");
}

TEST(Masker, what_follows_a_value_is_shown_though_the_value_holds_a_part_of_an_encoding) {
  const std::string other = "one long value that some tools would break into lines";
  const std::string value = base::base64_encode(other).substr(0, 48) + "!end";
  Masker masker({other, value});

  EXPECT_EQ(masked(masker, {value + "Goes on"}), "•••Goes on");
  EXPECT_EQ(masked(masker, {value, "Goes on"}), "•••Goes on");
}

TEST(Masker, hides_encoded_forms) {
  const std::string value = "s3cret/value+1";
  for (const std::string& shown : {base::hex_encode(value), std::string("s3cret%2Fvalue%2B1")}) {
    Masker masker({value});
    EXPECT_EQ(masked(masker, {"x " + shown + " y"}), "x ••• y");
  }
  for (const std::string before : {"", "u", "us", "user:"}) {
    Masker masker({value});
    const std::string out = masked(masker, {base::base64_encode(before + value + "!")});
    EXPECT_NE(out.find("•••"), std::string::npos) << out;
  }
}

TEST(Masker, leaves_short_values_and_plain_text_alone) {
  Masker masker({"short", ""});

  EXPECT_EQ(masked(masker, {"a short text"}), "a short text");
}

TEST(Masker, hides_the_longer_of_two_values_first) {
  Masker masker({"secret", "secret-and-more"});

  EXPECT_EQ(masked(masker, {"secret-and-more secret"}), "••• •••");
}

TEST(Masker, hides_every_line_of_a_value_of_many_lines) {
  const std::string key = "-----BEGIN KEY-----\nMIIabcdef0123\nzzyyxxwwvv\n-----END KEY-----\n";
  for (const std::string line : {"MIIabcdef0123", "zzyyxxwwvv"}) {
    Masker masker({key});
    std::string shown;

    EXPECT_TRUE(masker.mask("key: " + line, shown));
    EXPECT_EQ(shown, "key: •••");
  }
}

TEST(Masker, hides_long_encodings_that_a_tool_broke_into_lines) {
  std::string value;
  for (int i = 0; i < 100; ++i) value += static_cast<char>('!' + (i * 37) % 90);
  const std::string encoded = base::base64_encode("user:" + value);
  std::string wrapped;
  for (std::size_t at = 0; at < encoded.size(); at += 76) wrapped += encoded.substr(at, 76) + "\n";
  Masker masker({value});

  const auto shown = masked(masker, {wrapped.substr(0, 100), wrapped.substr(100)});

  for (std::size_t at = 20; at + 12 < encoded.size(); ++at) {
    EXPECT_EQ(shown.find(encoded.substr(at, 12)), std::string::npos) << shown;
  }
}

TEST(Masker, hides_json_and_form_encodings) {
  const std::string value = "pass \"word\"/1";
  for (const std::string shown : {R"(pass \"word\"/1)", "pass+%22word%22%2F1", "pass%20%22word%22%2f1"}) {
    Masker masker({value});
    EXPECT_EQ(masked(masker, {"x " + shown + " y"}), "x ••• y");
  }
}

TEST(Masker, hides_what_any_way_of_percent_encoding_makes_of_a_value) {
  const std::string value = "s3cret/value+1 &x";
  for (const std::string shown :
       {"s3cret/value%2B1%20%26x", "s3cret/value+1%20&x", "%73%33%63%72%65%74%2f%76%61%6c%75%65%2b%31%20%26%78",
        "%73%33%63%72%65%74%2F%76%61%6C%75%65%2B%31%20%26%78"}) {
    Masker masker({value});
    EXPECT_EQ(masked(masker, {"x " + shown + " y"}), "x ••• y") << shown;
  }
}

TEST(Masker, two_values_that_overlap_are_hidden_together) {
  const std::string text = "<xxabc1zzz>";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Masker masker({"xxabc1", "bc1zzz"});

    EXPECT_EQ(masked(masker, {text.substr(0, cut), text.substr(cut)}), "<•••>") << cut;
  }
}

/// Masks that touch are one.
std::string collapsed(std::string text) {
  for (auto at = text.find("••••••"); at != std::string::npos; at = text.find("••••••")) text.replace(at, 18, "•••");
  return text;
}

TEST(Masker, shows_no_form_of_any_value_wherever_random_chunks_are_cut) {
  std::mt19937 random(20261121);
  const auto letters = [&random](std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += "ab+/ 1\n\"=&%"[random() % 11];
    return text;
  };
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> values;
    for (std::size_t count = 1 + random() % 4; count > 0; --count)
      values.push_back(letters(random() % 7 == 0 ? 400 : 4 + random() % 90));
    std::vector<std::string> forms;
    for (const auto& value : values) {
      for (const auto& form : secret_forms(value, Masker::kShortest)) forms.push_back(form.text);
    }
    std::string output;
    for (int piece = 0; piece < 12; ++piece) {
      output += letters(random() % 30);
      if (!forms.empty()) output += forms[random() % forms.size()];
      if (random() % 3 == 0)
        output += base::base64_encode(letters(random() % 5) + values[random() % values.size()] + letters(3));
    }
    Masker masker(values);

    std::string shown;
    for (std::size_t at = 0; at < output.size();) {
      const auto size = 1 + random() % 50;
      shown += masker.add(std::string_view(output).substr(at, size));
      at += size;
    }
    shown += masker.finish();

    for (const auto& form : forms) EXPECT_EQ(shown.find(form), std::string::npos) << "round " << round << ": " << form;
    std::string whole;
    if (!masker.mask(output, whole)) whole = output;
    EXPECT_EQ(collapsed(shown), collapsed(whole)) << "round " << round;
  }
}

}  // namespace
}  // namespace logs
