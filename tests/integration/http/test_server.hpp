#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "common/async/io_threads.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "control-plane/platform/http/server.hpp"

namespace http_test {

template <class T>
async::Task<void> keep(async::Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}

/// Two I/O threads, and a server on them once `listen` was called. Ends with a clean shutdown.
class TestServer {
 public:
  explicit TestServer(http::ServerOptions options = {});
  ~TestServer();

  std::uint16_t listen(http::RouteTable routes, std::optional<http::TlsIdentity> tls = {});
  /// Runs a coroutine on the second thread and waits for it.
  void run(async::Task<void> task);
  template <class T>
  T run(async::Task<T> task) {
    std::optional<T> value;
    run(keep(std::move(task), value));
    return std::move(*value);
  }
  void shutdown(base::Duration grace = std::chrono::seconds(8));
  boost::asio::any_io_executor executor() const { return threads_.at(1); }
  base::Deadline within(base::Duration wait) const { return base::Deadline::after(clock_, wait); }
  base::Deadline soon() const { return within(std::chrono::seconds(10)); }
  const base::Clock& clock() const { return clock_; }
  http::Server& server() { return *server_; }

 private:
  base::SystemClock clock_;
  async::IoThreads threads_{2};
  std::unique_ptr<http::Server> server_;
};

}  // namespace http_test
