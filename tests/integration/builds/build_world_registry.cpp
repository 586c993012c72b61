// The world's registry, and the "control plane" that signs for it.

#include <boost/asio/this_coro.hpp>
#include <stdexcept>

#include "common/crypto/registry_token.hpp"
#include "common/http_client/client.hpp"
#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {

std::string BuildWorld::token(const std::string& repository, const std::vector<std::string>& actions) {
  const base::UtcTime now = clock_.utc_now();
  crypto::RegistryTokenRequest request{.issuer = kIssuer,
                                       .audience = kService,
                                       .subject = "worker",
                                       .access = {{.repository = repository, .actions = actions}},
                                       .now = now,
                                       .life = std::chrono::seconds(600),
                                       .token_id = base::Uuid::v7(now)};
  return crypto::issue_registry_token(signer_, request).value();
}

std::pair<int, std::string> BuildWorld::registry_get(const std::string& target, const std::string& token) {
  std::pair<int, std::string> out;
  const auto ask = [](BuildWorld& self, std::string path, std::string bearer,
                      std::pair<int, std::string>& answer) -> async::Task<void> {
    http_client::Client client(co_await boost::asio::this_coro::executor,
                               http_client::Endpoint::tcp(self.network_.gateway(), kRegistryPort), self.clock_);
    http_client::Request request;
    request.target = std::move(path);
    request.headers = {{"Accept", "application/vnd.docker.distribution.manifest.v2+json"},
                       {"Accept", "application/vnd.oci.image.manifest.v1+json"}};
    if (!bearer.empty()) request.headers.emplace_back("Authorization", "Bearer " + bearer);
    const auto deadline = base::Deadline::after(self.clock_, std::chrono::seconds(5));
    const auto response = co_await client.send(std::move(request), deadline);
    if (!response) throw std::runtime_error(response.error().message);
    answer = {response->status, std::string(response->header("Docker-Content-Digest").value_or(""))};
  };
  run(ask(*this, target, token, out));
  return out;
}

}  // namespace builds::testing
