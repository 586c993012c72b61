// The record of a switch against what clients saw, with a real HAProxy.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include "common/protocol/latency.hpp"
#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"

namespace edge_test {
namespace {

using ::testing::ElementsAre;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

std::string on(int replica, const SmallServer& server, int release, const char* state = "") {
  return std::to_string(replica) + ":" + std::to_string(server.port()) + state + "@" + std::to_string(release);
}

/// As an installation runs: what is made is for its owner alone.
class PrivateUmask {
 public:
  PrivateUmask() : before_(::umask(0077)) {}
  ~PrivateUmask() { ::umask(before_); }
  PrivateUmask(const PrivateUmask&) = delete;
  PrivateUmask& operator=(const PrivateUmask&) = delete;

 private:
  mode_t before_;
};

class ReceiptTest : public ::testing::Test {
 protected:
  agent::ApplyOutcome apply(const std::vector<std::string>& targets) {
    return edge_.apply({route(1, "a.localhost", targets)}).outcome;
  }
  /// The record of the switch to `release`, as last told.
  std::optional<protocol::EdgeSwitchStats> record(int release) {
    std::optional<protocol::EdgeSwitchStats> found;
    for (const auto& told : edge_.report().switches) {
      if (told.release_id.to_string() == id_of(release)) found = told;
    }
    return found;
  }
  bool eventually_in(int release, const std::string& phase) {
    return eventually([&] {
      const auto told = record(release);
      return told && told->phase == phase;
    });
  }
  /// HAProxy logs a request after its client has the answer: what a record tells of times comes a moment later.
  bool eventually_timed(int release, std::uint64_t during, std::uint64_t after) {
    return eventually([&] {
      const auto told = record(release);
      return told && protocol::LatencyHistogram::from_row(told->during.latency).total() == during &&
             protocol::LatencyHistogram::from_row(told->after.latency).total() == after;
    });
  }
  void ask(int times, const std::string& path = "/") {
    for (int i = 0; i < times; ++i) fetch(folder_.port(), "a.localhost", path);
  }

  PrivateUmask umask_;
  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
  RunningEdge edge_{folder_, clock_};
};

TEST_F(ReceiptTest, requests_of_old_and_new_are_those_that_clients_made) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old, 101)}), agent::ApplyOutcome::applied);
  ASSERT_TRUE(eventually_in(101, "after"));
  ask(10);
  ASSERT_TRUE(eventually_timed(101, 0, 10));

  ASSERT_EQ(apply({on(1, old, 101), on(2, fresh, 102)}), agent::ApplyOutcome::applied);
  const int old_before = old.requests();
  ask(20);
  const int by_old = old.requests() - old_before;
  ASSERT_TRUE(eventually_timed(102, 20, 0));
  ASSERT_EQ(apply({on(2, fresh, 102)}), agent::ApplyOutcome::applied);
  ask(5);
  ASSERT_TRUE(eventually_in(102, "after"));
  const auto told = record(102);

  EXPECT_EQ(told->requests_old, static_cast<std::uint64_t>(by_old));
  EXPECT_GT(told->requests_new, 0U);
  EXPECT_GE(told->requests_new + told->after.counts.requests, static_cast<std::uint64_t>(20 - by_old));
  EXPECT_EQ(told->during.counts.unserved + told->during.counts.connect_errors + told->during.counts.response_errors,
            0U);
  EXPECT_TRUE(told->complete);
  EXPECT_EQ(protocol::LatencyHistogram::from_row(told->before.latency).total(), 10U);
}

TEST_F(ReceiptTest, a_connection_that_drains_is_counted_with_its_time) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old, 101)}), agent::ApplyOutcome::applied);
  Connection slow(folder_.port());
  ASSERT_TRUE(slow.send("GET /slow HTTP/1.1\r\nHost: a.localhost\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return old.held() == 1; }));

  ASSERT_EQ(apply({on(1, old, 101, ":drain"), on(2, fresh, 102)}), agent::ApplyOutcome::applied);
  ASSERT_TRUE(eventually([&] {
    const auto told = record(102);
    return told && told->longest_drain_ms >= 400;
  }));
  old.release();
  EXPECT_EQ(slow.receive().body, "slow old");
  ASSERT_EQ(apply({on(2, fresh, 102)}), agent::ApplyOutcome::applied);
  ASSERT_TRUE(eventually_in(102, "after"));
  const auto told = record(102);

  EXPECT_EQ(told->connections_drained, 1U);
  EXPECT_EQ(told->connections_cut, 0U);
  EXPECT_LT(told->longest_drain_ms, 10'000U);
}

TEST_F(ReceiptTest, errors_are_counted_by_cause) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old, 101)}), agent::ApplyOutcome::applied);
  ASSERT_TRUE(eventually_in(101, "after"));
  ASSERT_EQ(apply({on(1, old, 101), on(2, fresh, 102)}), agent::ApplyOutcome::applied);

  ask(3, "/fail");
  ask(2, "/hang-up");
  const bool counted = eventually([&] {
    const auto told = record(102);
    return told && told->during.counts.app_errors == 3 && told->during.counts.response_errors == 2;
  });

  const auto told = record(102);
  EXPECT_TRUE(counted) << told->during.counts.app_errors << " " << told->during.counts.response_errors;
  EXPECT_EQ(told->during.counts.unserved, 0U);
  EXPECT_EQ(told->during.counts.connect_errors, 0U);
  EXPECT_EQ(told->during.counts.requests, 5U);
  EXPECT_GE(told->during.counts.retries, 2U);
}

TEST_F(ReceiptTest, requests_that_no_replica_took_are_counted) {
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({}), agent::ApplyOutcome::applied);
  ASSERT_EQ(apply({on(2, fresh, 102)}), agent::ApplyOutcome::applied);
  ASSERT_TRUE(eventually_in(102, "after"));
  fresh.kill();
  ASSERT_TRUE(eventually([&] { return fetch(folder_.port(), "a.localhost").status == 503; }));

  ask(4);

  EXPECT_TRUE(eventually([&] {
    const auto told = record(102);
    return told && told->after.counts.unserved >= 4;
  }));
}

TEST_F(ReceiptTest, a_restart_of_haproxy_within_makes_it_incomplete) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old, 101)}), agent::ApplyOutcome::applied);
  ASSERT_EQ(apply({on(1, old, 101), on(2, fresh, 102)}), agent::ApplyOutcome::applied);
  ask(5);

  ::kill(folder_.haproxy_pid(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return fetch(folder_.port(), "a.localhost").status == 200; }));
  ASSERT_TRUE(eventually([&] {
    const auto told = record(102);
    return told && !told->complete;
  }));

  EXPECT_THAT(record(102)->gaps, ElementsAre("haproxy_restarted"));
}

}  // namespace
}  // namespace edge_test
