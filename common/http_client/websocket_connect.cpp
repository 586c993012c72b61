#include <openssl/rand.h>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/http_client/dial.hpp"
#include "common/http_client/exchange.hpp"
#include "common/http_client/websocket.hpp"
#include "common/http_client/websocket_frames.hpp"
#include "common/http_client/websocket_transport.hpp"

namespace http_client {
namespace {

constexpr std::size_t kRefusalBytes = 64 * 1024;

std::string random_key() {
  std::string bytes(16, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    throw base::Failure("no random bytes for a WebSocket key");
  }
  return base::base64_encode(bytes);
}

Request upgrade_request(std::string target, Headers headers, const std::string& subprotocol, const std::string& key) {
  Request request;
  request.target = std::move(target);
  request.headers = std::move(headers);
  request.headers.emplace_back("Connection", "Upgrade");
  request.headers.emplace_back("Upgrade", "websocket");
  request.headers.emplace_back("Sec-WebSocket-Version", "13");
  request.headers.emplace_back("Sec-WebSocket-Key", key);
  if (!subprotocol.empty()) request.headers.emplace_back("Sec-WebSocket-Protocol", subprotocol);
  return request;
}

base::Result<void> check_answer(const Headers& headers, const std::string& subprotocol, const std::string& key) {
  const auto refuse = [](const std::string& what) {
    return base::fail(base::ErrorKind::unavailable, "http.malformed",
                      "The WebSocket upgrade was answered " + what + ".");
  };
  if (find_header(headers, "Sec-WebSocket-Accept") != ws::accept_key(key)) return refuse("with a wrong key");
  if (find_header(headers, "Sec-WebSocket-Extensions")) return refuse("with an extension that was not offered");
  if (find_header(headers, "Sec-WebSocket-Protocol").value_or("") != subprotocol) {
    return refuse("with another subprotocol");
  }
  return {};
}

}  // namespace

async::Task<base::Result<WebSocketUpgrade>> websocket_connect(boost::asio::any_io_executor executor, Endpoint endpoint,
                                                              std::string target, Headers headers,
                                                              std::string subprotocol, base::Deadline deadline) {
  const std::string key = random_key();
  auto request = upgrade_request(std::move(target), std::move(headers), subprotocol, key);
  CO_TRY_CHECK(check_request(request));
  std::shared_ptr<const TlsContext> tls;
  if (endpoint.kind == Endpoint::Kind::tls) tls = TlsContext::client(endpoint.trust);
  auto dialled = co_await dial(executor, endpoint, tls, deadline);
  CO_TRY_ASSIGN(auto stream, std::move(dialled));

  WebSocketUpgrade upgrade;
  upgrade.chain_pem = stream->peer_chain_pem();
  Exchange exchange(std::move(stream), ReadBuffer());
  CO_TRY_CHECK(co_await exchange.start(std::move(request), endpoint.host_header(), deadline));
  upgrade.status = exchange.status();
  upgrade.headers = exchange.headers();
  if (upgrade.status == 101) {
    CO_TRY_CHECK(check_answer(upgrade.headers, subprotocol, key));
    upgrade.transport = std::make_unique<ws::WebSocketTransport>(exchange.take_stream(), exchange.take_left_over(),
                                                                 ws::WebSocketTransport::Side::client);
    co_return upgrade;
  }
  while (upgrade.body.size() < kRefusalBytes) {
    auto read = co_await exchange.read_some(deadline);
    CO_TRY_ASSIGN(auto piece, std::move(read));
    if (piece.empty()) break;
    upgrade.body += piece.substr(0, kRefusalBytes - upgrade.body.size());
  }
  co_return upgrade;
}

}  // namespace http_client
