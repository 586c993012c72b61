#include <gtest/gtest.h>

#include "common/base/bytes.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "common/base/id.hpp"
#include "common/base/secret.hpp"

namespace {

TEST(Clock, prints_and_reads_utc_with_milliseconds) {
  const auto time = base::parse_utc("2026-02-28T23:59:59.1239Z");

  ASSERT_TRUE(time);
  EXPECT_EQ(base::format_utc(*time), "2026-02-28T23:59:59.123Z");
  EXPECT_EQ(base::format_utc(*base::parse_utc("1969-12-31T23:59:59.999Z")), "1969-12-31T23:59:59.999Z");
}

TEST(Clock, refuses_times_that_are_not) {
  for (const char* text :
       {"", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+01:00", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00Zx"}) {
    EXPECT_FALSE(base::parse_utc(text)) << text;
  }
}

TEST(Deadline, passes_when_its_clock_does) {
  base::ManualClock clock(*base::parse_utc("2026-01-01T00:00:00Z"));
  const auto deadline = base::Deadline::after(clock, std::chrono::seconds(5));

  EXPECT_FALSE(deadline.passed(clock));
  clock.advance(std::chrono::seconds(5));
  EXPECT_TRUE(deadline.passed(clock));
  EXPECT_EQ(base::format_utc(clock.utc_now()), "2026-01-01T00:00:05.000Z");
}

TEST(Id, holds_the_time_and_differs_each_time) {
  const base::ManualClock clock(*base::parse_utc("2026-01-01T00:00:00Z"));

  const auto first = base::AppId::make(clock);
  const auto second = base::AppId::make(clock);

  EXPECT_NE(first, second);
  EXPECT_EQ(first.to_string().substr(0, 13), second.to_string().substr(0, 13));
  EXPECT_EQ(first.to_string()[14], '7');
  EXPECT_EQ(base::AppId::parse(first.to_string()), first);
}

TEST(Id, refuses_other_spellings) {
  for (const char* text : {"", "01890a5dac96774bbcceb302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057",
                           "01890a5d-ac96-774b-bcce-b302099a805", "01890a5d-ac96-774b-bcce-b302099a805g",
                           "01890a5dac-96-774b-bcce-b302099a8057", "{1890a5d-ac96-774b-bcce-b302099a8057"}) {
    EXPECT_FALSE(base::Uuid::parse(text)) << text;
  }
}

TEST(Bytes, refuse_what_has_two_spellings) {
  EXPECT_EQ(base::base64url_encode("\xFF\xFE"), "__4");
  EXPECT_EQ(*base::base64url_decode("__4"), "\xFF\xFE");
  EXPECT_FALSE(base::base64url_decode("__4="));
  EXPECT_FALSE(base::base64url_decode("__5"));
  EXPECT_FALSE(base::base64url_decode("//4"));
  EXPECT_EQ(*base::hex_decode("00ff"), std::string("\0\xFF", 2));
  EXPECT_FALSE(base::hex_decode("FF"));
  EXPECT_FALSE(base::hex_decode("0"));
}

/// libsodium, which decodes, takes some bytes above 0x7f for letters.
TEST(Bytes, no_byte_outside_the_alphabet_is_taken_for_a_letter) {
  const auto letter = [](int c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  for (int c = 0; c < 256; ++c) {
    const std::string text{'A', static_cast<char>(c), 'A', 'A'};
    EXPECT_EQ(base::base64url_decode(text).has_value(), letter(c) || c == '-' || c == '_') << c;
    EXPECT_EQ(base::base64_decode(text).has_value(), letter(c) || c == '+' || c == '/') << c;
  }
}

TEST(Secret, leaves_nothing_where_it_was_moved_from) {
  base::SecretString first("a secret that is long enough for the heap");

  const base::SecretString second(std::move(first));

  EXPECT_TRUE(first.empty());  // NOLINT: that is the question
  EXPECT_TRUE(second.equals("a secret that is long enough for the heap"));
  EXPECT_FALSE(second.equals("another"));
}

}  // namespace
