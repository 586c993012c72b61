#include "test_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <future>

namespace http_test {

TestServer::TestServer(http::ServerOptions options) {
  std::vector<boost::asio::any_io_executor> io{threads_.at(0), threads_.at(1)};
  server_ = std::make_unique<http::Server>(std::move(io), clock_, std::move(options));
  threads_.start();
}

TestServer::~TestServer() {
  shutdown(std::chrono::seconds(2));
  threads_.stop();
  threads_.join();
}

std::uint16_t TestServer::listen(http::RouteTable routes, std::optional<http::TlsIdentity> tls) {
  http::ListenerOptions options;
  options.tls = std::move(tls);
  return server_->listen(std::move(options), std::move(routes));
}

void TestServer::run(async::Task<void> task) {
  std::promise<void> done;
  boost::asio::co_spawn(executor(), std::move(task),
                        [&done](std::exception_ptr error) { error ? done.set_exception(error) : done.set_value(); });
  done.get_future().get();
}

void TestServer::shutdown(base::Duration grace) {
  run(server_->shutdown(grace));
}

}  // namespace http_test
