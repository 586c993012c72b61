#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "common/async/task.hpp"

namespace support {

/// Runs `task` on `io` until it has ended (not longer than `at_most`) and rethrows what it threw.
inline void run_task(boost::asio::io_context& io, async::Task<void> task,
                     std::chrono::seconds at_most = std::chrono::seconds{20}) {
  std::optional<std::exception_ptr> outcome;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error) {
    outcome = error;
    io.stop();
  });
  io.restart();
  io.run_for(at_most);
  if (!outcome) throw std::runtime_error("the task did not end in time");
  if (*outcome) std::rethrow_exception(*outcome);
}

}  // namespace support
