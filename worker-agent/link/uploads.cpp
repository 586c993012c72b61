#include "worker-agent/link/uploads.hpp"

namespace agent {
namespace {

constexpr std::chrono::seconds kTokenAtLeast{60};

}  // namespace

async::Task<base::Result<std::string>> HubUploads::read(base::Uuid upload, std::uint64_t at) {
  if (!credentials_.registered()) {
    co_return base::fail(base::ErrorKind::unavailable, "upload.away", "This worker is not registered yet.");
  }
  CO_TRY_ASSIGN(const auto token, co_await credentials_.token(kTokenAtLeast));
  Hub::Headers headers{{"Authorization", "Bearer " + token.text}};
  std::string path = "/v1/workers/uploads/" + upload.to_string() + "?at=" + std::to_string(at);
  CO_TRY_ASSIGN(auto answer, co_await hub_.send("GET", std::move(path), std::move(headers), {}));
  if (answer.status == 200) co_return std::move(answer.body);
  const std::string what =
      "The control plane answered " + std::to_string(answer.status) + " to the request for a folder";
  if (answer.status == 404) co_return base::fail(base::ErrorKind::not_found, "upload.refused", what + ".");
  if (answer.status == 401) credentials_.drop_token();
  co_return base::fail(base::ErrorKind::unavailable, "upload.away", what + ".");
}

}  // namespace agent
