#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <set>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"

namespace agent {

/// Wakes every coroutine that waits; what nobody waits for is forgotten, so look at the state before waiting. One
/// executor.
class Wake {
 public:
  explicit Wake(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  void notify() {
    for (boost::asio::steady_timer* timer : *waiting_) timer->cancel();
  }
  async::Task<void> wait(base::Duration at_most = std::chrono::hours{1}) {
    boost::asio::steady_timer timer(executor_);
    timer.expires_after(std::chrono::duration_cast<boost::asio::steady_timer::duration>(at_most));
    const Place place(waiting_, timer);
    boost::system::error_code woken;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
  }

 private:
  using Waiting = std::set<boost::asio::steady_timer*>;
  // Shared, for a coroutine may be destroyed after the Wake.
  class Place {
   public:
    Place(std::shared_ptr<Waiting> waiting, boost::asio::steady_timer& timer)
        : waiting_(std::move(waiting)), timer_(timer) {
      waiting_->insert(&timer_);
    }
    ~Place() { waiting_->erase(&timer_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::shared_ptr<Waiting> waiting_;
    boost::asio::steady_timer& timer_;
  };

  boost::asio::any_io_executor executor_;
  std::shared_ptr<Waiting> waiting_{std::make_shared<Waiting>()};
};

}  // namespace agent
