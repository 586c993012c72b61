#include <gtest/gtest.h>

#include "control-plane/modules/observability/history.hpp"

namespace observability {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const base::UtcTime kStart{std::chrono::hours(24 * 365 * 56)};

class HistoryTest : public ::testing::Test {
 protected:
  protocol::ContainerStats used(std::uint64_t cpu_ms, std::uint64_t received = 0, std::uint64_t sent = 0) const {
    return {
        .replica_id = replica, .cpu_ms = cpu_ms, .memory_bytes = 1'000, .received_bytes = received, .sent_bytes = sent};
  }
  void report(const protocol::ContainerStats& stats, seconds later = seconds{5}) {
    clock.advance(later);
    history.take(worker, host, {stats});
  }
  Line<ReplicaPoint> line(std::optional<base::UtcTime> after = {}) const { return history.of(worker, replica, after); }

  base::ManualClock clock{kStart};
  History history{clock};
  protocol::HostStats host{.cpus = 2, .cpu_permille = 250};
  base::WorkerId worker = base::WorkerId::make(clock);
  base::ReplicaId replica = base::ReplicaId::make(clock);
};

TEST_F(HistoryTest, counters_become_rates_between_reports) {
  report(used(1'000, 100, 10));
  EXPECT_TRUE(line().points.empty()) << "one report is no rate";
  report(used(3'500, 5'100, 60));

  ASSERT_EQ(line().points.size(), 1U);
  const auto point = line().points[0];
  EXPECT_EQ(point.at, clock.utc_now());
  EXPECT_EQ(point.cpu_permille, 500U);
  EXPECT_EQ(point.memory_bytes, 1'000U);
  EXPECT_EQ(point.received_per_s, 1'000U);
  EXPECT_EQ(point.sent_per_s, 10U);
}

TEST_F(HistoryTest, a_container_that_began_anew_is_a_gap) {
  report(used(9'000));
  report(used(10));
  EXPECT_TRUE(line().points.empty());
  report(used(60));
  ASSERT_EQ(line().points.size(), 1U);
  EXPECT_EQ(line().points[0].cpu_permille, 10U);
}

TEST_F(HistoryTest, a_long_silence_is_a_gap) {
  report(used(0));
  report(used(5'000), minutes{3});
  EXPECT_TRUE(line().points.empty());
}

TEST_F(HistoryTest, it_is_live_until_it_was_silent_for_45_seconds) {
  report(used(0));
  report(used(1));
  EXPECT_TRUE(line().live);
  clock.advance(seconds{44});
  EXPECT_TRUE(line().live);
  clock.advance(seconds{1});
  EXPECT_FALSE(line().live);
  EXPECT_EQ(line().points.size(), 1U) << "what was, is still shown";
  EXPECT_FALSE(history.of(worker, std::nullopt).live);
}

TEST_F(HistoryTest, a_quarter_of_an_hour_is_kept) {
  for (int i = 0; i < 400; ++i) report(used(static_cast<std::uint64_t>(i)));
  EXPECT_EQ(line().points.size(), 181U);
  EXPECT_EQ(line().points.front().at, clock.utc_now() - minutes{15});
  EXPECT_EQ(line(clock.utc_now() - seconds{10}).points.size(), 2U);
  EXPECT_EQ(history.of(worker, std::nullopt).points.size(), 181U);
}

TEST_F(HistoryTest, what_is_gone_is_forgotten_and_what_came_back_is_not) {
  report(used(0));
  report(used(1));
  history.forgotten(worker);
  report(used(2));
  clock.advance(minutes{14});
  report(used(3));
  const auto other = base::WorkerId::make(clock);
  clock.advance(minutes{2});
  history.take(other, host, {});
  EXPECT_FALSE(history.of(worker, std::nullopt).points.empty()) << "it came back after it was gone";

  history.forgotten(worker);
  clock.advance(minutes{16});
  history.take(other, host, {});
  EXPECT_TRUE(history.of(worker, std::nullopt).points.empty());
}

TEST_F(HistoryTest, a_worker_that_was_never_heard_of_has_no_line) {
  EXPECT_FALSE(history.of(base::WorkerId::make(clock), std::nullopt).live);
  EXPECT_TRUE(history.of(worker, base::ReplicaId::make(clock), std::nullopt).points.empty());
}

}  // namespace
}  // namespace observability
