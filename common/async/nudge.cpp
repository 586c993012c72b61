#include "common/async/nudge.hpp"

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/async/wait.hpp"

namespace asio = boost::asio;

namespace async {

struct Nudge::State {
  explicit State(const asio::any_io_executor& executor) : timer(executor) {}

  std::atomic<bool> pending{false};
  asio::steady_timer timer;
};

Nudge::Nudge(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}

void Nudge::notify() {
  if (state_->pending.exchange(true)) return;  // its wake-up is under way already
  asio::post(state_->timer.get_executor(), [state = state_] { state->timer.cancel(); });
}

Task<bool> Nudge::wait(base::Duration at_most) {
  return wait_on(state_, at_most);
}

Task<bool> Nudge::wait_on(std::shared_ptr<State> state, base::Duration at_most) {
  const base::SteadyTime end = detail::time_after(at_most);
  for (;;) {
    // Nothing else runs on the executor between this look and the arming of the timer: no notification is lost.
    // The wake-up of one that was seen here may come later; hence the loop.
    if (state->pending.exchange(false)) co_return true;
    if (std::chrono::steady_clock::now() >= end) co_return false;
    co_await detail::wait_until(state->timer, end);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) detail::throw_aborted();
  }
}

}  // namespace async
