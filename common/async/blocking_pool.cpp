#include "common/async/blocking_pool.hpp"

#include <pthread.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/failure.hpp"

namespace asio = boost::asio;

namespace async {
namespace {

using Completion = void(std::exception_ptr);

/// A job and the way back to the coroutine that waits for it. Ended exactly once, on its own executor.
class Item {
 public:
  virtual ~Item() = default;
  virtual void end(std::exception_ptr error) = 0;
  std::function<void()> job;
};

template <class Handler>
class ItemFor final : public Item {
 public:
  ItemFor(Handler handler, const asio::any_io_executor& executor) : handler_(std::move(handler)), work_(executor) {}
  void end(std::exception_ptr error) override {
    asio::post(work_.get_executor(), [handler = std::move(handler_), error = std::move(error)]() mutable {
      std::move(handler)(std::move(error));
    });
    work_.reset();
  }

 private:
  Handler handler_;
  asio::executor_work_guard<asio::any_io_executor> work_;  // keeps the caller's loop alive meanwhile
};

}  // namespace

struct BlockingPool::Impl {
  mutable std::mutex mutex;
  std::condition_variable woken;
  std::deque<std::unique_ptr<Item>> queue;
  bool stopping{false};
  std::vector<std::thread> threads;

  void push(std::unique_ptr<Item> item) {
    {
      const std::scoped_lock lock(mutex);
      if (!stopping) {
        queue.push_back(std::move(item));
        woken.notify_one();
        return;
      }
    }
    refuse(*item);
  }

  static void refuse(Item& item) {
    item.end(std::make_exception_ptr(base::Failure("the pool for blocking work is shutting down")));
  }

  std::unique_ptr<Item> pop() {
    std::unique_lock lock(mutex);
    woken.wait(lock, [this] { return stopping || !queue.empty(); });
    if (stopping) return nullptr;
    auto item = std::move(queue.front());
    queue.pop_front();
    return item;
  }

  void serve() {
    while (auto item = pop()) {
      std::exception_ptr error;
      try {
        item->job();
      } catch (...) {
        error = std::current_exception();
      }
      item->job = nullptr;  // what the work owns ends here, before its caller goes on
      item->end(std::move(error));
    }
  }
};

BlockingPool::BlockingPool(std::size_t threads, std::string name) : impl_(std::make_shared<Impl>()) {
  BASE_CHECK(threads > 0 && name.size() < 16, "a pool needs threads and a short name");
  for (std::size_t i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get(), name] {
      ::pthread_setname_np(::pthread_self(), name.c_str());
      impl->serve();
    });
  }
}

BlockingPool::~BlockingPool() {
  stop();
}

void BlockingPool::stop() {
  std::deque<std::unique_ptr<Item>> refused;
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
    refused.swap(impl_->queue);
  }
  impl_->woken.notify_all();
  for (const auto& item : refused) Impl::refuse(*item);
  for (auto& thread : impl_->threads) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t BlockingPool::queued() const {
  const std::scoped_lock lock(impl_->mutex);
  return impl_->queue.size();
}

Task<void> BlockingPool::run_job(std::function<void()> job) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto initiate = [impl = impl_, executor](auto handler, std::function<void()> work) {
    auto item = std::make_unique<ItemFor<decltype(handler)>>(std::move(handler), executor);
    item->job = std::move(work);
    impl->push(std::move(item));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, Completion>(initiate, asio::use_awaitable,
                                                                           std::move(job));
}

}  // namespace async
