#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"

namespace edge_test {
namespace {

using std::chrono::milliseconds;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

std::string on(int replica, const SmallServer& server) {
  return std::to_string(replica) + ":" + std::to_string(server.port());
}

class SwitchTest : public ::testing::Test {
 protected:
  agent::ApplyOutcome apply(const std::vector<std::string>& targets) {
    return edge_.apply({route(1, "a.localhost", targets)}).outcome;
  }

  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
  RunningEdge edge_{folder_, clock_, 20, [](edge::EdgeSettings& s) { s.last_words = std::chrono::seconds(1); }};
};

/// Keep-alive requests without a pause until told to stop; GET and POST in turn.
struct Load {
  Load(int port, int connections) {
    for (int i = 0; i < connections; ++i) threads.emplace_back([this, port] { run(port); });
  }
  ~Load() { stop(); }
  void stop() {
    stopping = true;
    for (auto& thread : threads) {
      if (thread.joinable()) thread.join();
    }
  }
  void run(int port) {
    Connection connection(port);
    for (int i = 0; !stopping; ++i) {
      const auto answer = i % 2 == 0 ? connection.request("a.localhost", "/")
                                     : connection.request("a.localhost", "/length", "POST", "", "hello");
      (answer.status == 200 ? done : failed)++;
      if (answer.status == 0) connection = Connection(port);
    }
  }

  std::atomic<bool> stopping{false};
  std::atomic<int> done{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
};

TEST_F(SwitchTest, no_request_fails_while_targets_are_switched_under_load) {
  SmallServer blue("blue");
  ASSERT_EQ(apply({on(1, blue)}), agent::ApplyOutcome::applied);
  Load load(folder_.port(), 4);
  ASSERT_TRUE(eventually([&] { return load.done > 500; }));

  auto green = std::make_unique<SmallServer>("green");
  std::unique_ptr<SmallServer> old;
  int replica = 2;
  for (int round = 0; round < 6; ++round, ++replica) {
    const int before = load.done;
    ASSERT_EQ(apply({on(replica, *green)}), agent::ApplyOutcome::applied);
    if (old) old->kill();  // a target that is absent from an applied set may be stopped
    old = std::exchange(green, std::make_unique<SmallServer>("next"));
    ASSERT_TRUE(eventually([&] { return load.done > before + 300; }));
  }
  load.stop();

  EXPECT_EQ(load.failed, 0);
  EXPECT_GT(load.done, 2000);
}

TEST_F(SwitchTest, waits_for_a_request_in_flight_before_it_answers) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old)}), agent::ApplyOutcome::applied);
  Connection slow(folder_.port());
  ASSERT_TRUE(slow.send("GET /slow HTTP/1.1\r\nHost: a.localhost\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return old.held() == 1; }));

  const auto served = edge_.start_apply({route(1, "a.localhost", {on(2, fresh)})}).get();
  auto settling = edge_.start_settle();
  const auto still_waiting = settling.wait_for(milliseconds(500));
  const auto meanwhile = fetch(folder_.port(), "a.localhost").body;
  old.release();

  EXPECT_EQ(meanwhile, "fresh");
  EXPECT_EQ(served.outcome, agent::ApplyOutcome::partial);
  EXPECT_EQ(served.pending, std::vector{id_of(1)});
  EXPECT_EQ(still_waiting, std::future_status::timeout);
  EXPECT_EQ(slow.receive().body, "slow old");
  EXPECT_EQ(settling.get().outcome, agent::ApplyOutcome::applied);
}

TEST_F(SwitchTest, another_app_is_switched_while_a_request_in_flight_is_waited_for) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  SmallServer other("other");
  ASSERT_EQ(apply({on(1, old)}), agent::ApplyOutcome::applied);
  Connection slow(folder_.port());
  ASSERT_TRUE(slow.send("GET /slow HTTP/1.1\r\nHost: a.localhost\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return old.held() == 1; }));
  ASSERT_EQ(edge_.start_apply({route(1, "a.localhost", {on(2, fresh)})}).get().pending, std::vector{id_of(1)});

  const auto second =
      edge_.start_apply({route(1, "a.localhost", {on(2, fresh)}), route(2, "b.localhost", {on(3, other)})}).get();

  EXPECT_EQ(fetch(folder_.port(), "b.localhost").body, "other");
  EXPECT_EQ(second.pending, std::vector{id_of(1)}) << "the first app's old replica must not be stopped yet";
  EXPECT_EQ(old.held(), 1);
  old.release();
  EXPECT_EQ(slow.receive().body, "slow old");
  EXPECT_TRUE(edge_.start_settle().get().pending.empty());
}

TEST_F(SwitchTest, cuts_a_request_that_outlasts_the_grace_and_the_last_words) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  const std::string options = R"({"drain_grace_s":1})";
  ASSERT_EQ(edge_.apply({route(1, "a.localhost", {on(1, old)}, options)}).outcome, agent::ApplyOutcome::applied);
  Connection slow(folder_.port());
  ASSERT_TRUE(slow.send("POST /slow HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 0\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return old.held() == 1; }));

  const auto result = edge_.apply({route(1, "a.localhost", {on(2, fresh)}, options)});

  EXPECT_EQ(result.outcome, agent::ApplyOutcome::applied) << result.reason;
  EXPECT_NE(slow.receive().body, "slow old");
}

TEST_F(SwitchTest, a_draining_target_finishes_its_requests_and_gets_no_new_ones) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old)}), agent::ApplyOutcome::applied);
  Connection slow(folder_.port());
  ASSERT_TRUE(slow.send("GET /slow HTTP/1.1\r\nHost: a.localhost\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return old.held() == 1; }));

  ASSERT_EQ(apply({on(1, old) + ":drain", on(2, fresh)}), agent::ApplyOutcome::applied);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fetch(folder_.port(), "a.localhost").body, "fresh");
  old.release();

  EXPECT_EQ(slow.receive().body, "slow old");
}

TEST_F(SwitchTest, a_target_that_comes_back_while_it_drains_serves_again) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old)}), agent::ApplyOutcome::applied);
  Connection slow(folder_.port());
  ASSERT_TRUE(slow.send("GET /slow HTTP/1.1\r\nHost: a.localhost\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return old.held() == 1; }));
  ASSERT_EQ(edge_.start_apply({route(1, "a.localhost", {on(2, fresh)})}).get().pending, std::vector{id_of(1)});
  ASSERT_EQ(fetch(folder_.port(), "a.localhost").body, "fresh");

  ASSERT_EQ(apply({on(1, old)}), agent::ApplyOutcome::applied);

  EXPECT_EQ(fetch(folder_.port(), "a.localhost").body, "old");
  old.release();
  EXPECT_EQ(slow.receive().body, "slow old");
}

}  // namespace
}  // namespace edge_test
