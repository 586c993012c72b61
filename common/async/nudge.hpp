#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"

namespace async {

/// Wakes one waiting coroutine. Notifications that nobody has waited for yet are kept, as one.
class Nudge {
 public:
  /// `executor` must run one thing at a time (one thread's io_context, or a strand); `wait` runs on it.
  explicit Nudge(boost::asio::any_io_executor executor);

  /// From any thread; never blocks.
  void notify();
  /// True when notified, false when `at_most` passed. One waiter at a time. Throws operation_aborted when cancelled.
  /// The Nudge may be destroyed while somebody waits.
  Task<bool> wait(base::Duration at_most);

 private:
  struct State;
  static Task<bool> wait_on(std::shared_ptr<State> state, base::Duration at_most);
  std::shared_ptr<State> state_;
};

}  // namespace async
