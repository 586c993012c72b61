#include "worker-agent/builds/masker.hpp"

#include <gtest/gtest.h>

#include "common/base/bytes.hpp"

namespace builds {
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

}  // namespace
}  // namespace builds
