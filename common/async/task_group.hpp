#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"

namespace async {

/// Owns the coroutines that its owner spawned: nothing outlives the owner's `join`.
/// The order of shutdown: stop accepting, `cancel()`, `co_await join(deadline)`, then destroy what the tasks use.
class TaskGroup {
 public:
  /// `executor` must run one thing at a time (one thread's io_context, or a strand).
  explicit TaskGroup(boost::asio::any_io_executor executor);
  /// Cancels what is left. Tasks that still run then may only use what they own.
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task` on the executor, soon. What it throws is logged as `task.failed` with its name (being cancelled is
  /// not a failure). After `cancel()` nothing is started any more. From any thread.
  void spawn(std::string name, Task<void> task);
  /// Asks all tasks to end: their current await throws operation_aborted. From any thread; also for tasks to come.
  void cancel();
  /// Comes back when no task is left. At the deadline it cancels, and 2 s later gives up and logs `task.stuck` with
  /// the names. To be awaited on the executor.
  Task<void> join(base::Deadline deadline);
  std::size_t size() const;

 private:
  struct State;
  static Task<void> join_on(std::shared_ptr<State> state, base::Deadline deadline);
  std::shared_ptr<State> state_;
};

}  // namespace async
