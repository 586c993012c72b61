#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "common/async/task.hpp"
#include "common/base/result.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace postgres {

struct PoolConfig {
  std::string dsn;          ///< libpq connection string
  int size{4};              ///< connections, each with its own thread: 1..64
  std::size_t queue{2000};  ///< waiting pieces of work; more is refused with `unavailable`
  /// A connection that nobody needed for so long is closed, and made anew for the next piece of work that needs it.
  std::chrono::milliseconds idle{30'000};
};

/// Connections on their own threads; work waits in one bounded queue. Thread-safe.
/// A connection that broke is made anew before the next piece of work; work in flight fails with `Failure`.
class Pool {
 public:
  explicit Pool(PoolConfig config);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Runs `work` in one transaction on a database thread and commits, unless it returns an Error or throws (rollback).
  /// Resumes on the caller's executor. Error `database.busy` when the queue is full. Costs about 20 µs beside the SQL.
  /// It sees all rows: for reconcilers and workers. What a request names goes through `api::Api`, which narrows it.
  template <class F, class R = std::invoke_result_t<F, Transaction&>>
  async::Task<R> transaction(F work) {
    co_return co_await transaction(Reach::all(), std::move(work));
  }

  /// The same, seeing what `reach` says; it is set in the same round trip as BEGIN.
  template <class F, class R = std::invoke_result_t<F, Transaction&>>
  async::Task<R> transaction(Reach reach, F work) {
    auto result = std::make_shared<std::optional<R>>();
    auto failed = std::make_shared<std::exception_ptr>();
    co_await submit([this, reach, work = std::move(work), result, failed]() mutable {
      try {
        result->emplace(blocking_transaction(reach, work));
      } catch (...) {
        *failed = std::current_exception();
      }
    });
    if (*failed) std::rethrow_exception(*failed);
    if (!*result) co_return base::fail(base::ErrorKind::unavailable, "database.busy", "The server is busy. Try again.");
    co_return std::move(**result);
  }

  /// The same for callers that are no coroutines (start-up, tools, tests). Never call it on an I/O thread.
  template <class F, class R = std::invoke_result_t<F, Transaction&>>
  R blocking_on_pool(F work) {
    return blocking_on_pool(Reach::all(), std::move(work));
  }
  template <class F, class R = std::invoke_result_t<F, Transaction&>>
  R blocking_on_pool(Reach reach, F work) {
    std::optional<R> result;
    std::exception_ptr failed;
    blocking_submit([&] {
      try {
        result.emplace(blocking_transaction(reach, work));
      } catch (...) {
        failed = std::current_exception();
      }
    });
    if (failed) std::rethrow_exception(failed);
    if (!result) return base::fail(base::ErrorKind::unavailable, "database.busy", "The server is busy. Try again.");
    return std::move(*result);
  }

  /// Prepares every Statement of the program on one connection; returns "name: error" for each that fails.
  std::vector<std::string> blocking_prepare_all();
  /// True when a connection answers now.
  async::Task<bool> healthy();
  std::size_t waiting() const;
  /// How many transactions that wrote something were committed here; counted before their callers go on.
  std::uint64_t changes() const;
  /// Lets queued work finish, then joins the threads. Idempotent.
  void stop();

 private:
  struct Impl;

  template <class F, class R = std::invoke_result_t<F, Transaction&>>
  R blocking_transaction(const Reach& reach, F& work) {
    auto transaction = begin(reach);
    R result = work(*transaction);
    if (result) {
      commit(*transaction);
    }
    return result;
  }
  std::unique_ptr<Transaction> begin(const Reach& reach);
  static void commit(Transaction& transaction);
  bool enqueue(std::function<void()> work);
  async::Task<void> submit(std::function<void()> work);
  void blocking_submit(std::function<void()> work);

  std::unique_ptr<Impl> impl_;
};

}  // namespace postgres
