#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>

#include "common/base/clock.hpp"

namespace http_client {

/// Calls `on_expiry` when a time that can be moved at no cost has passed. Runs on one thread.
class Watchdog {
 public:
  Watchdog(boost::asio::any_io_executor executor, std::function<void()> on_expiry);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Moves the time (`max()`: never) and forgets an earlier expiry.
  void set(base::SteadyTime time);
  bool expired() const;

 private:
  struct State;
  static void arm(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace http_client
