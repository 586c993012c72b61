#include "common/http_client/dial.hpp"

#include <netdb.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "common/http_client/tls_stream.hpp"
#include "common/http_client/watchdog.hpp"

namespace http_client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using GenericEndpoint = asio::generic::stream_protocol::endpoint;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

std::unexpected<base::Error> unreachable(const std::string& whom, const std::string& why) {
  return base::fail(base::ErrorKind::unavailable, "net.unreachable", "Cannot reach " + whom + ": " + why + ".");
}

std::unexpected<base::Error> timed_out(const std::string& whom) {
  return base::fail(base::ErrorKind::timeout, "net.timeout", "Cannot reach " + whom + " in time.");
}

/// A look-up that is given up when its deadline passes, although the resolver's own thread goes on for a while.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  asio::steady_timer done;
  bool finished{false};
  boost::system::error_code error;
  std::vector<GenericEndpoint> addresses;
};

async::Task<base::Result<std::vector<GenericEndpoint>>> look_up(asio::any_io_executor executor, std::string host,
                                                                std::uint16_t port, base::Deadline deadline) {
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->done.expires_at(deadline.time());
  lookup->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                 [lookup](const boost::system::error_code& error, const auto& found) {
                                   lookup->finished = true;
                                   lookup->error = error;
                                   for (const auto& entry : found) lookup->addresses.emplace_back(entry.endpoint());
                                   lookup->done.cancel();
                                 });
  if (!lookup->finished) co_await lookup->done.async_wait(kAwait);
  if (!lookup->finished) co_return timed_out(host);
  if (lookup->error) co_return unreachable(host, lookup->error.message());
  co_return std::move(lookup->addresses);
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

async::Task<base::Result<std::vector<GenericEndpoint>>> addresses_of(asio::any_io_executor executor, Endpoint endpoint,
                                                                     base::Deadline deadline) {
  std::vector<GenericEndpoint> addresses;
  if (endpoint.kind == Endpoint::Kind::unix_socket) {
    constexpr std::size_t kLongest = 107;
    if (endpoint.path.size() > kLongest) co_return unreachable(endpoint.path, "the path is too long for a socket");
    addresses.emplace_back(asio::local::stream_protocol::endpoint(endpoint.path));
    co_return addresses;
  }
  boost::system::error_code not_numeric;
  const bool given = !endpoint.address.empty();
  const auto address = asio::ip::make_address(given ? endpoint.address : endpoint.host, not_numeric);
  if (!not_numeric) {
    addresses.emplace_back(tcp::endpoint(address, endpoint.port));
  } else if (given) {
    co_return unreachable(endpoint.host, "it was given no numeric address");
  } else if (is_loopback_name(endpoint.host)) {
    addresses.emplace_back(tcp::endpoint(asio::ip::address_v4::loopback(), endpoint.port));
    addresses.emplace_back(tcp::endpoint(asio::ip::address_v6::loopback(), endpoint.port));
  } else {
    co_return co_await look_up(executor, endpoint.host, endpoint.port, deadline);
  }
  co_return addresses;
}

async::Task<base::Result<StreamSocket>> connect_one(asio::any_io_executor executor, GenericEndpoint address,
                                                    std::string whom, base::SteadyTime until) {
  StreamSocket socket(executor);
  Watchdog watchdog(executor, [&socket] {
    boost::system::error_code ignored;
    socket.cancel(ignored);
  });
  watchdog.set(until);
  const auto [error] = co_await socket.async_connect(address, kAwait);
  if (watchdog.expired()) co_return timed_out(whom);
  if (error) co_return unreachable(whom, error.message());
  if (address.protocol().family() != AF_UNIX) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
  }
  co_return socket;
}

async::Task<base::Result<StreamSocket>> connect_any(asio::any_io_executor executor,
                                                    std::vector<GenericEndpoint> addresses, std::string whom,
                                                    base::Deadline deadline) {
  base::Result<StreamSocket> outcome = unreachable(whom, "it has no address");
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // Each address gets its share of what is left, so that one black hole does not use it all up.
    const auto now = std::chrono::steady_clock::now();
    auto until = deadline.time();
    if (until != base::SteadyTime::max()) until = now + (until - now) / static_cast<long>(addresses.size() - i);
    outcome = co_await connect_one(executor, addresses[i], whom, until);
    if (outcome) break;
  }
  co_return outcome;
}

}  // namespace

async::Task<base::Result<std::unique_ptr<ByteStream>>> dial(asio::any_io_executor executor, Endpoint endpoint,
                                                            std::shared_ptr<const TlsContext> context,
                                                            base::Deadline deadline) {
  const std::string whom = endpoint.kind == Endpoint::Kind::unix_socket ? endpoint.path : endpoint.host_header();
  auto found = co_await addresses_of(executor, endpoint, deadline);
  CO_TRY_ASSIGN(auto addresses, std::move(found));
  auto connected = co_await connect_any(executor, std::move(addresses), whom, deadline);
  CO_TRY_ASSIGN(auto socket, std::move(connected));
  if (endpoint.kind != Endpoint::Kind::tls) co_return plain_stream(std::move(socket));
  auto stream = tls_stream(std::move(socket), std::move(context), endpoint.host);
  CO_TRY_CHECK(co_await stream->handshake(deadline.time()));
  co_return stream;
}

async::Task<base::Result<std::vector<std::string>>> resolve_host(asio::any_io_executor executor, std::string host,
                                                                 base::Deadline deadline) {
  auto found = co_await addresses_of(executor, Endpoint::tcp(host, 0), deadline);
  CO_TRY_ASSIGN(const auto addresses, std::move(found));
  std::vector<std::string> texts;
  for (const auto& address : addresses) {
    char text[NI_MAXHOST]{};
    const auto size = static_cast<socklen_t>(address.size());
    if (::getnameinfo(address.data(), size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) {
      texts.emplace_back(text);
    }
  }
  co_return texts;
}

}  // namespace http_client
