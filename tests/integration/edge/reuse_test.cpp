// Connections to replicas that are used again (ADR 12), with a real HAProxy: whose requests share one, what happens
// when an app hangs up just then, and that they hold up nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"
#include "tests/support/patience.hpp"

namespace edge_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

std::string on(int replica, const SmallServer& server) {
  return std::to_string(replica) + ":" + std::to_string(server.port());
}

class ReuseTest : public ::testing::Test {
 protected:
  agent::ApplyOutcome apply(const std::vector<std::string>& targets) {
    return edge_.apply({route(1, "a.localhost", targets)}).outcome;
  }

  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
  RunningEdge edge_{folder_, clock_};
};

/// Requests on kept-open connections, each with a number of its own in the path; of three, two GET and one POST.
class Visitors {
 public:
  Visitors(int port, int connections) {
    for (int i = 0; i < connections; ++i) threads_.emplace_back([this, port, i] { run(port, i * 1'000'000); });
  }
  ~Visitors() { stop(); }
  Visitors(const Visitors&) = delete;
  Visitors& operator=(const Visitors&) = delete;
  void stop() {
    stopping_ = true;
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  int done() const { return done_; }
  /// What went wrong, by method.
  std::map<std::string, int> failed() {
    const std::scoped_lock lock(mutex_);
    return failed_;
  }

 private:
  void run(int port, int first) {
    Connection connection(port);
    for (int i = 0; !stopping_; ++i) {
      const std::string method = i % 3 == 2 ? "POST" : "GET";
      const auto path = "/n" + std::to_string(first + i);
      const auto answer = connection.request("a.localhost", path, method, "", method == "POST" ? "hello" : "");
      ++done_;
      if (answer.status == 200) continue;
      {
        const std::scoped_lock lock(mutex_);
        ++failed_[method + " " + std::to_string(answer.status)];
      }
      if (answer.status == 0) connection = Connection(port);
    }
  }

  std::atomic<bool> stopping_{false};
  std::atomic<int> done_{0};
  std::mutex mutex_;
  std::map<std::string, int> failed_;
  std::vector<std::thread> threads_;
};

/// Request lines that came to a server more than once, of those that begin with `method`.
int doubled(const std::vector<SmallServer*>& servers, const std::string& method) {
  std::multiset<std::string> seen;
  for (auto* server : servers) {
    for (const auto& conversation : server->conversations()) seen.insert(conversation.begin(), conversation.end());
  }
  int count = 0;
  for (const auto& line : std::set<std::string>(seen.begin(), seen.end())) {
    if (line.starts_with(method) && seen.count(line) > 1) ++count;
  }
  return count;
}

TEST_F(ReuseTest, requests_without_a_body_share_a_connection_also_those_of_several_visitors) {
  SmallServer one("one");
  ASSERT_EQ(apply({on(1, one)}), agent::ApplyOutcome::applied);

  for (int i = 0; i < 30; ++i) ASSERT_EQ(fetch(folder_.port(), "a.localhost").body, "one");

  EXPECT_EQ(one.requests(), 30);
  EXPECT_LE(one.conversations().size(), 6U);
}

TEST_F(ReuseTest, a_request_that_may_change_something_or_has_a_body_has_a_connection_of_its_own) {
  SmallServer one("one");
  ASSERT_EQ(apply({on(1, one)}), agent::ApplyOutcome::applied);
  Connection visitor(folder_.port());

  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(visitor.request("a.localhost", "/").status, 200);
    EXPECT_EQ(visitor.request("a.localhost", "/body", "GET", "", "x").status, 200);
    for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
      EXPECT_EQ(visitor.request("a.localhost", "/changes", method, "", "x").status, 200);
    }
    EXPECT_EQ(visitor.request("a.localhost", "/changes", "POST", "Content-Length: 0\r\n").status, 200);
  }

  int shared = 0;
  for (const auto& conversation : one.conversations()) {
    const bool alone = conversation.size() == 1;
    for (const auto& line : conversation) EXPECT_TRUE(alone || line == "GET / HTTP/1.1") << line;
    shared += alone ? 0 : 1;
  }
  EXPECT_GE(shared, 1);
}

