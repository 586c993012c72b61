#include "common/async/io_threads.hpp"

#include <pthread.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <vector>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"

namespace asio = boost::asio;

namespace async {
namespace {

struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
};

/// An exception that gets here escaped a plain callback (tasks are caught by their group). The loop goes on.
void run_loop(Loop& loop) {
  for (;;) {
    try {
      loop.context.run();
      return;
    } catch (const std::exception& e) {
      logging::error("io.callback_failed", {{"error", e.what()}});
    }
  }
}

}  // namespace

struct IoThreads::Impl {
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::thread> threads;
  std::atomic<std::size_t> turn{0};

  void start_from(std::size_t first) {
    for (std::size_t i = first; i < loops.size(); ++i) {
      threads.emplace_back([&loop = *loops[i], i] {
        ::pthread_setname_np(::pthread_self(), ("io-" + std::to_string(i)).c_str());
        run_loop(loop);
      });
    }
  }
};

IoThreads::IoThreads(std::size_t count) : impl_(std::make_unique<Impl>()) {
  BASE_CHECK(count > 0, "an IoThreads without threads");
  for (std::size_t i = 0; i < count; ++i) impl_->loops.push_back(std::make_unique<Loop>());
}

IoThreads::~IoThreads() {
  stop();
  join();
}

std::size_t IoThreads::size() const {
  return impl_->loops.size();
}
asio::any_io_executor IoThreads::next() {
  return at(impl_->turn++ % size());
}
asio::any_io_executor IoThreads::at(std::size_t index) const {
  return impl_->loops.at(index)->context.get_executor();
}

void IoThreads::start() {
  impl_->start_from(0);
}

void IoThreads::run() {
  impl_->start_from(1);
  run_loop(*impl_->loops.front());
  join();
}

void IoThreads::stop() {
  for (const auto& loop : impl_->loops) loop->context.stop();
}

void IoThreads::join() {
  for (auto& thread : impl_->threads) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace async
