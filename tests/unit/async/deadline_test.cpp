#include "common/async/deadline.hpp"

#include <stdexcept>

#include "tests/unit/async/loop.hpp"

namespace {

using namespace testing_async;

struct Trace {
  bool started{false};
  bool ended{false};
};

/// Marks the end of the coroutine that holds it.
struct Mark {
  Trace& trace;
  ~Mark() { trace.ended = true; }
};

async::Task<int> slow_seven(base::Duration wait, Trace& trace) {
  const Mark mark{trace};
  trace.started = true;
  co_await async::sleep(wait);
  co_return 7;
}

async::Task<base::Result<int>> refuse() {
  co_return base::conflict("test.conflict", "no");
}

async::Task<int> throw_it() {
  co_await async::sleep(1ms);
  throw std::runtime_error("broken");
}

async::Task<int> throw_when_cancelled() {
  try {
    co_await async::sleep(1h);
  } catch (const boost::system::system_error&) {
    throw std::runtime_error("cleaning up failed");
  }
  co_return 0;
}

async::Task<int> finish_anyway() {
  try {
    co_await async::sleep(1h);
  } catch (const boost::system::system_error&) {
  }
  co_return 9;
}

TEST(WithDeadline, gives_the_value_of_a_task_in_time) {
  Loop loop;
  Trace trace;

  EXPECT_EQ(loop.run(async::with_deadline(slow_seven(1ms, trace), in(1h))), 7);
  EXPECT_EQ(loop.run(async::with_deadline(slow_seven(0ms, trace), base::Deadline::never())), 7);
}

TEST(WithDeadline, comes_back_only_when_the_late_task_has_ended) {
  Loop loop;
  Trace trace;

  const auto late = loop.run(async::with_deadline(slow_seven(1h, trace), in(10ms)));

  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, base::ErrorKind::timeout);
  EXPECT_EQ(late.error().code, "deadline");
  EXPECT_TRUE(trace.started && trace.ended);
}

TEST(WithDeadline, ends_at_once_when_the_deadline_has_passed) {
  Loop loop;
  Trace trace;

  EXPECT_FALSE(loop.run(async::with_deadline(slow_seven(1h, trace), in(-1h))));
}

TEST(WithDeadline, does_not_nest_results) {
  Loop loop;

  const base::Result<int> answer = loop.run(async::with_deadline(refuse(), in(1h)));

  EXPECT_EQ(answer.error().code, "test.conflict");
}

TEST(WithDeadline, hands_on_what_the_task_throws) {
  Loop loop;

  EXPECT_THROW(loop.run(async::with_deadline(throw_it(), in(1h))), std::runtime_error);
  EXPECT_THROW(loop.run(async::with_deadline(throw_when_cancelled(), in(1ms))), std::runtime_error);
}

TEST(WithDeadline, hears_a_late_task_that_still_brought_its_value) {
  Loop loop;

  EXPECT_EQ(loop.run(async::with_deadline(finish_anyway(), in(1ms))), 9);
}

TEST(WithDeadline, works_without_a_value) {
  Loop loop;

  EXPECT_TRUE(loop.run(async::with_deadline(async::sleep(1ms), in(1h))));
  EXPECT_FALSE(loop.run(async::with_deadline(async::sleep(1h), in(1ms))));
}

async::Task<void> guarded(Trace& trace) {
  co_await async::with_deadline(slow_seven(1h, trace), in(1h));
}

TEST(WithDeadline, ends_the_task_when_its_caller_is_cancelled) {
  Loop loop;
  Trace trace;

  EXPECT_TRUE(loop.run_cancelled(guarded(trace)));
  EXPECT_TRUE(trace.ended);
}

async::Task<void> after_a_timeout(bool& reached) {
  Trace trace;
  co_await async::with_deadline(slow_seven(1h, trace), in(1ms));
  co_await async::sleep(1h);
  reached = true;
}

TEST(WithDeadline, leaves_its_caller_cancellable_after_a_timeout) {
  Loop loop;
  bool reached = false;

  EXPECT_TRUE(loop.run_cancelled(after_a_timeout(reached)));
  EXPECT_FALSE(reached);
}

async::Task<int> nested(Trace& trace) {
  auto inner = co_await async::with_deadline(slow_seven(1h, trace), in(1h));
  co_return inner.value_or(-1);
}

TEST(WithDeadline, can_be_nested) {
  Loop loop;
  Trace trace;

  EXPECT_FALSE(loop.run(async::with_deadline(nested(trace), in(5ms))));
  EXPECT_TRUE(trace.ended);
}

TEST(WithDeadline, survives_the_end_of_its_loop) {
  Trace trace;
  {
    Loop loop;
    boost::asio::co_spawn(loop.context, guarded(trace), [](const std::exception_ptr&) {});
    loop.context.poll();
  }

  EXPECT_TRUE(trace.ended);
}

}  // namespace
