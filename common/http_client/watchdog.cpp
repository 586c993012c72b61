#include "common/http_client/watchdog.hpp"

#include <boost/asio/steady_timer.hpp>

namespace http_client {

struct Watchdog::State {
  State(boost::asio::any_io_executor executor, std::function<void()> call)
      : timer(std::move(executor)), on_expiry(std::move(call)) {}

  boost::asio::steady_timer timer;
  std::function<void()> on_expiry;
  base::SteadyTime due{base::SteadyTime::max()};
  base::SteadyTime armed_for{base::SteadyTime::max()};
  bool expired{false};
};

Watchdog::Watchdog(boost::asio::any_io_executor executor, std::function<void()> on_expiry)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_expiry))) {}

Watchdog::~Watchdog() {
  state_->on_expiry = nullptr;
  state_->timer.cancel();
}

bool Watchdog::expired() const {
  return state_->expired;
}

void Watchdog::set(base::SteadyTime time) {
  state_->due = time;
  state_->expired = false;
  // A timer that is armed for an earlier time finds the later one when it fires, so moving on costs nothing.
  if (time < state_->armed_for) arm(state_);
}

void Watchdog::arm(const std::shared_ptr<State>& state) {
  state->armed_for = state->due;
  state->timer.expires_at(state->due);
  state->timer.async_wait([weak = std::weak_ptr<State>(state)](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || !self->on_expiry) return;
    self->armed_for = base::SteadyTime::max();
    if (self->due == base::SteadyTime::max()) return;
    if (std::chrono::steady_clock::now() < self->due) return arm(self);
    self->due = base::SteadyTime::max();
    self->expired = true;
    self->on_expiry();
  });
}

}  // namespace http_client
