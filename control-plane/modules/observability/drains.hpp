#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "common/http_client/outgoing.hpp"
#include "control-plane/modules/observability/drain_target.hpp"
#include "control-plane/modules/observability/types_drains.hpp"
#include "control-plane/modules/secrets/secrets.hpp"

namespace observability {

/// Where the output of apps is sent too, and what became of it. Thread-safe.
class Drains {
 public:
  /// `policy`: where drains may go. `changed` is called after a commit that made or removed one.
  Drains(const base::Clock& clock, secrets::Vault& vault, http_client::OutgoingPolicy policy,
         std::function<void()> changed)
      : clock_(clock), vault_(vault), policy_(std::move(policy)), changed_(std::move(changed)) {}

  std::vector<LogDrain> list(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment);
  /// What the app prints from now on. Errors: invalid at `/url` and `/token`, `log_drain.too_many`.
  base::Result<LogDrain> add(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                             const std::string& url, const base::SecretString& token);
  /// Error `log_drain.not_found`.
  base::Result<LogDrain> remove(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                                const base::Uuid& id);

  // For the sender.
  struct Opened {
    DrainTarget target;
    std::string position;
  };
  /// Nothing when it is gone; an error when it does not open.
  base::Result<std::optional<Opened>> open(Tx& tx, const ActiveDrain& drain);
  const http_client::OutgoingPolicy& policy() const { return policy_; }
  base::UtcTime now() const { return clock_.utc_now(); }

 private:
  bool may_reach(const std::string& host) const;

  const base::Clock& clock_;
  secrets::Vault& vault_;
  http_client::OutgoingPolicy policy_;
  std::function<void()> changed_;
};

}  // namespace observability
