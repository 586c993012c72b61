#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <string>

#include "common/async/wait.hpp"

namespace async::detail {

/// The last `limit` bytes of a stream, in at most twice the memory.
class Tail {
 public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void append(const char* data, std::size_t size);
  std::string take();

 private:
  std::size_t limit_;
  std::string bytes_;
};

/// Wakes every coroutine that waits, each with an end of its own. On one executor.
class Bell {
 public:
  explicit Bell(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  void ring() {
    for (auto* timer : waiting_) timer->cancel();
  }
  /// Comes back when rung, when `end` is reached or when cancelled. Whoever owns the bell must outlive the wait.
  Task<void> wait(base::SteadyTime end);

 private:
  boost::asio::any_io_executor executor_;
  std::list<boost::asio::steady_timer*> waiting_;
};

}  // namespace async::detail
