#include "worker-agent/replicas/probe.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/async/deadline.hpp"
#include "common/http_client/client.hpp"

namespace replicas {
namespace {

async::Task<ProbeResult> probe_http(boost::asio::any_io_executor executor, protocol::HealthProbe settings,
                                    protocol::PublishAddress target, const base::Clock& clock,
                                    base::Deadline deadline) {
  // A client of its own each time: an idle connection kept open would hold up servers that serve one at a time.
  http_client::Client client(executor, http_client::Endpoint::tcp(target.address, target.port), clock);
  http_client::Request request;
  request.target = settings.path.value_or("/");
  request.headers.emplace_back("User-Agent", "WiseHosting-health/1");
  const auto response = co_await client.send(std::move(request), deadline, std::size_t{1} << 20U);
  if (!response) {
    // It did answer, if only with more than anybody wants to read.
    if (response.error().code == "http.too_large") co_return ProbeResult{.answered = true, .why = {}};
    co_return ProbeResult{.answered = false, .why = "did not answer"};
  }
  if (response->status < 500) co_return ProbeResult{.answered = true, .why = {}};
  co_return ProbeResult{.answered = false, .why = "answered with status " + std::to_string(response->status)};
}

async::Task<bool> connects(boost::asio::any_io_executor executor, protocol::PublishAddress target) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(target.address, error);
  if (error) co_return false;
  boost::asio::ip::tcp::socket socket(executor);
  co_await socket.async_connect({address, target.port}, boost::asio::redirect_error(boost::asio::use_awaitable, error));
  co_return !error;
}

}  // namespace

async::Task<ProbeResult> probe(boost::asio::any_io_executor executor, protocol::HealthProbe settings,
                               protocol::PublishAddress target, const base::Clock& clock) {
  const auto deadline = base::Deadline::after(clock, std::chrono::milliseconds(settings.timeout_ms));
  if (settings.kind == protocol::HealthKind::none) co_return ProbeResult{.answered = true, .why = {}};
  if (settings.kind == protocol::HealthKind::http) {
    co_return co_await probe_http(executor, std::move(settings), std::move(target), clock, deadline);
  }
  auto connection = connects(executor, std::move(target));
  const auto connected = co_await async::with_deadline(std::move(connection), deadline);
  if (connected && *connected) co_return ProbeResult{.answered = true, .why = {}};
  co_return ProbeResult{.answered = false, .why = "did not accept a connection"};
}

}  // namespace replicas
