#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/message_transport.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace agent {

/// What the control plane's HTTP side said.
struct HubAnswer {
  int status{0};
  std::string body{};
  std::optional<base::UtcTime> date{};  ///< of the `Date` header
};

/// An upgrade, or the status that refused it (`transport` is null then).
struct HubConnection {
  int status{0};
  std::string nonce_header{};  ///< the control plane's `X-WH-Nonce`
  std::optional<std::chrono::seconds> retry_after{};
  std::unique_ptr<async::MessageTransport> transport{};
};

/// How the agent reaches control planes. TLS with the pins that were set; a chain without one of them is refused.
class Hub {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  virtual ~Hub() = default;
  virtual void set_pins(std::vector<std::string> pins) = 0;
  /// `path` at the hub's URL. Errors: what cannot be reached or trusted.
  virtual async::Task<base::Result<HubAnswer>> send(std::string method, std::string path, Headers headers,
                                                    std::string body) = 0;
  /// Upgrades at `url` with the worker's JWT and nonce.
  virtual async::Task<base::Result<HubConnection>> connect(std::string url, std::string token, std::string nonce) = 0;
  /// The pinned authority's certificate, as PEM, from the latest chain; empty before the first.
  virtual std::string authority_pem() const = 0;
};

}  // namespace agent
