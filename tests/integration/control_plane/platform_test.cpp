#include <future>
#include <thread>

#include "control-plane/platform/jobs/lease.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

struct LeaseTest : testing::Test {
  std::optional<std::int64_t> take(const std::string& holder) {
    return world.plain([&](Tx& tx) { return jobs::take_lease(tx, "scheduler", holder); });
  }
  bool hold(std::int64_t epoch) {
    return world.plain([&](Tx& tx) { return jobs::hold_lease(tx, "scheduler", epoch); });
  }
  void expire() { world.database.run("UPDATE leases SET expires_at = now() - interval '1 second'"); }
  World world;
};

TEST_F(LeaseTest, is_held_by_one_of_two) {
  EXPECT_EQ(take("a:1/1"), 1);
  EXPECT_EQ(take("b:2/1"), std::nullopt);
  EXPECT_EQ(take("a:1/1"), 1) << "a renewal keeps the epoch";
  EXPECT_TRUE(hold(1));
}

TEST_F(LeaseTest, a_takeover_raises_the_epoch_and_the_old_one_does_not_act) {
  ASSERT_EQ(take("a:1/1"), 1);
  expire();
  EXPECT_FALSE(hold(1)) << "an expired lease holds nothing";
  EXPECT_EQ(take("b:2/1"), 2);
  EXPECT_FALSE(hold(1));
  EXPECT_TRUE(hold(2));
  EXPECT_EQ(take("a:1/1"), std::nullopt);
}

TEST_F(LeaseTest, an_expired_lease_taken_again_by_its_holder_is_a_new_epoch) {
  ASSERT_EQ(take("a:1/1"), 1);
  expire();
  EXPECT_EQ(take("a:1/1"), 2);
}

TEST_F(LeaseTest, a_restarted_process_at_the_same_place_takes_over_at_once) {
  ASSERT_EQ(take("a:1/old"), 1);
  EXPECT_EQ(take("a:1/new"), 2);
  EXPECT_FALSE(hold(1));
}

TEST_F(LeaseTest, a_released_lease_is_free) {
  ASSERT_EQ(take("a:1/1"), 1);
  world.plain([&](Tx& tx) {
    jobs::release_lease(tx, "scheduler", "a:1/1");
    return true;
  });
  EXPECT_EQ(take("b:2/1"), 2);
}

TEST_F(LeaseTest, a_takeover_waits_for_what_the_old_leader_is_doing) {
  ASSERT_EQ(take("a:1/1"), 1);
  std::future<std::optional<std::int64_t>> takeover;
  world.plain([&](Tx& tx) {
    EXPECT_TRUE(jobs::hold_lease(tx, "scheduler", 1));
    takeover = std::async(std::launch::async, [&] { return take("a:1/2"); });
    EXPECT_EQ(takeover.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
    return true;
  });
  EXPECT_EQ(takeover.get(), 2);
}

struct FeedTest : testing::Test {
  void append(Tx& tx, const std::string& kind) {
    feed::Change change;
    change.kind = kind;
    change.organization = organization;
    world.modules.feed.append(tx, change);
  }
  std::vector<std::string> read(feed::Cursor& from) {
    const auto page = world.plain([&](Tx& tx) { return world.modules.feed.read(tx, organization, from); });
    from = page.next;
    std::vector<std::string> kinds;
    for (const auto& entry : page.entries) kinds.push_back(entry.change.kind);
    return kinds;
  }
  World world;
  base::OrganizationId organization = world.sign_in().organization();
  feed::Cursor cursor = world.plain([&](Tx& tx) { return world.modules.feed.head(tx); });
};

TEST_F(FeedTest, a_cursor_waits_for_a_writer_that_began_before) {
  std::vector<std::string> seen;
  world.plain([&](Tx& slow) {
    append(slow, "slow");
    world.plain([&](Tx& quick) {
      append(quick, "quick");
      return true;
    });
    seen = read(cursor);
    EXPECT_EQ(seen, std::vector<std::string>{}) << "the quick one stands behind the slow one";
    return true;
  });
  EXPECT_EQ(read(cursor), (std::vector<std::string>{"slow", "quick"}));
  EXPECT_EQ(read(cursor), std::vector<std::string>{});
}

TEST_F(FeedTest, transactions_are_ordered_as_numbers_also_when_they_gain_a_digit) {
  world.database.run("INSERT INTO feed (transaction, kind, organization_id) VALUES ('100', 'later', '" +
                     organization.to_string() + "'), ('99', 'earlier', '" + organization.to_string() + "')");
  feed::Cursor before_both{98, 0};

  const auto kinds = read(before_both);

  ASSERT_GE(kinds.size(), 2U);
  EXPECT_EQ(kinds[0], "earlier");
  EXPECT_EQ(kinds[1], "later");
}

TEST_F(FeedTest, two_writers_at_once_lose_nothing_and_repeat_nothing) {
  constexpr int kEach = 60;
  const auto write = [&](const std::string& name) {
    for (int i = 0; i < kEach; ++i) {
      world.plain([&](Tx& tx) {
        append(tx, name + std::to_string(i));
        append(tx, name + std::to_string(i) + "b");
        return true;
      });
    }
  };
  auto first = std::async(std::launch::async, [&] { write("x"); });
  auto second = std::async(std::launch::async, [&] { write("y"); });
  std::vector<std::string> seen;
  while (first.wait_for(std::chrono::seconds(0)) != std::future_status::ready ||
         second.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    for (auto& kind : read(cursor)) seen.push_back(std::move(kind));
  }
  for (auto kinds = read(cursor); !kinds.empty(); kinds = read(cursor))
    seen.insert(seen.end(), kinds.begin(), kinds.end());

  EXPECT_EQ(seen.size(), static_cast<std::size_t>(4 * kEach));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
}

TEST_F(FeedTest, another_organizations_changes_are_not_seen) {
  world.plain([&](Tx& tx) {
    feed::Change change;
    change.kind = "secret";
    change.organization = base::OrganizationId::make(world.clock);
    world.modules.feed.append(tx, change);
    append(tx, "mine");
    return true;
  });
  EXPECT_EQ(read(cursor), std::vector<std::string>{"mine"});
}

TEST_F(FeedTest, a_change_that_was_rolled_back_never_appears) {
  const auto failed = world.tx([&](Tx& tx) -> base::Result<bool> {
    append(tx, "ghost");
    return base::fail(base::ErrorKind::conflict, "test", "no");
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(read(cursor), std::vector<std::string>{});
}

TEST_F(FeedTest, a_cursor_older_than_what_is_kept_must_begin_anew) {
  world.database.run("UPDATE partition_state SET dropped_below = '" + std::to_string(cursor.transaction + 1) +
                     "' WHERE parent = 'feed'");
  EXPECT_TRUE(world.plain([&](Tx& tx) { return world.modules.feed.read(tx, organization, cursor); }).reset);
}

}  // namespace
}  // namespace control_plane_test
