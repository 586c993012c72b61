#include "worker-agent/edge/changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/edge/routes.hpp"
#include "worker-agent/edge/render.hpp"

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 50)};
const std::string kOne = "app-1/01900000-0000-7000-8000-000000000001_127.0.0.1_20001";
const std::string kTwo = "app-1/01900000-0000-7000-8000-000000000002_127.0.0.1_20002";

Layout one_app(std::vector<Target> targets) {
  Layout layout;
  layout.slots = 3;
  return *plan(layout, {route(1, std::move(targets), {"a.b"})}, kNow, {});
}

SeenServer seen(const std::string& path) {
  SeenServer server;
  server.backend = path.substr(0, path.find('/'));
  server.name = path.substr(path.find('/') + 1);
  server.weight = 1;
  server.checked = true;
  return server;
}

Seen serving(std::vector<SeenServer> servers) {
  Seen result;
  result.servers = std::move(servers);
  result.hosts = {{"a.b", "app-1"}};
  return result;
}

TEST(ChangesTest, nothing_to_do_when_haproxy_serves_the_layout) {
  const auto changes = compare(one_app({target(1, 20001)}), serving({seen(kOne)}));

  EXPECT_THAT(changes.commands, IsEmpty());
  EXPECT_THAT(changes.surplus, IsEmpty());
}

TEST(ChangesTest, the_new_server_takes_requests_before_the_old_one_is_drained) {
  const auto changes = compare(one_app({target(2, 20002)}), serving({seen(kOne)}));

  EXPECT_THAT(changes.commands,
              ElementsAre("add server " + kTwo + " " + server_arguments(target(2, 20002)), "enable health " + kTwo,
                          "set server " + kTwo + " state ready", "set server " + kOne + " state drain"));
  ASSERT_EQ(changes.surplus.size(), 1U);
  EXPECT_EQ(changes.surplus[0].path(), kOne);
}

TEST(ChangesTest, commands_of_one_kind_stand_together) {
  const auto changes = compare(one_app({target(1, 20001), target(2, 20002)}), Seen{});

  EXPECT_THAT(changes.commands,
              ElementsAre(StartsWith("add server " + kOne), StartsWith("add server " + kTwo), "enable health " + kOne,
                          "enable health " + kTwo, "set server " + kOne + " state ready",
                          "set server " + kTwo + " state ready", "add map hosts.map a.b app-1"));
}

TEST(ChangesTest, a_host_appears_after_its_servers) {
  const auto changes = compare(one_app({target(1, 20001)}), Seen{});

  ASSERT_EQ(changes.commands.size(), 4U);
  EXPECT_EQ(changes.commands.back(), "add map hosts.map a.b app-1");
}

TEST(ChangesTest, a_target_that_comes_back_while_draining_takes_requests_again) {
  auto draining = seen(kOne);
  draining.draining = true;

  const auto changes = compare(one_app({target(1, 20001)}), serving({draining}));

  EXPECT_THAT(changes.commands, ElementsAre("set server " + kOne + " state ready"));
}

TEST(ChangesTest, a_target_that_shall_drain_is_drained_and_kept) {
  const auto changes = compare(one_app({target(1, 20001, true)}), serving({seen(kOne)}));

  EXPECT_THAT(changes.commands, ElementsAre("set server " + kOne + " state drain"));
  EXPECT_THAT(changes.surplus, IsEmpty());
}

TEST(ChangesTest, mends_weights_checks_and_hosts) {
  auto odd = seen(kOne);
  odd.weight = 9;
  odd.checked = false;
  Seen now = serving({odd});
  now.hosts = {{"a.b", "app-2"}, {"gone.b", "app-1"}};

  const auto changes = compare(one_app({target(1, 20001)}), now);

  EXPECT_THAT(changes.commands, ElementsAre("enable health " + kOne, "set server " + kOne + " weight 1",
                                            "set map hosts.map a.b app-1", "del map hosts.map gone.b"));
}

TEST(ChangesTest, LIM_04_limits_are_brought_to_what_is_wanted_before_the_hosts) {
  Layout layout;
  layout.slots = 3;
  auto limited = route(1, {target(1, 20001)}, {"a.b"});
  limited.request_limit = RequestLimit{.per_minute = 1000, .burst = 100};
  layout = *plan(layout, {limited}, kNow, {});
  Seen now = serving({seen(kOne)});
  now.hosts = {};
  now.limits = {{"app-3", "60000:0"}};

  const auto changes = compare(layout, now);

  EXPECT_THAT(changes.commands, ElementsAre("add map limits.map app-1 60000:5940000", "del map limits.map app-3",
                                            "add map hosts.map a.b app-1"));
}

TEST(ChangesTest, an_entry_that_is_there_twice_becomes_one) {
  Seen now = serving({seen(kOne)});
  now.repeated_hosts = {"a.b"};

  const auto changes = compare(one_app({target(1, 20001)}), now);

  EXPECT_THAT(changes.commands, ElementsAre("del map hosts.map a.b", "add map hosts.map a.b app-1"));
}

TEST(ChangesTest, a_server_in_a_slot_of_nobody_has_to_go) {
  const auto stray = seen("app-3/01900000-0000-7000-8000-000000000009_10.0.0.1_1");

  const auto changes = compare(one_app({target(1, 20001)}), serving({seen(kOne), stray}));

  EXPECT_THAT(changes.commands, ElementsAre("set server " + stray.path() + " state drain"));
  ASSERT_EQ(changes.surplus.size(), 1U);
}

}  // namespace
}  // namespace edge
