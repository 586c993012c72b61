#include "common/async/nudge.hpp"

#include <memory>
#include <thread>

#include "tests/unit/async/loop.hpp"

namespace {

using namespace testing_async;

async::Task<bool> wait_for(async::Nudge& nudge, base::Duration at_most) {
  co_return co_await nudge.wait(at_most);
}

TEST(Nudge, keeps_a_notification_that_nobody_waited_for) {
  Loop loop;
  async::Nudge nudge(loop.context.get_executor());

  nudge.notify();

  EXPECT_TRUE(loop.run(wait_for(nudge, 1h)));
}

TEST(Nudge, makes_one_of_many_notifications) {
  Loop loop;
  async::Nudge nudge(loop.context.get_executor());

  for (int i = 0; i < 100; ++i) nudge.notify();

  EXPECT_TRUE(loop.run(wait_for(nudge, 1h)));
  EXPECT_FALSE(loop.run(wait_for(nudge, 1ms)));
}

async::Task<base::Duration> second_wait(async::Nudge& nudge) {
  nudge.notify();
  co_await nudge.wait(1h);  // seen at once, while its wake-up is still under way
  const auto begin = std::chrono::steady_clock::now();
  co_await nudge.wait(50ms);
  co_return std::chrono::steady_clock::now() - begin;
}

TEST(Nudge, is_not_woken_twice_by_one_notification) {
  Loop loop;
  async::Nudge nudge(loop.context.get_executor());

  EXPECT_GE(loop.run(second_wait(nudge)), 50ms);
}

TEST(Nudge, says_when_the_time_is_over) {
  Loop loop;
  async::Nudge nudge(loop.context.get_executor());

  EXPECT_FALSE(loop.run(wait_for(nudge, 1ms)));
  EXPECT_FALSE(loop.run(wait_for(nudge, -1h)));
}

async::Task<int> count_until_last(async::Nudge& nudge, const std::atomic<int>& sent, int last) {
  int seen = 0;
  while (seen < last) {
    co_await nudge.wait(base::Duration::max());
    seen = sent;
  }
  co_return seen;
}

TEST(Nudge, loses_no_notification_from_another_thread) {
  constexpr int kCount = 20'000;
  Loop loop;
  async::Nudge nudge(loop.context.get_executor());
  std::atomic<int> sent{0};

  std::thread other([&] {
    for (int i = 1; i <= kCount; ++i) {
      sent = i;
      nudge.notify();
    }
  });
  const int seen = loop.run(count_until_last(nudge, sent, kCount));
  other.join();

  EXPECT_EQ(seen, kCount);
}

async::Task<void> ignore_outcome(async::Nudge& nudge) {
  co_await nudge.wait(1h);
}

TEST(Nudge, lets_a_waiting_task_be_cancelled) {
  Loop loop;
  async::Nudge nudge(loop.context.get_executor());

  EXPECT_TRUE(loop.run_cancelled(ignore_outcome(nudge)));
}

async::Task<bool> outlive(std::unique_ptr<async::Nudge> nudge) {
  auto waiting = nudge->wait(1ms);
  nudge.reset();
  co_return co_await std::move(waiting);
}

TEST(Nudge, may_go_while_somebody_waits) {
  Loop loop;

  EXPECT_FALSE(loop.run(outlive(std::make_unique<async::Nudge>(loop.context.get_executor()))));
}

}  // namespace
