#include "control-plane/modules/observability/drain_target.hpp"

#include <algorithm>

namespace observability {
namespace {

constexpr std::size_t kLongestAddress = 2048;
constexpr std::size_t kLongestToken = 4096;
constexpr std::string_view kSyslogTls = "syslog+tls://";
constexpr std::string_view kSyslogTcp = "syslog+tcp://";

std::unexpected<base::Error> bad_url(std::string message) {
  return base::invalid("/url", std::move(message));
}

base::Result<http_client::Url> syslog_place(std::string_view place, bool tls) {
  // The parser of URLs knows hosts, brackets and ports; syslog has no path.
  auto url = http_client::parse_url((tls ? "https://" : "http://") + std::string(place));
  const bool has_port = place.find(':') != std::string_view::npos && !place.ends_with(']');
  if (!url || url->target != "/" || !has_port || place.ends_with('/')) {
    return bad_url("Write syslog+tls://host:port or syslog+tcp://host:port.");
  }
  return url;
}

base::Result<http_client::Url> http_place(const std::string& address) {
  auto url = http_client::parse_url(address);
  if (!url || (url->scheme != "https" && url->scheme != "http")) {
    return bad_url(
        "A drain is https://…, http://…, syslog+tls://host:port or syslog+tcp://host:port, without a name "
        "or password in it.");
  }
  return url;
}

base::Result<void> check_token(const DrainTarget& target) {
  const auto token = target.token.reveal();
  if (token.empty()) return {};
  if (target.kind == DrainTarget::Kind::syslog) return base::invalid("/token", "A syslog server takes no token.");
  if (!target.url.secure()) return base::invalid("/token", "A token goes over https only.");
  const bool word = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!word || token.size() > kLongestToken) {
    return base::invalid("/token", "A token is one word of printable ASCII characters, at most 4096.");
  }
  return {};
}

}  // namespace

base::Result<DrainTarget> read_drain_target(const std::string& address, base::SecretString token) {
  if (address.size() > kLongestAddress) return bad_url("An address has at most 2048 characters.");
  DrainTarget target;
  target.address = address;
  target.token = std::move(token);
  const std::string_view text = address;
  if (text.starts_with(kSyslogTls) || text.starts_with(kSyslogTcp)) {
    target.kind = DrainTarget::Kind::syslog;
    TRY_ASSIGN(target.url, syslog_place(text.substr(kSyslogTls.size()), text.starts_with(kSyslogTls)));
  } else {
    TRY_ASSIGN(target.url, http_place(address));
  }
  TRY_CHECK(check_token(target));
  return target;
}

const char* to_string(DrainTarget::Kind kind) {
  return kind == DrainTarget::Kind::http ? "http" : "syslog";
}

std::string shown_address(const DrainTarget& target) {
  return target.address.substr(0, target.address.find('?'));
}

}  // namespace observability
