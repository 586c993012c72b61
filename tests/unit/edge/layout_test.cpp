#include "worker-agent/edge/layout.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/edge/routes.hpp"
#include "worker-agent/edge/disk.hpp"

namespace edge {
namespace {

using std::chrono::minutes;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 50)};

Layout empty_layout(int slots) {
  Layout layout;
  layout.slots = slots;
  return layout;
}

int slot_of(const Layout& layout, int app) {
  return layout.placed.at(numbered<base::AppEnvironmentId>(app)).slot;
}

TEST(LayoutTest, an_app_keeps_its_slot) {
  const auto first = plan(empty_layout(3), {route(1, {}), route(2, {})}, kNow, {});
  const auto second = plan(*first, {route(2, {target(1, 80)}), route(3, {})}, kNow, {});

  EXPECT_EQ(slot_of(*first, 2), slot_of(*second, 2));
  EXPECT_EQ(second->placed.at(numbered<base::AppEnvironmentId>(2)).route.targets.size(), 1U);
}

TEST(LayoutTest, a_released_slot_is_not_given_out_within_the_quarantine) {
  const auto full = plan(empty_layout(1), {route(1, {})}, kNow, {.grow_by = 1});
  const auto released = plan(*full, {}, kNow, {.grow_by = 1});

  const auto early = plan(*released, {route(2, {})}, kNow + minutes(10) - std::chrono::seconds(1), {.grow_by = 1});
  const auto late = plan(*released, {route(2, {})}, kNow + minutes(10), {.grow_by = 1});

  EXPECT_EQ(slot_of(*early, 2), 2);
  EXPECT_EQ(early->slots, 2);
  EXPECT_EQ(slot_of(*late, 2), 1);
  EXPECT_EQ(late->slots, 1);
}

TEST(LayoutTest, not_even_its_own_app_gets_a_slot_back_early) {
  const auto first = plan(empty_layout(2), {route(1, {})}, kNow, {});
  const auto removed = plan(*first, {}, kNow, {});
  const auto back = plan(*removed, {route(1, {})}, kNow + minutes(1), {});

  EXPECT_NE(slot_of(*first, 1), slot_of(*back, 1));
}

TEST(LayoutTest, the_pool_grows_when_no_slot_is_free_and_stops_at_its_limit) {
  const auto grown = plan(empty_layout(1), {route(1, {}), route(2, {})}, kNow, {.grow_by = 5, .max_slots = 6});
  const auto refused = plan(empty_layout(1), {route(1, {}), route(2, {})}, kNow, {.grow_by = 5, .max_slots = 1});

  EXPECT_EQ(grown->slots, 6);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "edge.full");
}

TEST(LayoutTest, survives_the_disk_unchanged) {
  auto layout = plan(empty_layout(5), {route(1, {target(1, 80), target(2, 81, true)}), route(2, {})}, kNow, {});
  layout = plan(*layout, {route(1, {target(1, 80), target(2, 81, true)})}, kNow, {});

  const auto read = decode_layout(encode_layout(*layout));

  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, *layout);
}

TEST(LayoutTest, a_tampered_layout_is_refused) {
  auto layout = *plan(empty_layout(5), {route(1, {}, {"a.b"})}, kNow, {});
  layout.placed.begin()->second.route.hosts = {"a.b\nglobal"};

  EXPECT_FALSE(decode_layout(encode_layout(layout)).has_value());
  EXPECT_FALSE(decode_layout("{\"slots\":").has_value());
}

TEST(LayoutTest, random_walks_never_share_or_reuse_a_slot_early) {
  std::mt19937 random(7);
  Layout layout = empty_layout(4);
  base::UtcTime now = kNow;
  std::map<int, std::pair<base::AppEnvironmentId, base::UtcTime>> last_use;
  for (int round = 0; round < 2000; ++round) {
    now += std::chrono::seconds(random() % 240);
    std::vector<Route> routes;
    for (int app = 1; app <= 8; ++app) {
      if (random() % 2 == 0) routes.push_back(route(app, {}));
    }

    layout = *plan(layout, routes, now, {.grow_by = 2, .max_slots = 1000});

    ASSERT_EQ(layout.placed.size(), routes.size());
    std::set<int> slots;
    for (const auto& [app, placed] : layout.placed) {
      ASSERT_TRUE(slots.insert(placed.slot).second);
      ASSERT_LE(placed.slot, layout.slots);
      const auto before = last_use.find(placed.slot);
      if (before != last_use.end() && before->second.first != app) ASSERT_GE(now - before->second.second, minutes(10));
    }
    for (const auto& [app, placed] : layout.placed) last_use[placed.slot] = {app, now};
    for (const auto& released : layout.released) {
      auto& use = last_use.at(released.slot);
      ASSERT_LE(use.second, released.at);
      use.second = released.at;
    }
  }
  EXPECT_LE(layout.slots, 100);
}

}  // namespace
}  // namespace edge
