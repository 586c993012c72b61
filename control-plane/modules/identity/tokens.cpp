#include "control-plane/modules/identity/tokens.hpp"

#include <algorithm>

#include "common/crypto/hash.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/rules.hpp"
#include "control-plane/modules/identity/token_store.hpp"

namespace identity {
namespace {

constexpr const char* kPrefix = "wh_pat_";
constexpr std::size_t kShown = 15;  // the prefix and eight letters; 35 stay secret
constexpr std::size_t kMostTokens = 100;
constexpr std::size_t kMostProjects = 100;
constexpr std::chrono::hours kEndedKept{24 * 30};

base::Result<void> check(const TokenWish& wish) {
  TRY_CHECK(rules::check_name("/name", wish.name));
  if (wish.days < 1 || wish.days > 366) return base::invalid("/days", "A token lives for 1 to 366 days.");
  if (wish.projects.size() > kMostProjects) return base::invalid("/projects", "At most 100 projects.");
  return {};
}

std::vector<std::string> distinct(const std::vector<base::ProjectId>& projects) {
  std::vector<std::string> ids;
  for (const auto& project : projects) ids.push_back(project.to_string());
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

}  // namespace

base::Result<NewToken> Tokens::create(Tx& tx, const auth::Call& call, const TokenOwner& owner, const TokenWish& wish) {
  const auto kind = caller(call).kind;
  if (kind != auth::CredentialKind::session && kind != auth::CredentialKind::cli) {
    return base::fail(base::ErrorKind::forbidden, "token.by_token", "A token cannot make tokens. Sign in yourself.");
  }
  TRY_CHECK(check(wish));
  const auto now = clock_.utc_now();
  const auto projects = distinct(wish.projects);
  if (token_store::count_projects(tx, owner, projects) != projects.size()) {
    return base::not_found("project.not_found", "One of the projects");
  }
  if (token_store::count_living(tx, owner, now) >= static_cast<std::int64_t>(kMostTokens)) {
    return base::conflict("token.too_many", "There are 100 tokens already. Revoke those that nobody uses.");
  }
  NewToken made{new_token(kPrefix), {}};
  made.info.id = base::Uuid::v7(now);
  made.info.name = wish.name;
  made.info.prefix = made.token.substr(0, kShown);
  made.info.scope = wish.scope;
  made.info.projects = wish.projects;
  made.info.created_at = now;
  made.info.expires_at = now + std::chrono::hours(24) * wish.days;
  made.info.made_by = caller(call).name;
  token_store::insert(tx, made.info, owner, crypto::sha256(made.token));
  return made;
}

std::vector<TokenInfo> Tokens::list(Tx& tx, const TokenOwner& owner, const std::string& prefix) {
  return token_store::list(tx, owner, prefix);
}

base::Result<std::string> Tokens::revoke(Tx& tx, const TokenOwner& owner, const base::Uuid& id) {
  auto name = token_store::revoke(tx, owner, id, clock_.utc_now());
  if (!name) return base::not_found("token.not_found", "The token");
  credentials_.end_credential(tx, id);
  return *std::move(name);
}

void Tokens::forget_old(Tx& tx) {
  token_store::forget_old(tx, clock_.utc_now() - kEndedKept);
}

}  // namespace identity
