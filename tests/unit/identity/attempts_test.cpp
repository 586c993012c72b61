#include "control-plane/modules/identity/attempts.hpp"

#include <gtest/gtest.h>

namespace identity {
namespace {

TEST(Attempts, LIM_01_twenty_a_minute_and_address) {
  base::ManualClock clock{base::UtcTime(std::chrono::seconds(1'700'000'000))};
  Attempts attempts(clock);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(attempts.take("192.0.2.1"));

  EXPECT_EQ(attempts.take("192.0.2.1").error().kind, base::ErrorKind::rate_limited);
  EXPECT_TRUE(attempts.take("192.0.2.2"));
  clock.advance(std::chrono::seconds(3));
  EXPECT_TRUE(attempts.take("192.0.2.1"));
  EXPECT_FALSE(attempts.take("192.0.2.1"));
}

}  // namespace
}  // namespace identity
