#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control-plane/modules/deployments/service.hpp"
#include "control-plane/modules/hooks/types.hpp"

namespace hooks {

/// Deploy hooks: made, listed and revoked by people, called by anybody who has the address. Thread-safe.
class Service {
 public:
  Service(const base::Clock& clock, projects::Service& projects, deployments::Service& deployments)
      : clock_(clock), projects_(projects), deployments_(deployments) {}

  /// Errors: `invalid`; `forbidden` (`deploy_hook.by_token`): a token makes no credential; `conflict`
  /// (`deploy_hook.too_many`) at 20 living ones.
  base::Result<NewHook> create(Tx& tx, const auth::Call& call, const projects::AppEnvironment& env,
                               const HookWish& wish);
  std::vector<Hook> list(Tx& tx, const projects::AppEnvironment& env);
  /// Void at once. Error `deploy_hook.not_found`.
  base::Result<Hook> revoke(Tx& tx, const projects::AppEnvironment& env, const base::Uuid& id);

  /// Whose address this is, also when it does not open anything any more; nothing when it is nobody's. Needs a
  /// transaction that sees everything.
  std::optional<Hook> find(Tx& tx, std::string_view token);

  /// Error `deploy_hook.not_found`.
  static base::Result<void> require_alive(const Hook& hook, base::UtcTime now);

  struct Called {
    std::optional<deployments::Deployment> deployment;
    std::string skipped;  ///< why there is none
  };
  /// What a call of a living hook does. Errors: `deploy_hook.not_found` when it was revoked meanwhile, and those of
  /// `deployments::Service::deploy` for a webhook.
  base::Result<Called> deliver(Tx& tx, const auth::Call& call, const Hook& hook, const Delivery& delivery);

  /// Those that are void for 30 days.
  void forget_old(Tx& tx);

 private:
  const base::Clock& clock_;
  projects::Service& projects_;
  deployments::Service& deployments_;
};

/// The one answer for addresses that open nothing.
std::unexpected<base::Error> no_hook();

}  // namespace hooks
