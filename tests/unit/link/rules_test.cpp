#include <gtest/gtest.h>

#include "worker-agent/link/backoff.hpp"
#include "worker-agent/link/http_hub.hpp"
#include "worker-agent/link/statuses.hpp"

namespace agent {
namespace {

TEST(BackoffRule, doubles_from_half_a_second_to_thirty_with_full_jitter) {
  Backoff backoff;
  std::vector<std::int64_t> longest;
  for (int i = 0; i < 8; ++i) {
    longest.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(backoff.next(1.0)).count());
  }
  EXPECT_EQ(longest, (std::vector<std::int64_t>{500, 1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}));
  EXPECT_EQ(backoff.next(0.0), base::Duration::zero());
  backoff.reset();
  EXPECT_EQ(backoff.bound(), Backoff::kFirst);
  backoff.slow_down();
  EXPECT_EQ(backoff.bound(), Backoff::kLongest);
}

TEST(HttpDate, reads_imf_fixdate_only) {
  EXPECT_EQ(parse_http_date("Sat, 21 Nov 2026 10:00:00 GMT"), base::parse_utc("2026-11-21T10:00:00Z").value());
  EXPECT_FALSE(parse_http_date("2026-11-21T10:00:00Z").has_value());
  EXPECT_FALSE(parse_http_date("").has_value());
}

ReplicaObservation observed(const std::string& phase, const std::string& health) {
  ReplicaObservation observation;
  observation.phase = phase;
  observation.health = health;
  return observation;
}

TEST(Report, leaves_out_what_is_not_known) {
  const auto report = to_report(observed("running", "healthy"));
  EXPECT_EQ(report.phase, protocol::ReplicaPhase::running);
  EXPECT_FALSE(report.container_id.has_value());
  EXPECT_FALSE(report.port.has_value());
  EXPECT_EQ(to_report(observed("odd", "odd")).phase, protocol::ReplicaPhase::failed);
}

}  // namespace
}  // namespace agent
