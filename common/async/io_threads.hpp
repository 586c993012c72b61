#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>

namespace async {

/// Threads that only do I/O and never block, each with an io_context of its own: what lives on one of these executors
/// is never run by two threads at a time.
class IoThreads {
 public:
  explicit IoThreads(std::size_t count);
  /// Stops and joins.
  ~IoThreads();
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  std::size_t size() const;
  /// In turn. From any thread.
  boost::asio::any_io_executor next();
  boost::asio::any_io_executor at(std::size_t index) const;

  /// Starts all threads and comes back at once.
  void start();
  /// Number 0 runs on the calling thread; comes back after `stop()`, when all threads have ended.
  void run();
  /// From any thread, also from inside. Pending work is dropped with the contexts.
  void stop();
  /// Waits for the threads of `start()`.
  void join();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace async