TEST_F(ReuseTest, no_request_fails_and_no_post_is_doubled_by_an_app_that_hangs_up_at_any_moment) {
  SmallServer one("one");
  SmallServer two("two");
  one.tire(milliseconds(40));
  two.tire(milliseconds(4));
  ASSERT_EQ(apply({on(1, one), on(2, two)}), agent::ApplyOutcome::applied);

  Visitors visitors(folder_.port(), 6);
  ASSERT_TRUE(eventually([&] { return visitors.done() >= 5'000; }, seconds(60)));
  visitors.stop();

  EXPECT_THAT(visitors.failed(), ::testing::IsEmpty());
  EXPECT_EQ(doubled({&one, &two}, "POST"), 0);
  std::size_t reused = 0;
  for (const auto& conversation : one.conversations()) reused += conversation.size() > 1 ? 1 : 0;
  EXPECT_GT(reused, 0U) << "without connections that are used again this shows nothing";
}

TEST_F(ReuseTest, no_request_fails_while_targets_that_hang_up_at_any_moment_are_switched) {
  std::vector<std::unique_ptr<SmallServer>> servers;
  const auto next = [&] {
    servers.push_back(std::make_unique<SmallServer>("app"));
    servers.back()->tire(milliseconds(10));
    return servers.back().get();
  };
  ASSERT_EQ(apply({on(1, *next())}), agent::ApplyOutcome::applied);
  Visitors visitors(folder_.port(), 4);

  for (int replica = 2; replica <= 7; ++replica) {
    const int before = visitors.done();
    SmallServer* old = servers.back().get();
    ASSERT_EQ(apply({on(replica, *next())}), agent::ApplyOutcome::applied);
    old->kill();  // a target that is absent from an applied set may be stopped
    ASSERT_TRUE(eventually([&] { return visitors.done() > before + 300; }, seconds(20)));
  }
  visitors.stop();

  EXPECT_THAT(visitors.failed(), ::testing::IsEmpty());
  std::vector<SmallServer*> all;
  for (const auto& server : servers) all.push_back(server.get());
  EXPECT_EQ(doubled(all, "POST"), 0);
}

TEST_F(ReuseTest, connections_kept_open_do_not_hold_up_the_removal_of_their_server) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  ASSERT_EQ(apply({on(1, old)}), agent::ApplyOutcome::applied);
  std::vector<Connection> together;
  for (int i = 0; i < 60; ++i) {
    together.emplace_back(folder_.port());
    together.back().send("GET /slow HTTP/1.1\r\nHost: a.localhost\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return old.held() == 60; }));
  old.release();
  for (auto& connection : together) ASSERT_EQ(connection.receive().body, "slow old");

  // HAProxy alone closes half of them each two seconds, and deletes no server that has one.
  ASSERT_EQ(apply({on(2, fresh)}), agent::ApplyOutcome::applied);
  const bool gone =
      eventually([&] { return edge_.counters(id_of(1)).size() == 1; }, testing_support::patient(milliseconds(1500)));

  EXPECT_TRUE(gone);
  EXPECT_EQ(fetch(folder_.port(), "a.localhost").body, "fresh");
}

TEST_F(ReuseTest, at_the_end_of_the_grace_a_websocket_hears_what_the_app_says_when_it_is_stopped) {
  SmallServer old("old");
  SmallServer fresh("fresh");
  const std::string options = R"({"drain_grace_s":1})";
  ASSERT_EQ(edge_.apply({route(1, "a.localhost", {on(1, old)}, options)}).outcome, agent::ApplyOutcome::applied);
  Connection socket(folder_.port());
  ASSERT_EQ(socket
                .request("a.localhost", "/upgrade", "GET",
                         "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                         "Sec-WebSocket-Version: 13\r\n")
                .status,
            101);
  ASSERT_TRUE(eventually([&] { return old.tunnels() == 1; }));

  // Applied, and nothing pending: the replica may be told to stop, and its tunnel is still there.
  ASSERT_EQ(edge_.apply({route(1, "a.localhost", {on(2, fresh)}, options)}).outcome, agent::ApplyOutcome::applied);
  ASSERT_EQ(old.tunnels(), 1);
  old.say_goodbye();

  EXPECT_EQ(socket.receive_some(), std::string("\x88\x02\x03\xe9", 4));
  EXPECT_EQ(socket.receive_some(), "");
  EXPECT_TRUE(eventually([&] { return edge_.counters(id_of(1)).size() == 1; }));
}

}  // namespace
}  // namespace edge_test
