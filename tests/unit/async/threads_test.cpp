#include <gmock/gmock.h>

#include <boost/asio/this_coro.hpp>
#include <future>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>

#include "common/async/blocking_pool.hpp"
#include "common/async/io_threads.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "tests/unit/async/loop.hpp"

namespace {

using namespace testing_async;

std::thread::id thread_of(const boost::asio::any_io_executor& executor) {
  std::promise<std::thread::id> promise;
  boost::asio::post(executor, [&] { promise.set_value(std::this_thread::get_id()); });
  return promise.get_future().get();
}

TEST(IoThreads, gives_each_executor_a_thread_of_its_own) {
  async::IoThreads threads(3);
  threads.start();

  std::set<std::thread::id> seen;
  for (std::size_t i = 0; i < 3; ++i) seen.insert(thread_of(threads.at(i)));

  EXPECT_EQ(seen.size(), 3U);
  EXPECT_EQ(thread_of(threads.at(1)), thread_of(threads.at(1)));
}

TEST(IoThreads, takes_turns) {
  async::IoThreads threads(2);

  EXPECT_EQ(threads.next(), threads.at(0));
  EXPECT_EQ(threads.next(), threads.at(1));
  EXPECT_EQ(threads.next(), threads.at(0));
}

TEST(IoThreads, runs_until_stopped_from_inside) {
  async::IoThreads threads(2);
  std::thread::id first;

  boost::asio::post(threads.at(0), [&] { first = std::this_thread::get_id(); });
  boost::asio::post(threads.at(1), [&] { threads.stop(); });
  threads.run();

  EXPECT_TRUE(first == std::this_thread::get_id() || first == std::thread::id());
}

TEST(IoThreads, goes_on_after_a_callback_that_throws) {
  std::promise<std::string> logged;
  logging::capture([&](const std::string& line) { logged.set_value(line); });
  async::IoThreads threads(1);
  threads.start();

  boost::asio::post(threads.at(0), [] { throw std::runtime_error("thrown by a callback"); });
  const std::string line = logged.get_future().get();
  thread_of(threads.at(0));
  logging::capture({});

  EXPECT_THAT(line, testing::HasSubstr("thrown by a callback"));
}

async::Task<std::thread::id> thread_after_work(async::BlockingPool& pool) {
  co_await pool.run([] {});
  co_return std::this_thread::get_id();
}

TEST(BlockingPool, comes_back_on_the_thread_of_its_caller) {
  Loop loop;
  async::BlockingPool pool(2);

  EXPECT_EQ(loop.run(thread_after_work(pool)), std::this_thread::get_id());
  EXPECT_NE(loop.run(pool.run([] { return std::this_thread::get_id(); })), std::this_thread::get_id());
}

TEST(BlockingPool, hands_on_values_that_can_only_be_moved) {
  Loop loop;
  async::BlockingPool pool(1);

  const auto value =
      loop.run(pool.run([owned = std::make_unique<int>(5)] { return std::make_unique<int>(*owned + 1); }));

  EXPECT_EQ(*value, 6);
}

TEST(BlockingPool, hands_on_what_the_work_throws) {
  Loop loop;
  async::BlockingPool pool(1);

  EXPECT_THROW(loop.run(pool.run([]() -> int { throw std::invalid_argument("bad"); })), std::invalid_argument);
}

async::Task<void> run_one(async::BlockingPool& pool, std::atomic<int>& done) {
  co_await pool.run([&done] { ++done; });
}

TEST(BlockingPool, does_all_the_work_of_many_callers) {
  async::IoThreads threads(2);
  async::BlockingPool pool(4);
  std::atomic<int> done{0};
  std::atomic<int> ended{0};

  for (int i = 0; i < 1000; ++i) {
    boost::asio::co_spawn(threads.next(), run_one(pool, done), [&](const std::exception_ptr&) {
      if (++ended == 1000) threads.stop();
    });
  }
  threads.run();

  EXPECT_EQ(done, 1000);
}

TEST(BlockingPool, answers_what_is_queued_when_it_stops) {
  Loop loop;
  async::BlockingPool pool(1);
  std::promise<void> entered;
  std::promise<void> release;
  std::vector<std::string> outcomes;
  const auto note = [&](const char* name) {
    return [&, name](const std::exception_ptr& error) {
      outcomes.push_back(std::string(name) + (error ? " refused" : " done"));
    };
  };
  const auto running = [&] {
    entered.set_value();
    release.get_future().wait();
  };

  boost::asio::co_spawn(loop.context, pool.run(running), note("running"));
  boost::asio::co_spawn(loop.context, pool.run([] {}), note("queued"));
  loop.context.poll();
  entered.get_future().wait();
  std::thread stopping([&] { pool.stop(); });
  loop.context.run_one();  // the refusal comes while the first still runs
  release.set_value();
  loop.context.run();
  stopping.join();

  EXPECT_THAT(outcomes, testing::ElementsAre("queued refused", "running done"));
  EXPECT_THROW(loop.run(pool.run([] {})), base::Failure);
}

async::Task<void> run_and_wait(async::BlockingPool& pool, std::shared_future<void> until) {
  co_await pool.run([until] { until.wait_for(100ms); });
  co_await async::sleep(1h);
}

TEST(BlockingPool, lets_work_end_that_its_caller_no_longer_wants) {
  Loop loop;
  async::BlockingPool pool(1);
  std::promise<void> never;

  EXPECT_TRUE(loop.run_cancelled(run_and_wait(pool, never.get_future().share())));
}

}  // namespace
