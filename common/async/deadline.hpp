#pragma once

#include <optional>
#include <type_traits>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"

namespace async {
namespace detail {

/// Runs `task` on the caller's executor; true when it ended by itself, false when it had to be cancelled at the
/// deadline. Comes back only when the task has ended. Throws what the task throws, and operation_aborted when
/// cancelled.
Task<bool> run_until(Task<void> task, base::Deadline deadline);
std::unexpected<base::Error> deadline_passed();

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}

template <class T>
struct Flat {
  using Type = base::Result<T>;
};
template <class T>
struct Flat<base::Result<T>> {
  using Type = base::Result<T>;
};

}  // namespace detail

/// Awaits `task` until `deadline`, then cancels it, waits for it to end, and answers with kind timeout, code
/// `deadline`. A task that still brought its value is heard. A `Task<Result<U>>` yields `Result<U>`, not nested.
/// The deadline must come from a SystemClock: the timer behind it is real.
template <class T>
Task<typename detail::Flat<T>::Type> with_deadline(Task<T> task, base::Deadline deadline) {
  if constexpr (std::is_void_v<T>) {
    const bool in_time = co_await detail::run_until(std::move(task), deadline);
    if (!in_time) co_return detail::deadline_passed();
    co_return base::Result<void>{};
  } else {
    std::optional<T> value;
    auto kept = detail::keep(std::move(task), value);
    co_await detail::run_until(std::move(kept), deadline);
    if (!value) co_return detail::deadline_passed();
    co_return std::move(*value);
  }
}

}  // namespace async
