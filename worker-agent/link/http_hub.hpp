#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/http_client/client.hpp"
#include "worker-agent/link/hub.hpp"

namespace agent {

/// The hub over HTTPS and WSS. One executor.
class HttpHub final : public Hub {
 public:
  /// `url`: `https://host:port`. Throws base::Failure when it is none, or nothing is pinned.
  HttpHub(boost::asio::any_io_executor executor, const std::string& url, std::vector<std::string> pins,
          const base::Clock& clock);

  void set_pins(std::vector<std::string> pins) override;
  async::Task<base::Result<HubAnswer>> send(std::string method, std::string path, Headers headers,
                                            std::string body) override;
  async::Task<base::Result<HubConnection>> connect(std::string url, std::string token, std::string nonce) override;
  std::string authority_pem() const override { return authority_pem_; }

 private:
  void note_chain(const std::string& chain_pem);

  boost::asio::any_io_executor executor_;
  const base::Clock& clock_;
  http_client::Url url_;
  std::vector<std::string> pins_;
  std::optional<http_client::Client> client_;
  std::string noted_chain_;
  std::string authority_pem_;
};

/// Reads the `Date` header's IMF-fixdate (RFC 9110 5.6.7).
std::optional<base::UtcTime> parse_http_date(const std::string& text);

}  // namespace agent
