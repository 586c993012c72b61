#include "worker-agent/link/http_hub.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "common/base/deadline.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/x509.hpp"
#include "common/http_client/websocket.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/registration.hpp"

namespace agent {
namespace {

constexpr std::chrono::seconds kRequestTime{20};
constexpr std::size_t kBodyLimit = std::size_t{1} << 20U;

std::optional<std::chrono::seconds> seconds_in(std::optional<std::string_view> header) {
  if (!header) return std::nullopt;
  int value = 0;
  const auto [end, status] = std::from_chars(header->data(), header->data() + header->size(), value);
  if (status != std::errc() || end != header->data() + header->size() || value < 0) return std::nullopt;
  return std::chrono::seconds(value);
}

}  // namespace

std::optional<base::UtcTime> parse_http_date(const std::string& text) {
  std::tm time{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return base::UtcTime(std::chrono::seconds(timegm(&time)));
}

HttpHub::HttpHub(boost::asio::any_io_executor executor, const std::string& url, std::vector<std::string> pins,
                 const base::Clock& clock)
    : executor_(std::move(executor)), clock_(clock), pins_(std::move(pins)) {
  auto parsed = http_client::parse_url(url);
  if (!parsed) throw base::Failure("hub_url: " + parsed.error().message);
  if (!parsed->secure()) throw base::Failure("hub_url: must be https");
  if (pins_.empty()) throw base::Failure("ca_pin: the control plane's authority must be pinned");
  url_ = std::move(*parsed);
}

void HttpHub::set_pins(std::vector<std::string> pins) {
  if (pins == pins_) return;
  pins_ = std::move(pins);
  client_.reset();
}

void HttpHub::note_chain(const std::string& chain_pem) {
  if (chain_pem.empty() || chain_pem == noted_chain_) return;
  const auto chain = crypto::split_chain(chain_pem);
  if (!chain) return;
  noted_chain_ = chain_pem;
  for (const std::string& certificate : *chain) {
    const auto pin = crypto::spki_pin(certificate);
    if (pin && std::ranges::find(pins_, *pin) != pins_.end()) authority_pem_ = certificate;
  }
}

async::Task<base::Result<HubAnswer>> HttpHub::send(std::string method, std::string path, Headers headers,
                                                   std::string body) {
  if (!client_) client_.emplace(executor_, url_.endpoint(http_client::TlsTrust{.ca_pem = {}, .pins = pins_}), clock_);
  http_client::Request request{
      .method = std::move(method), .target = std::move(path), .headers = std::move(headers), .body = std::move(body)};
  const auto deadline = base::Deadline::after(clock_, kRequestTime);
  CO_TRY_ASSIGN(auto response, co_await client_->send(std::move(request), deadline, kBodyLimit));
  note_chain(client_->last_chain_pem());
  HubAnswer answer{.status = response.status, .body = std::move(response.body)};
  if (const auto date = response.header("Date")) answer.date = parse_http_date(std::string(*date));
  co_return answer;
}

async::Task<base::Result<HubConnection>> HttpHub::connect(std::string url, std::string token, std::string nonce) {
  CO_TRY_ASSIGN(const auto parsed, http_client::parse_url(url));
  if (!parsed.secure()) co_return base::fail(base::ErrorKind::invalid, "hub.insecure", "The connect URL must be wss.");
  http_client::Headers headers{{"Authorization", "Bearer " + token}, {std::string(protocol::kNonceHeader), nonce}};
  const std::string target = parsed.target == "/" ? std::string(protocol::kConnectPath) : parsed.target;
  const auto deadline = base::Deadline::after(clock_, kRequestTime);
  auto endpoint = parsed.endpoint(http_client::TlsTrust{.ca_pem = {}, .pins = pins_});
  CO_TRY_ASSIGN(auto upgrade,
                co_await http_client::websocket_connect(executor_, std::move(endpoint), target, std::move(headers),
                                                        std::string(protocol::kSubprotocol), deadline));
  note_chain(upgrade.chain_pem);
  HubConnection connection{.status = upgrade.status,
                           .retry_after = seconds_in(upgrade.header("Retry-After")),
                           .transport = std::move(upgrade.transport)};
  if (const auto header = upgrade.header(protocol::kNonceHeader)) connection.nonce_header = std::string(*header);
  co_return connection;
}

}  // namespace agent
