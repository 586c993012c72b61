#include "worker-agent/edge/traffic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/json/json.hpp"
#include "tests/unit/edge/routes.hpp"

namespace edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

const base::ReleaseId kOld = numbered<base::ReleaseId>(101);
const base::ReleaseId kNew = numbered<base::ReleaseId>(102);

Target of(base::ReleaseId release, int replica, bool drain = false) {
  auto result = target(replica, 20000 + replica, drain);
  result.release = release;
  return result;
}

ServerCounters row(const Target& target, std::uint64_t answered, std::uint64_t in_flight = 0) {
  ServerCounters row;
  row.backend = "app-1";
  row.name = server_name(target);
  row.answered = answered;
  row.in_flight = in_flight;
  return row;
}

ServerCounters backend(std::uint64_t own_5xx = 0, std::uint64_t connect = 0, std::uint64_t response = 0) {
  ServerCounters row;
  row.backend = "app-1";
  row.name = kBackendRow;
  row.responses_5xx = own_5xx;
  row.connect_errors = connect;
  row.response_errors = response;
  return row;
}

/// One edge with one app in slot 1, moved along by hand.
class TrafficTest : public ::testing::Test {
 protected:
  void plan(std::vector<Target> targets, bool restored = false) {
    layout_.slots = 2;
    layout_ = *edge::plan(layout_, {route(1, std::move(targets))}, now_.utc, {});
    traffic_.plan(layout_, now_, restored);
  }
  void count(std::vector<ServerCounters> rows) { traffic_.counted(rows, now_); }
  void pass(base::Duration time) {
    now_.steady += time;
    now_.utc += std::chrono::duration_cast<std::chrono::microseconds>(time);
  }
  /// The old release serves, and was counted; then the new one is planned beside it.
  void begin_switch() {
    plan({of(kOld, 1)});
    count({row(of(kOld, 1), 0), backend()});
    finish_first();
    count({row(of(kOld, 1), 500), backend()});
    plan({of(kOld, 1), of(kNew, 2)});
    count({row(of(kOld, 1), 600), backend()});
  }
  void finish_first() {
    pass(seconds(31));
    count({row(of(kOld, 1), 0), backend()});
    traffic_.report(now_);
    traffic_.report(now_);
    traffic_.report(now_);
  }
  protocol::EdgeSwitchStats record() {
    const auto stats = traffic_.report(now_);
    EXPECT_EQ(stats.switches.size(), 1U);
    return stats.switches.empty() ? protocol::EdgeSwitchStats{} : stats.switches.front();
  }

  Moment now_{base::UtcTime(std::chrono::hours(24 * 365 * 56)), base::SteadyTime(std::chrono::hours(5))};
  Layout layout_;
  Traffic traffic_;
};

TEST_F(TrafficTest, a_switch_counts_what_old_and_new_answered_since_it_began) {
  begin_switch();

  pass(seconds(2));
  count({row(of(kOld, 1), 640), row(of(kNew, 2), 70), backend()});
  const auto told = record();

  EXPECT_EQ(told.release_id, kNew);
  EXPECT_EQ(told.phase, "during");
  EXPECT_EQ(told.requests_old, 40U);
  EXPECT_EQ(told.requests_new, 70U);
  EXPECT_EQ(told.during.counts.requests, 110U);
  EXPECT_EQ(told.during.milliseconds, 2000U);
  EXPECT_EQ(told.before.counts.requests, 600U);
  EXPECT_TRUE(told.complete);
}

