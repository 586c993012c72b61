#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <optional>

#include "common/async/task.hpp"
#include "common/async/timer.hpp"
#include "common/base/deadline.hpp"

namespace testing_async {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

/// Runs one coroutine to its end on a loop of the test's own.
class Loop {
 public:
  boost::asio::io_context context;

  template <class T>
  T run(async::Task<T> task) {
    std::optional<T> value;
    run(store(std::move(task), value));
    return std::move(*value);
  }
  void run(async::Task<void> task) {
    std::exception_ptr error;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr e) {
      error = e;
      context.stop();  // what others do on the loop waits for the next run
    });
    context.restart();
    context.run();
    if (error) std::rethrow_exception(error);
  }
  /// Cancels the task as soon as it waits for something; true when it ended by operation_aborted.
  bool run_cancelled(async::Task<void> task) {
    boost::asio::cancellation_signal signal;
    std::exception_ptr error;
    boost::asio::co_spawn(context, std::move(task),
                          boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) {
                            error = e;
                            context.stop();
                          }));
    boost::asio::co_spawn(context, emit_soon(signal), [](const std::exception_ptr&) {});
    context.restart();
    context.run();
    return error && is_aborted(error);
  }
  static bool is_aborted(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
      return e.code() == boost::asio::error::operation_aborted;
    }
  }

 private:
  template <class T>
  static async::Task<void> store(async::Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }
  static async::Task<void> emit_soon(boost::asio::cancellation_signal& signal) {
    co_await async::sleep(50ms);
    signal.emit(boost::asio::cancellation_type::terminal);
  }
};

inline base::Deadline in(base::Duration wait) {
  return base::Deadline::after(base::SystemClock(), wait);
}

}  // namespace testing_async
