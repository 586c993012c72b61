#include "worker-agent/link/registry_tokens.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"
#include "common/json/json.hpp"

namespace agent {
namespace {

constexpr std::chrono::seconds kTokenAtLeast{60};

struct TokenAnswer {
  std::string token{};

  template <class F>
  void map(F& f) {
    f.required("token", token);
  }
};

bool is_repository(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name.front() != '/' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_./") == std::string::npos;
}

}  // namespace

async::Task<base::Result<std::string>> HubRegistryTokens::pull_token(std::string repository) {
  co_return co_await token(std::move(repository), "pull");
}

async::Task<base::Result<std::string>> HubRegistryTokens::push_token(std::string repository) {
  co_return co_await token(std::move(repository), "pull,push");
}

async::Task<base::Result<std::string>> HubRegistryTokens::token(std::string repository, std::string actions) {
  if (!is_repository(repository))
    co_return base::fail(base::ErrorKind::invalid, "registry.repository", "No repository.");
  if (!credentials_.registered()) {
    co_return base::fail(base::ErrorKind::unavailable, "registry.token", "This worker is not registered yet.");
  }
  CO_TRY_ASSIGN(const auto worker_token, co_await credentials_.token(kTokenAtLeast));
  const std::string login = credentials_.identity().worker_id.to_string() + ":" + worker_token.text;
  Hub::Headers headers{{"Authorization", "Basic " + base::base64_encode(login)}};
  std::string path = "/v1/workers/registry-token?scope=repository:" + repository + ":" + actions;
  CO_TRY_ASSIGN(const auto answer, co_await hub_.send("GET", std::move(path), std::move(headers), {}));
  if (answer.status != 200) {
    co_return base::fail(
        base::ErrorKind::unavailable, "registry.token",
        "The control plane answered " + std::to_string(answer.status) + " to the request for a registry token.");
  }
  CO_TRY_ASSIGN(auto granted, json::decode<TokenAnswer>(answer.body, json::Unknown::ignore));
  co_return std::move(granted.token);
}

}  // namespace agent
