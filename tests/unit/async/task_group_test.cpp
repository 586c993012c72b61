#include "common/async/task_group.hpp"

#include <gmock/gmock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/log/log.hpp"
#include "tests/unit/async/loop.hpp"

namespace {

using namespace testing_async;
using testing::ElementsAre;
using testing::HasSubstr;

/// The lines that are logged while it lives.
class Lines {
 public:
  Lines() {
    logging::capture([this](const std::string& line) { all.push_back(line); });
  }
  ~Lines() { logging::capture({}); }
  std::vector<std::string> all;
};

async::Task<void> count_after(base::Duration wait, int& ended) {
  co_await async::sleep(wait);
  ++ended;
}

async::Task<void> fail_with(std::string what) {
  co_await async::sleep(1ms);
  throw std::runtime_error(what);
}

/// Goes on until `enough`, whoever asks it to end.
async::Task<void> deaf(const bool& enough) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  while (!enough) {
    timer.expires_after(1ms);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

async::Task<void> join_then_release(async::TaskGroup& group, bool& enough) {
  co_await group.join(in(1ms));
  enough = true;
}

TEST(TaskGroup, joins_when_all_tasks_have_ended) {
  Loop loop;
  async::TaskGroup group(loop.context.get_executor());
  int ended = 0;

  group.spawn("a", count_after(1ms, ended));
  group.spawn("b", count_after(5ms, ended));
  loop.run(group.join(in(1h)));

  EXPECT_EQ(ended, 2);
  EXPECT_EQ(group.size(), 0U);
}

TEST(TaskGroup, ends_waiting_tasks_when_cancelled_and_calls_that_no_failure) {
  Loop loop;
  const Lines lines;
  async::TaskGroup group(loop.context.get_executor());
  int ended = 0;

  for (int i = 0; i < 10; ++i) group.spawn("wait", count_after(1h, ended));
  loop.context.poll();
  group.cancel();
  loop.run(group.join(in(1h)));

  EXPECT_EQ(ended, 0);
  EXPECT_EQ(group.size(), 0U);
  EXPECT_THAT(lines.all, ElementsAre());
}

TEST(TaskGroup, logs_what_a_task_throws_with_its_name) {
  Loop loop;
  const Lines lines;
  async::TaskGroup group(loop.context.get_executor());

  group.spawn("feeds.sweep", fail_with("no feed"));
  loop.run(group.join(in(1h)));

  EXPECT_THAT(lines.all, ElementsAre(HasSubstr(R"("event":"task.failed","task":"feeds.sweep","error":"no feed")")));
}

TEST(TaskGroup, starts_nothing_after_it_was_cancelled) {
  Loop loop;
  async::TaskGroup group(loop.context.get_executor());
  int ended = 0;

  group.spawn("before, not yet started", count_after(0ms, ended));
  group.cancel();
  group.spawn("after", count_after(0ms, ended));
  loop.run(group.join(in(1h)));

  EXPECT_EQ(ended, 0);
}

TEST(TaskGroup, cancels_what_is_left_at_the_deadline_of_the_join) {
  Loop loop;
  async::TaskGroup group(loop.context.get_executor());
  int ended = 0;

  group.spawn("quick", count_after(1ms, ended));
  group.spawn("endless", count_after(1h, ended));
  loop.run(group.join(in(20ms)));

  EXPECT_EQ(ended, 1);
  EXPECT_EQ(group.size(), 0U);
}

TEST(TaskGroup, names_the_tasks_that_do_not_end) {
  Loop loop;
  const Lines lines;
  async::TaskGroup group(loop.context.get_executor());
  bool enough = false;

  group.spawn("deaf one", deaf(enough));
  loop.run(join_then_release(group, enough));

  EXPECT_THAT(lines.all, ElementsAre(HasSubstr(R"("event":"task.stuck","task":"deaf one")")));
}

TEST(TaskGroup, cancels_and_waits_when_the_joining_task_is_cancelled) {
  Loop loop;
  async::TaskGroup group(loop.context.get_executor());
  int ended = 0;

  group.spawn("endless", count_after(1h, ended));
  loop.run_cancelled(group.join(in(1h)));

  EXPECT_EQ(group.size(), 0U);
}

TEST(TaskGroup, takes_tasks_from_any_thread) {
  Loop loop;
  async::TaskGroup group(loop.context.get_executor());
  int ended = 0;

  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) group.spawn("many", count_after(0ms, ended));
    });
  }
  for (auto& thread : threads) thread.join();
  loop.run(group.join(in(1h)));

  EXPECT_EQ(ended, 400);
}

TEST(TaskGroup, cancels_what_is_left_when_it_goes) {
  Loop loop;
  int ended = 0;
  {
    async::TaskGroup group(loop.context.get_executor());
    group.spawn("left behind", count_after(1h, ended));
    loop.context.poll();
  }

  loop.context.restart();
  loop.context.run();  // ends, because the task does

  EXPECT_EQ(ended, 0);
}

}  // namespace
