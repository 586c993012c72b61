#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <list>
#include <memory>
#include <utility>

#include "common/async/nudge.hpp"
#include "common/async/task.hpp"

namespace runtime {

/// Lets at most so many coroutines through at a time, first come, first served. All on one executor that runs one thing
/// at a time.
class CallGate {
 public:
  CallGate(boost::asio::any_io_executor executor, int places) : executor_(std::move(executor)), free_(places) {}

  /// Held while one is inside; gives the place to the next when it goes.
  class Place {
   public:
    explicit Place(CallGate& gate) : gate_(&gate) {}
    Place(Place&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    CallGate* gate_;
  };

  async::Task<Place> enter();

 private:
  struct Waiter {
    async::Nudge nudge;
    bool admitted{false};
  };
  void leave();

  boost::asio::any_io_executor executor_;
  int free_;
  std::list<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace runtime
