#pragma once

#include <memory>

#include "control-plane/app/config.hpp"
#include "control-plane/modules/audit/routes.hpp"
#include "control-plane/modules/audit/tasks.hpp"
#include "control-plane/modules/builds/retention.hpp"
#include "control-plane/modules/builds/routes.hpp"
#include "control-plane/modules/deployments/routes.hpp"
#include "control-plane/modules/feed/routes.hpp"
#include "control-plane/modules/fleet/routes.hpp"
#include "control-plane/modules/hooks/routes.hpp"
#include "control-plane/modules/identity/installation_routes.hpp"
#include "control-plane/modules/identity/provider_routes.hpp"
#include "control-plane/modules/identity/routes.hpp"
#include "control-plane/modules/ingress/ingress.hpp"
#include "control-plane/modules/ingress/receipts.hpp"
#include "control-plane/modules/ingress/routes.hpp"
#include "control-plane/modules/mail/outbox.hpp"
#include "control-plane/modules/observability/routes.hpp"
#include "control-plane/modules/organizations/routes.hpp"
#include "control-plane/modules/projects/routes.hpp"
#include "control-plane/modules/scheduling/routes.hpp"
#include "control-plane/modules/sources/routes.hpp"
#include "control-plane/platform/live/signal.hpp"

namespace app {

/// What wakes the background tasks; set before the first request.
struct Nudges {
  std::function<void()> reconcile{[] {}};
  std::function<void()> assign{[] {}};
  std::function<void()> mail{[] {}};
  std::function<void()> drains{[] {}};
  /// Tells the other instances that something of this topic was committed: `feed`, `log:<deployment>`, `worker:<id>`.
  std::function<void(std::string)> publish{[](std::string /*topic*/) {}};
};

/// Every module, made once and bound to each other: the composition root. Order of members is order of construction.
struct Modules {
  Modules(const Config& config, const base::Clock& clock, postgres::Pool& pool, secrets::Vault& vault,
          fleet::Keys keys);
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;

  void add_api_routes(api::Api& api);
  /// Compares the log with the heads that were kept outside of the database, and says loudly what is missing: a
  /// restored or cut-off database does not pass unnoticed.
  void note_lost_heads(Tx& tx, const std::string& kept);
  /// What the API tells the audit log.
  void record(Tx& tx, const auth::Call& call, const std::string& action, const api::Effect& effect);
  /// Who may come in, and from where.
  api::Doors doors(std::vector<std::string> origins, std::vector<std::string> hosts = {});
  /// What another instance published concerns what is connected here. From any thread.
  void hear(const std::string& topic);

  /// Sessions, tokens, codes and mails that are over.
  void forget_old_sign_ins(Tx& tx);

  Nudges nudges;
  live::Signal feed_signal;
  live::Signal log_signal;
  fleet::Keys keys;
  audit::Log audit;
  audit::Sealer sealer;
  audit::Service audit_log;
  feed::Feed feed;
  feed::Fanout feed_fanout;
  mail::Outbox outbox;
  identity::Credentials credentials;
  identity::Service identity;
  identity::Tokens tokens;
  identity::SshKeys ssh_keys;
  identity::SecondFactor second_factor;
  identity::Devices devices;
  api::RateLimits rate_limits;
  api::KeptAnswers kept_answers;
  identity::Attempts sign_in_attempts;
  mail::Courier courier;
  identity::Providers providers;
  identity::ProviderClient provider_client;
  identity::SignIns sign_ins;
  organizations::Memberships memberships;
  organizations::Service organizations;
  projects::Places places;
  projects::Service projects;
  fleet::Registration registration;
  fleet::Assignments assignments;
  fleet::Workers workers;
  fleet::RegistryAccess registry;
  fleet::FailureLimit failures;
  fleet::Hub hub;
  fleet::LogRelay log_relay;
  builds::Service builds;
  builds::Retention retention;
  scheduling::Service scheduling;
  ingress::Service ingress;
  ingress::Receipts receipts;
  ingress::Traffic traffic;
  observability::History history;
  observability::Drains drains;
  deployments::Service deployments;
  deployments::Views views;
  deployments::Reconciler reconciler;
  hooks::Service hooks;

  identity::Routes identity_routes;
  identity::ProviderRoutes provider_routes;
  identity::InstallationRoutes installation_routes;
  organizations::Routes organization_routes;
  audit::Routes audit_routes;
  projects::Routes project_routes;
  sources::Routes source_routes;
  feed::Routes feed_routes;
  fleet::Routes fleet_routes;
  builds::Routes build_routes;
  scheduling::Routes scheduling_routes;
  deployments::RouteSet deployment_routes;
  hooks::Routes hook_routes;
  ingress::Routes ingress_routes;
  observability::Routes observability_routes;

 private:
  void wake_worker(base::WorkerId worker);
  void stop_apps_of(Tx& tx, const auth::Call& call);
  /// Those that were deleted since then.
  void restore_apps_of(Tx& tx, const auth::Call& call, base::UtcTime since);
};

}  // namespace app
