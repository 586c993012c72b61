#include "control-plane/modules/fleet/registry_access.hpp"

#include <algorithm>

#include "common/base/failure.hpp"
#include "control-plane/modules/fleet/store.hpp"

namespace fleet {
namespace {

constexpr std::chrono::seconds kPullLife{300};

crypto::CertifiedKey make_leaf(const base::Clock& clock, const Keys& keys) {
  crypto::CertificateRequest request;
  request.common_name = "WiseHosting registry tokens";
  request.server = false;
  auto leaf = crypto::issue_certificate(keys.authority, request, clock.utc_now());
  BASE_CHECK(leaf.has_value(), "a leaf of our own authority");
  return *std::move(leaf);
}

struct Scope {
  std::string repository;
  std::vector<std::string> actions;
};

/// `repository:NAME:ACTION[,ACTION]`
std::optional<Scope> parse_scope(const std::string& text) {
  const auto first = text.find(':');
  const auto last = text.rfind(':');
  if (first == std::string::npos || first == last || text.substr(0, first) != "repository" || text.size() > 300)
    return std::nullopt;
  Scope scope;
  scope.repository = text.substr(first + 1, last - first - 1);
  const auto actions = text.substr(last + 1);
  if (actions == "pull") scope.actions = {"pull"};
  if (actions == "pull,push" || actions == "push,pull") scope.actions = {"pull", "push"};
  if (scope.actions.empty()) return std::nullopt;
  return scope;
}

std::unexpected<base::Error> denied() {
  return base::fail(base::ErrorKind::forbidden, "registry.denied", "This worker may not use that repository.");
}

}  // namespace

RegistryAccess::RegistryAccess(const base::Clock& clock, const Keys& keys)
    : clock_(clock), leaf_(make_leaf(clock, keys)) {}

std::string RegistryAccess::token(const std::string& subject, const std::string& repository,
                                  std::vector<std::string> actions, std::chrono::seconds life) const {
  crypto::RegistryTokenRequest request;
  request.issuer = kRegistryIssuer;
  request.audience = kRegistryService;
  request.subject = subject;
  request.access.push_back(crypto::RegistryAccess{repository, std::move(actions)});
  request.now = clock_.utc_now();
  request.life = life;
  request.token_id = base::Uuid::v7(request.now);
  auto issued = crypto::issue_registry_token(leaf_, request);
  BASE_CHECK(issued.has_value(), "our leaf signs");
  return *std::move(issued);
}

base::Result<std::string> RegistryAccess::worker_token(Tx& tx, base::WorkerId id, const std::string& text) const {
  const auto scope = parse_scope(text);
  const auto worker = store::find(tx, id);
  if (!scope || !worker || worker->state == "revoked" || worker->state == "pending") return denied();
  const bool push = std::ranges::find(scope->actions, "push") != scope->actions.end();
  const bool base_image = scope->repository == kBaseRepository || scope->repository == kSiteBaseRepository;
  const bool allowed =
      push ? base_image && worker->capabilities.registry : base_image || store::holds_image(tx, id, scope->repository);
  if (!allowed) return denied();
  return token(id.to_string(), scope->repository, scope->actions, kPullLife);
}

std::optional<base::WorkerId> RegistryAccess::keeper(Tx& tx) const {
  for (const auto& id : store::online_with(tx, "registry")) {
    const auto worker = store::find(tx, id);
    if (worker && !worker->label("registry_address").empty()) return id;
  }
  return std::nullopt;
}

base::Result<std::string> RegistryAccess::address(Tx& tx) const {
  if (const auto id = keeper(tx)) return store::find(tx, *id)->label("registry_address");
  return base::fail(base::ErrorKind::unavailable, "registry.away",
                    "No worker with a registry is online. Look at wh workers; a build needs one to keep its image.");
}

}  // namespace fleet
