#include "control-plane/modules/feed/fanout.hpp"

#include <gmock/gmock.h>

#include "common/async/task_group.hpp"
#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "tests/unit/async/loop.hpp"

namespace feed {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Texts = std::vector<std::string>;

base::OrganizationId organization(char last) {
  return *base::OrganizationId::parse(std::string("01900000-0000-7000-8000-00000000000") + last);
}

/// A feed in memory: the transaction of an entry is its place.
struct FakeFeed {
  std::vector<Entry> entries;
  int reads{0};
  int failures{0};
  int refusals{0};
  std::size_t page{500};

  void append(std::optional<base::OrganizationId> whose, const std::string& kind) {
    Entry entry;
    entry.cursor = {entries.size() + 1, 1};
    entry.change.kind = kind;
    entry.change.organization = whose;
    entries.push_back(std::move(entry));
  }
  async::Task<base::Result<Page>> read(std::optional<Cursor> from) {
    ++reads;
    co_await async::sleep({});
    if (failures > 0 && failures-- > 0) throw base::Failure("the database is away");
    if (refusals > 0 && refusals-- > 0)
      co_return base::fail(base::ErrorKind::unavailable, "postgres.busy", "no connection is free");
    Page next;
    next.next = from.value_or(Cursor{entries.size(), 1});
    for (auto i = next.next.transaction; i < entries.size() && next.entries.size() < page; ++i) {
      next.entries.push_back(entries[i]);
      next.next = entries[i].cursor;
    }
    co_return next;
  }
};

struct FanoutTest : testing::Test {
  FanoutTest() { start({}); }
  ~FanoutTest() override { stop(); }

  void start(Fanout::Options options) {
    stop();
    options.retry = std::chrono::milliseconds(1);
    fanout.emplace([this](std::optional<Cursor> from) { return source.read(from); },
                   [this](const Entry& entry) {
                     ++rendered;
                     return entry.change.kind;
                   },
                   options);
    tasks.emplace(loop.context.get_executor());
    tasks->spawn("fanout", fanout->run(signal));
  }
  void stop() {
    if (!tasks) return;
    tasks->cancel();
    loop.run(tasks->join(base::Deadline::after(clock, std::chrono::seconds(5))));
    tasks.reset();
  }
  std::unique_ptr<Fanout::Subscription> reader(char whose) {
    auto subscription = fanout->subscribe(organization(whose), loop.context.get_executor());
    while (!subscription->started()) wait(*subscription);
    return subscription;
  }
  bool wait(Fanout::Subscription& subscription, base::Duration at_most = std::chrono::seconds(10)) {
    return loop.run(subscription.wait(at_most));
  }
  void append(std::optional<base::OrganizationId> whose, const std::string& kind) {
    source.append(whose, kind);
    signal.notify();
  }
  /// All that came when `count` events are there.
  Texts next(Fanout::Subscription& subscription, std::size_t count) {
    Texts texts;
    while (texts.size() < count) {
      if (!wait(subscription)) break;
      for (const auto& event : subscription.take().events) texts.push_back(*event.text);
    }
    return texts;
  }

  base::SystemClock clock;
  testing_async::Loop loop;
  FakeFeed source;
  live::Signal signal;
  int rendered{0};
  std::optional<Fanout> fanout;
  std::optional<async::TaskGroup> tasks;
};

TEST_F(FanoutTest, each_reader_gets_what_its_organization_and_everybody_may_see) {
  const auto one = reader('1');
  const auto two = reader('2');

  append(organization('1'), "first");
  append(std::nullopt, "for all");
  append(organization('2'), "second");

  EXPECT_THAT(next(*one, 2), ElementsAre("first", "for all"));
  EXPECT_THAT(next(*two, 2), ElementsAre("for all", "second"));
}

TEST_F(FanoutTest, what_a_change_costs_does_not_grow_with_the_readers) {
  std::vector<std::unique_ptr<Fanout::Subscription>> readers;
  readers.push_back(reader('1'));
  for (int i = 0; i < 500; ++i) readers.push_back(reader(i % 2 == 0 ? '1' : '2'));
  const int before = source.reads;

  append(organization('1'), "change");
  ASSERT_THAT(next(*readers.front(), 1), ElementsAre("change"));

  EXPECT_LE(source.reads - before, 3);  // the change, the look behind it, and one that the signal brought in between
  EXPECT_EQ(rendered, 1);
  EXPECT_THAT(readers.back()->take().events, IsEmpty());  // of the other organization
}

TEST_F(FanoutTest, pages_are_read_until_the_feed_ends) {
  source.page = 2;
  const auto one = reader('1');

  for (int i = 0; i < 7; ++i) source.append(organization('1'), std::to_string(i));
  signal.notify();

  EXPECT_THAT(next(*one, 7), ElementsAre("0", "1", "2", "3", "4", "5", "6"));
}

TEST_F(FanoutTest, a_reader_that_takes_nothing_loses_its_queue_and_holds_up_nobody) {
  start({.most_events = 3});
  const auto slow = reader('1');
  const auto quick = reader('1');

  for (int i = 0; i < 5; ++i) {
    append(organization('1'), std::to_string(i));
    EXPECT_THAT(next(*quick, 1), ElementsAre(std::to_string(i)));
  }

  const auto taken = slow->take();
  ASSERT_TRUE(taken.lost.has_value());
  EXPECT_EQ(taken.lost->transaction, 4U);  // the cursor of what did not fit
  ASSERT_EQ(taken.events.size(), 1U);
  EXPECT_EQ(*taken.events.front().text, "4");
  EXPECT_FALSE(slow->take().lost.has_value());
}

TEST_F(FanoutTest, the_bytes_that_wait_are_bounded_too) {
  start({.most_bytes = 1000});
  const auto slow = reader('1');
  const auto quick = reader('1');

  for (int i = 0; i < 3; ++i) {
    append(organization('1'), std::string(400, 'x'));
    EXPECT_EQ(next(*quick, 1).size(), 1U);
  }

  const auto taken = slow->take();
  EXPECT_TRUE(taken.lost.has_value());
  EXPECT_THAT(taken.events, IsEmpty());
}

TEST_F(FanoutTest, without_readers_nothing_is_read_and_who_comes_next_begins_at_the_end) {
  auto one = reader('1');
  one.reset();
  const int before = source.reads;
  for (int i = 0; i < 10; ++i) append(organization('1'), "unseen");
  for (int i = 0; i < 20; ++i) loop.run(async::sleep({}));
  EXPECT_EQ(source.reads, before);

  const auto two = reader('1');
  append(organization('1'), "seen");

  EXPECT_THAT(next(*two, 1), ElementsAre("seen"));
}

TEST_F(FanoutTest, a_database_that_was_away_costs_nothing_but_time) {
  const auto one = reader('1');

  source.failures = 3;
  append(organization('1'), "late");

  EXPECT_THAT(next(*one, 1), ElementsAre("late"));
}

TEST_F(FanoutTest, what_could_not_be_read_is_asked_for_again_without_another_change) {
  const auto one = reader('1');

  source.refusals = 3;
  append(organization('1'), "late");

  EXPECT_THAT(next(*one, 1), ElementsAre("late"));
  EXPECT_EQ(source.refusals, 0);
}

}  // namespace
}  // namespace feed
