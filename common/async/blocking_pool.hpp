#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "common/async/task.hpp"

namespace async {

/// Threads for work that blocks or computes (database, hashing, compression), awaited from coroutines.
/// Destroy or `stop()` it before the io threads whose coroutines wait for it.
class BlockingPool {
 public:
  /// `name` becomes the threads' name (at most 15 characters).
  explicit BlockingPool(std::size_t threads, std::string name = "blocking");
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` on the pool and resumes on the caller's executor with its value or exception. First come, first
  /// served. `work` owns what it uses: it goes on when the caller is cancelled, whose await ends when the work does.
  template <class F>
  Task<std::invoke_result_t<F&>> run(F work) {
    using R = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<R>) {
      auto owned = std::make_shared<F>(std::move(work));
      std::function<void()> job = [owned] { (*owned)(); };
      co_await run_job(std::move(job));
    } else {
      struct Shared {
        F work;
        std::optional<R> value;
      };
      auto shared = std::make_shared<Shared>(std::move(work), std::nullopt);
      std::function<void()> job = [shared] { shared->value.emplace(shared->work()); };
      co_await run_job(std::move(job));
      co_return std::move(*shared->value);
    }
  }

  /// Ends the running work, answers what is queued with base::Failure, joins the threads. Blocks.
  void stop();
  std::size_t queued() const;

 private:
  struct Impl;
  Task<void> run_job(std::function<void()> job);
  std::shared_ptr<Impl> impl_;
};

}  // namespace async
