// A configuration that HAProxy refuses (ING-03). HAProxy's program is played by a script that refuses while a file is
// there and is HAProxy otherwise.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"

namespace edge_test {
namespace {

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

class BadRenderTest : public ::testing::Test {
 protected:
  BadRenderTest() {
    std::ofstream(script()) << "#!/bin/sh\ncase \"$*\" in *-c*) [ -e " << refuses().string()
                            << " ] && { echo refused >&2; exit 1; };; esac\nexec /usr/sbin/haproxy \"$@\"\n";
    std::filesystem::permissions(script(), std::filesystem::perms::owner_all);
  }
  std::filesystem::path script() const { return folder_.path() / "haproxy"; }
  std::filesystem::path refuses() const { return folder_.path() / "refuses"; }
  std::string on(int replica, const SmallServer& server) const {
    return std::to_string(replica) + ":" + std::to_string(server.port());
  }

  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
  SmallServer one_{"one"};
  SmallServer two_{"two"};
};

TEST_F(BadRenderTest, leaves_the_old_one_serving_and_takes_over_when_it_is_good_again) {
  RunningEdge edge(folder_, clock_, 1, [this](edge::EdgeSettings& settings) { settings.haproxy = script(); });
  ASSERT_EQ(edge.apply({route(1, "a.localhost", {on(1, one_)})}).outcome, agent::ApplyOutcome::applied);
  const auto master = folder_.haproxy_pid();
  std::ofstream(refuses()) << "";

  // A second app needs a second slot, which only a reload can bring.
  auto applying = edge.start_apply({route(1, "a.localhost", {on(1, one_)}), route(2, "b.localhost", {on(2, two_)})});
  const auto waiting = applying.wait_for(std::chrono::milliseconds(1500));
  const auto meanwhile = fetch(folder_.port(), "a.localhost").body;
  std::filesystem::remove(refuses());

  EXPECT_EQ(waiting, std::future_status::timeout);
  EXPECT_EQ(meanwhile, "one");
  EXPECT_EQ(applying.get().outcome, agent::ApplyOutcome::applied);
  EXPECT_EQ(fetch(folder_.port(), "b.localhost").body, "two");
  EXPECT_EQ(folder_.haproxy_pid(), master);
}

TEST_F(BadRenderTest, the_same_text_again_reloads_nothing) {
  RunningEdge edge(folder_, clock_, 5, [this](edge::EdgeSettings& settings) { settings.haproxy = script(); });
  const auto routes = std::vector{route(1, "a.localhost", {on(1, one_)})};
  ASSERT_EQ(edge.apply(routes).outcome, agent::ApplyOutcome::applied);
  std::ofstream(refuses()) << "";  // a reload would fail now

  EXPECT_EQ(edge.apply(routes).outcome, agent::ApplyOutcome::applied);
  EXPECT_EQ(edge.apply({route(1, "a.localhost", {on(2, two_)})}).outcome, agent::ApplyOutcome::applied);
  EXPECT_EQ(fetch(folder_.port(), "a.localhost").body, "two");
}

}  // namespace
}  // namespace edge_test
