#include "control-plane/modules/identity/attempts.hpp"

#include <gtest/gtest.h>

namespace identity {
namespace {

struct AttemptsTest : testing::Test {
  base::ManualClock clock{base::UtcTime(std::chrono::seconds(1'700'000'000))};
  api::RateLimits limits{clock};
  Attempts attempts{limits};
  const base::PersonId ann = base::PersonId::make(clock);
  const base::PersonId ben = base::PersonId::make(clock);
};

TEST_F(AttemptsTest, LIM_01_twenty_a_minute_and_address) {
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(attempts.take("192.0.2.1"));

  EXPECT_EQ(attempts.take("192.0.2.1").error().kind, base::ErrorKind::rate_limited);
  EXPECT_TRUE(attempts.take("192.0.2.2"));
  clock.advance(std::chrono::seconds(3));
  EXPECT_TRUE(attempts.take("192.0.2.1"));
  EXPECT_FALSE(attempts.take("192.0.2.1"));
}

TEST_F(AttemptsTest, LIM_01_an_ipv6_network_is_one_address) {
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(attempts.take("2001:db8::" + std::to_string(i)));

  EXPECT_FALSE(attempts.take("2001:db8::ffff"));
}

TEST_F(AttemptsTest, LIM_01_very_many_addresses_take_nobodys_turn) {
  for (int i = 0; i < 250'000; ++i) attempts.take("198.18." + std::to_string(i / 250) + "." + std::to_string(i % 250));

  EXPECT_TRUE(attempts.take("192.0.2.1"));
}

TEST_F(AttemptsTest, LIM_01_codes_are_counted_by_address_and_account) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(attempts.take_code("192.0.2.1", ann));

  EXPECT_EQ(attempts.take_code("192.0.2.1", ann).error().code, "code.too_many_tries");
  EXPECT_TRUE(attempts.take_code("192.0.2.2", ann)) << "the person is not locked out elsewhere";
  EXPECT_TRUE(attempts.take_code("192.0.2.1", ben));
}

}  // namespace
}  // namespace identity
