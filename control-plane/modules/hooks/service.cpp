#include "control-plane/modules/hooks/service.hpp"

#include "common/crypto/hash.hpp"
#include "control-plane/modules/hooks/rules.hpp"
#include "control-plane/modules/hooks/store.hpp"
#include "control-plane/modules/identity/credentials.hpp"

namespace hooks {
namespace {

constexpr const char* kPrefix = "wh_hook_";
constexpr std::size_t kShown = 16;  // the prefix and eight letters; 35 stay secret
constexpr int kMostOfEnvironment = 20;
constexpr std::chrono::hours kEndedKept{24 * 30};

}  // namespace

std::unexpected<base::Error> no_hook() {
  return base::not_found("deploy_hook.not_found", "The deploy hook");
}

base::Result<NewHook> Service::create(Tx& tx, const auth::Call& call, const projects::AppEnvironment& env,
                                      const HookWish& wish) {
  const auto kind = call.actor.principal.kind;
  if (kind != auth::CredentialKind::session && kind != auth::CredentialKind::cli) {
    return base::fail(base::ErrorKind::forbidden, "deploy_hook.by_token",
                      "A token cannot make hooks, which would outlive it. Sign in yourself.");
  }
  TRY_CHECK(rules::check(wish));
  const auto now = clock_.utc_now();
  NewHook made{identity::new_token(kPrefix), {}};
  made.hook.id = base::Uuid::v7(now);
  made.hook.organization = env.organization;
  made.hook.app_environment = env.id;
  made.hook.name = wish.name;
  made.hook.prefix = made.token.substr(0, kShown);
  made.hook.created_at = now;
  made.hook.made_by = call.actor.name;
  if (wish.days) made.hook.expires_at = now + std::chrono::hours(24) * *wish.days;
  if (!store::insert(tx, made.hook, call.actor.person, crypto::sha256(made.token), kMostOfEnvironment)) {
    return base::conflict("deploy_hook.too_many",
                          "There are 20 deploy hooks of " + env.ref() + " already. Revoke those that nobody uses.");
  }
  return made;
}

std::vector<Hook> Service::list(Tx& tx, const projects::AppEnvironment& env) {
  return store::list(tx, env.organization, env.id);
}

base::Result<Hook> Service::revoke(Tx& tx, const projects::AppEnvironment& env, const base::Uuid& id) {
  auto revoked = store::revoke(tx, env.organization, env.id, id, clock_.utc_now());
  if (!revoked) return no_hook();
  return *std::move(revoked);
}

std::optional<Hook> Service::find(Tx& tx, std::string_view token) {
  return store::find(tx, crypto::sha256(token));
}

base::Result<void> Service::require_alive(const Hook& hook, base::UtcTime now) {
  if (rules::is_alive(hook, now)) return {};
  return no_hook();
}

base::Result<Service::Called> Service::deliver(Tx& tx, const auth::Call& call, const Hook& hook,
                                               const Delivery& delivery) {
  const auto env = projects_.lock(tx, hook.app_environment);
  if (!env || !store::note_use(tx, hook, call.now, call.remote_address)) return no_hook();
  TRY_ASSIGN(const auto verdict, rules::judge(delivery, env->source.branch));
  if (verdict.skipped) return Called{.deployment = std::nullopt, .skipped = *verdict.skipped};
  deployments::DeployOrder order;
  order.commit = verdict.commit;
  TRY_ASSIGN(auto deployment, deployments_.deploy(tx, call, env->ref(), order, "webhook"));
  return Called{.deployment = std::move(deployment), .skipped = {}};
}

void Service::forget_old(Tx& tx) {
  store::forget_old(tx, clock_.utc_now() - kEndedKept);
}

}  // namespace hooks