TEST_F(TrafficTest, it_lasts_until_the_last_old_server_is_gone_and_half_a_minute_longer) {
  begin_switch();
  count({row(of(kOld, 1), 640, 3), row(of(kNew, 2), 70), backend()});

  plan({of(kOld, 1, true), of(kNew, 2)});
  count({row(of(kOld, 1), 640, 3), row(of(kNew, 2), 80), backend()});
  pass(seconds(10));
  plan({of(kNew, 2)});
  count({row(of(kOld, 1), 643, 0), row(of(kNew, 2), 500), backend()});
  EXPECT_EQ(record().phase, "during");
  count({row(of(kNew, 2), 510), backend()});
  EXPECT_EQ(record().phase, "after");
  pass(seconds(30));
  count({row(of(kNew, 2), 800), backend()});
  const auto told = record();

  EXPECT_EQ(told.phase, "final");
  EXPECT_EQ(told.requests_old, 43U);
  EXPECT_EQ(told.requests_new, 510U);
  EXPECT_EQ(told.after.counts.requests, 290U);
  EXPECT_EQ(told.connections_drained, 3U);
  EXPECT_EQ(told.connections_cut, 0U);
  EXPECT_EQ(told.longest_drain_ms, 10'000U);
}

TEST_F(TrafficTest, connections_that_outlast_the_grace_are_cut_and_not_drained) {
  begin_switch();
  count({row(of(kOld, 1), 640, 3), row(of(kNew, 2), 70), backend()});
  plan({of(kNew, 2)});
  count({row(of(kOld, 1), 640, 3), row(of(kNew, 2), 70), backend()});

  traffic_.cut("app-1/" + server_name(of(kOld, 1)), 2);
  count({row(of(kNew, 2), 70), backend()});
  const auto told = record();

  EXPECT_EQ(told.connections_drained, 1U);
  EXPECT_EQ(told.connections_cut, 2U);
}

TEST_F(TrafficTest, errors_are_told_by_cause) {
  begin_switch();
  auto fresh = row(of(kNew, 2), 70);
  fresh.responses_5xx = 4;
  fresh.response_errors = 2;

  // Of 13 5xx answers the app gave 4; two broken answers, three failed connects, so four found no replica.
  count({row(of(kOld, 1), 600), fresh, backend(13, 3, 2)});
  const auto counts = record().during.counts;

  EXPECT_EQ(counts.app_errors, 4U);
  EXPECT_EQ(counts.response_errors, 2U);
  EXPECT_EQ(counts.connect_errors, 3U);
  EXPECT_EQ(counts.unserved, 4U);
  EXPECT_EQ(counts.requests, 70U + 2U + 3U + 4U);
}

TEST_F(TrafficTest, a_broken_connection_that_another_one_made_good_is_no_error) {
  begin_switch();

  // Four went over a connection that was just being closed, and then over another one; one answer was HAProxy's own.
  count({row(of(kOld, 1), 600), row(of(kNew, 2), 70), backend(1, 0, 5)});
  const auto counts = record().during.counts;

  EXPECT_EQ(counts.response_errors, 1U);
  EXPECT_EQ(counts.unserved, 0U);
  EXPECT_EQ(counts.requests, 70U + 1U);
}

TEST_F(TrafficTest, latencies_go_to_before_during_and_after) {
  plan({of(kOld, 1)});
  count({row(of(kOld, 1), 0), backend()});
  finish_first();
  traffic_.answered("app-1 s 200 1000 --\n", now_.steady);
  plan({of(kOld, 1), of(kNew, 2)});
  count({row(of(kOld, 1), 1), backend()});
  traffic_.answered("app-1 s 200 2000 --\n", now_.steady);
  traffic_.answered("app-1 s 200 - --\n", now_.steady);
  traffic_.answered("no-site <NOSRV> 404 50 --\n", now_.steady);
  plan({of(kNew, 2)});
  count({row(of(kNew, 2), 1), backend()});
  traffic_.answered("app-1 s 200 4000 --\n", now_.steady);
  const auto told = record();

  const auto at = [](std::uint64_t micros) {
    return static_cast<std::uint32_t>(protocol::LatencyHistogram::bucket_of(micros));
  };
  EXPECT_THAT(told.before.latency, ElementsAre(at(1000), 1U));
  EXPECT_THAT(told.during.latency, ElementsAre(at(2000), 1U));
  EXPECT_THAT(told.after.latency, ElementsAre(at(4000), 1U));
}

TEST_F(TrafficTest, a_restart_of_haproxy_makes_it_incomplete_and_counts_go_on) {
  begin_switch();
  count({row(of(kOld, 1), 640), row(of(kNew, 2), 70), backend()});

  traffic_.interrupted("haproxy_restarted");
  count({row(of(kOld, 1), 5), row(of(kNew, 2), 6), backend()});
  const auto told = record();

  EXPECT_FALSE(told.complete);
  EXPECT_THAT(told.gaps, ElementsAre("haproxy_restarted"));
  EXPECT_EQ(told.requests_old, 45U);
  EXPECT_EQ(told.requests_new, 76U);
}

TEST_F(TrafficTest, an_agent_that_was_restarted_within_a_switch_says_so) {
  plan({of(kOld, 1, true), of(kNew, 2)}, true);
  count({row(of(kOld, 1), 1000), row(of(kNew, 2), 2000), backend()});
  count({row(of(kOld, 1), 1001), row(of(kNew, 2), 2010), backend()});
  const auto told = record();

  EXPECT_EQ(told.release_id, kNew);
  EXPECT_THAT(told.gaps, ElementsAre("agent_restarted"));
  EXPECT_EQ(told.requests_old, 1U);
  EXPECT_EQ(told.requests_new, 10U);
}

TEST_F(TrafficTest, an_agent_that_was_restarted_in_between_opens_nothing) {
  plan({of(kOld, 1)}, true);
  count({row(of(kOld, 1), 1000), backend()});

  EXPECT_TRUE(traffic_.report(now_).switches.empty());
  EXPECT_TRUE(traffic_.watched().empty());
}

TEST_F(TrafficTest, a_newer_release_ends_the_record_of_the_one_before) {
  begin_switch();
  const auto newest = numbered<base::ReleaseId>(103);

  plan({of(kOld, 1), of(newest, 3)});
  count({row(of(kOld, 1), 600), backend()});
  const auto switches = traffic_.report(now_).switches;

  ASSERT_EQ(switches.size(), 2U);
  EXPECT_EQ(switches[0].release_id, kNew);
  EXPECT_EQ(switches[0].phase, "final");
  EXPECT_THAT(switches[0].gaps, ElementsAre("overtaken"));
  EXPECT_TRUE(switches[0].complete) << "what it tells was counted in full";
  EXPECT_EQ(switches[1].release_id, newest);
}

TEST_F(TrafficTest, scaling_and_replacing_a_replica_is_no_switch) {
  plan({of(kOld, 1)});
  count({row(of(kOld, 1), 0), backend()});
  finish_first();

  plan({of(kOld, 1), of(kOld, 2)});
  plan({of(kOld, 2)});

  EXPECT_TRUE(traffic_.report(now_).switches.empty());
}

TEST_F(TrafficTest, a_final_record_is_told_three_times_and_again_after_a_report_was_lost) {
  plan({of(kOld, 1)});
  count({row(of(kOld, 1), 0), backend()});
  pass(seconds(31));
  count({row(of(kOld, 1), 0), backend()});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(traffic_.report(now_).switches.size(), 1U) << i;
  EXPECT_TRUE(traffic_.report(now_).switches.empty());

  traffic_.tell_again();

  EXPECT_EQ(traffic_.report(now_).switches.size(), 1U);
}

TEST_F(TrafficTest, an_app_is_told_when_its_counts_changed) {
  plan({of(kOld, 1)});
  count({row(of(kOld, 1), 0), backend()});
  traffic_.report(now_);
  EXPECT_TRUE(traffic_.report(now_).apps.empty());

  count({row(of(kOld, 1), 7), backend()});
  const auto apps = traffic_.report(now_).apps;

  ASSERT_EQ(apps.size(), 1U);
  EXPECT_EQ(apps[0].counts.requests, 7U);
  ASSERT_EQ(apps[0].replicas.size(), 1U);
  EXPECT_EQ(apps[0].replicas[0].counts.requests, 7U);
}

TEST(TrafficBounds, a_report_stays_within_its_part_and_every_app_has_its_turn) {
  Layout layout;
  layout.slots = 400;
  std::vector<Route> routes;
  for (int app = 1; app <= 400; ++app) routes.push_back(route(app, {of(kOld, app)}));
  const Moment now{base::UtcTime(std::chrono::hours(1)), base::SteadyTime(std::chrono::hours(5))};
  layout = *plan(layout, routes, now.utc, {});
  Traffic traffic;
  traffic.plan(layout, now, true);
  const auto count_all = [&](std::uint64_t answered) {
    std::vector<ServerCounters> rows;
    for (const auto& [app, placed] : layout.placed) {
      auto server = row(placed.route.targets.front(), answered);
      server.backend = backend_name(placed.slot);
      auto sum = backend();
      sum.backend = server.backend;
      rows.push_back(server);
      rows.push_back(sum);
    }
    traffic.counted(rows, now);
  };
  count_all(0);
  count_all(9);

  std::set<base::AppEnvironmentId> told;
  for (int report = 0; report < 20 && told.size() < 400; ++report) {
    const auto stats = traffic.report(now);
    EXPECT_LT(json::encode(stats).size(), std::size_t{40} << 10U);
    for (const auto& app : stats.apps) told.insert(app.app_environment_id);
  }

  EXPECT_EQ(told.size(), 400U);
}

}  // namespace
}  // namespace edge
