#include "common/crypto/one_time_code.hpp"

#include <gtest/gtest.h>

#include <array>

namespace crypto {
namespace {

const std::string kKey20 = "12345678901234567890";
const std::string kKey32 = "12345678901234567890123456789012";
const std::string kKey64 = "1234567890123456789012345678901234567890123456789012345678901234";

base::UtcTime at(std::int64_t seconds) {
  return base::UtcTime(std::chrono::seconds(seconds));
}

TEST(OneTimeCode, rfc_4226_appendix_d) {
  const std::array<const char*, 10> codes{"755224", "287082", "359152", "969429", "338314",
                                          "254676", "287922", "162583", "399871", "520489"};
  for (std::size_t counter = 0; counter < codes.size(); ++counter) EXPECT_EQ(hotp(kKey20, counter), codes.at(counter));
}

struct Vector {
  std::int64_t time;
  const char* sha1;
  const char* sha256;
  const char* sha512;
};

TEST(OneTimeCode, rfc_6238_appendix_b) {
  const std::array<Vector, 6> vectors{{{59, "94287082", "46119246", "90693936"},
                                       {1111111109, "07081804", "68084774", "25091201"},
                                       {1111111111, "14050471", "67062674", "99943326"},
                                       {1234567890, "89005924", "91819424", "93441116"},
                                       {2000000000, "69279037", "90698825", "38618901"},
                                       {20000000000, "65353130", "77737706", "47863826"}}};
  for (const auto& vector : vectors) {
    const auto step = code_step(at(vector.time));
    EXPECT_EQ(hotp(kKey20, step, 8, CodeHash::sha1), vector.sha1) << vector.time;
    EXPECT_EQ(hotp(kKey32, step, 8, CodeHash::sha256), vector.sha256) << vector.time;
    EXPECT_EQ(hotp(kKey64, step, 8, CodeHash::sha512), vector.sha512) << vector.time;
  }
}

TEST(OneTimeCode, the_step_before_and_the_step_after_count_too) {
  const auto now = at(1'000'000'000);
  const auto step = code_step(now);

  EXPECT_EQ(find_code_step(kKey20, hotp(kKey20, step), now), step);
  EXPECT_EQ(find_code_step(kKey20, hotp(kKey20, step - 1), now), step - 1);
  EXPECT_EQ(find_code_step(kKey20, hotp(kKey20, step + 1), now), step + 1);
  EXPECT_FALSE(find_code_step(kKey20, hotp(kKey20, step - 2), now));
  EXPECT_FALSE(find_code_step(kKey20, hotp(kKey20, step + 2), now));
}

TEST(OneTimeCode, what_is_no_code_matches_nothing) {
  const auto now = at(1'000'000'000);
  for (const char* text : {"", "0", "00000", "0000000", "abcdef", " 12345"}) {
    EXPECT_FALSE(find_code_step(kKey20, text, now)) << text;
  }
}

TEST(OneTimeCode, base32_of_rfc_4648) {
  EXPECT_EQ(base32_encode(""), "");
  EXPECT_EQ(base32_encode("f"), "MY");
  EXPECT_EQ(base32_encode("fo"), "MZXQ");
  EXPECT_EQ(base32_encode("foo"), "MZXW6");
  EXPECT_EQ(base32_encode("foob"), "MZXW6YQ");
  EXPECT_EQ(base32_encode("fooba"), "MZXW6YTB");
  EXPECT_EQ(base32_encode("foobar"), "MZXW6YTBOI");
}

}  // namespace
}  // namespace crypto
