#include "control-plane/app/modules.hpp"

#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "common/log/log.hpp"

namespace app {
namespace {

/// What a new organization may use.
organizations::Limits plan_of(const Config& config) {
  const auto most = [](std::int64_t value) { return value == 0 ? std::nullopt : std::optional(value); };
  const auto& plan = config.plan;
  return {most(plan.apps), most(plan.replicas), most(std::int64_t{plan.memory_mib} << 20U), most(plan.build_minutes)};
}

/// Where log drains may go.
http_client::OutgoingPolicy drain_policy(const Config& config) {
  http_client::OutgoingPolicy policy;
  for (const auto& text : config.log_drains.networks) {
    const auto network =
        http_client::Network::parse(text.contains('/') ? text : text + (text.contains(':') ? "/128" : "/32"));
    if (!network) throw base::Failure("log_drains.networks: " + text + " is no address or network");
    policy.allowed.push_back(*network);
  }
  return policy;
}

}  // namespace
namespace {

/// Which signed bytes went to a worker.
struct SignedCommandNote {
  std::string type;
  std::string sha256;
  template <class F>
  void map(F& f) {
    f.required("type", type);
    f.required("sha256", sha256);
  }
};

}  // namespace
namespace {

identity::ProviderAccess configured_provider(const Config& config) {
  return {.settings = {.issuer = config.sign_in.issuer,
                       .client_id = config.sign_in.client_id,
                       .allowed_domains = config.sign_in.allowed_domains,
                       .allowed_emails = config.sign_in.allowed_emails,
                       .from_configuration = true},
          .client_secret = config.sign_in.client_secret};
}

/// What a limit of so many a minute means: a quarter of them may come at once.
api::Rate rate(int per_minute) {
  constexpr double kAtOnce = 0.25;
  return {static_cast<double>(per_minute), std::max(1.0, per_minute * kAtOnce)};
}

api::RateConfig rates_of(const Config& config) {
  const auto& rates = config.rates;
  return {rate(rates.address), rate(rates.door), rate(rates.person), rate(rates.token), rate(rates.organization)};
}

}  // namespace

Modules::Modules(const Config& config, const base::Clock& clock, postgres::Pool& pool, secrets::Vault& vault,
                 fleet::Keys loaded)
    : keys(std::move(loaded)),
      audit(clock),
      sealer(clock, keys.audit),
      audit_log(clock, keys.audit),
      feed([this] {
        feed_signal.notify();
        nudges.publish("feed");
      }),
      feed_fanout([this, &pool](std::optional<feed::Cursor> from) { return feed::read_for_all(pool, feed, from); },
                  feed::event_text),
      outbox(clock, vault, [this] { nudges.mail(); }),
      credentials([this](std::string topic) { nudges.publish(std::move(topic)); },
                  std::chrono::hours(config.sign_in.idle_hours)),
      identity(clock, audit, credentials, outbox),
      tokens(clock, credentials),
      ssh_keys(clock),
      second_factor(clock, vault),
      devices(clock, audit, credentials),
      rate_limits(clock, rates_of(config)),
      kept_answers(clock),
      sign_in_attempts(rate_limits),
      courier(pool, outbox),
      providers(clock, vault, configured_provider(config), config.sign_in.allow_private_issuer),
      provider_client(clock, config.sign_in.allow_private_issuer),
      sign_ins(clock, audit, identity, second_factor),
      memberships([this](std::string topic) { nudges.publish(std::move(topic)); }),
      organizations(clock, {.limits = plan_of(config)}, identity, feed, memberships),
      places(clock, feed, [this](Tx& tx, base::OrganizationId organization) { memberships.changed(tx, organization); }),
      projects(clock, {.apps_domain = config.apps_domain, .scheme = "http", .edge_port = config.edge_port}, feed, vault,
               [this] { nudges.reconcile(); }),
      registration(clock,
                   {.issuer = config.hub_url,
                    .connect_url = "wss" + config.hub_url.substr(config.hub_url.find(':')) + "/v1/workers/connect",
                    .instance = config.instance},
                   keys, vault, feed, audit),
      assignments(clock, keys, [this](base::WorkerId worker) { wake_worker(worker); }),
      workers(clock, feed, assignments),
      registry(clock, keys),
      failures(clock),
      hub(pool, clock, {.instance = config.instance}, registration, workers, assignments),
      log_relay(hub, pool, keys),
      builds(
          clock, {.allow_private_sources = config.allow_private_sources}, feed, projects, registry, keys, workers,
          [this] { nudges.assign(); }, [this](base::WorkerId worker) { wake_worker(worker); },
          [this](base::DeploymentId deployment) {
            log_signal.notify();
            nudges.publish("log:" + deployment.to_string());
          }),
      retention(
          clock, registry, keys, workers, [this] { nudges.assign(); },
          [this](base::WorkerId worker) { wake_worker(worker); }),
      scheduling(clock, feed, projects, workers, assignments, registry),
      ingress(workers, assignments),
      receipts(clock),
      traffic(clock),
      history(clock),
      drains(clock, vault, drain_policy(config), [this] { nudges.drains(); }),
      deployments(clock, feed, projects, builds),
      views({.scheme = "http", .edge_port = config.edge_port}, deployments, builds, scheduling),
      reconciler(clock, feed, projects, vault, builds, scheduling, ingress),
      hooks(clock, projects, deployments),
      identity_routes{
          identity,         tokens, ssh_keys,         second_factor,
          devices,          audit,  sign_in_attempts, identity::Cookies(config.public_url.starts_with("https://")),
          config.public_url},
      provider_routes{identity,         credentials,
                      providers,        provider_client,
                      sign_ins,         audit,
                      sign_in_attempts, outbox,
                      courier,          identity::Cookies(config.public_url.starts_with("https://")),
                      config.public_url},
      installation_routes{identity, audit, audit_log},
      organization_routes{organizations,     identity,
                          credentials,       memberships,
                          config.hub_url,    views.url("my-app." + config.apps_domain),
                          config.public_url, config.public_url.starts_with("https://")},
      audit_routes{audit_log},
      project_routes{places},
      source_routes{projects, audit},
      feed_routes{feed, feed_fanout},
      fleet_routes{registration, workers, registry, hub, failures, keys, identity, config.hub_url},
      build_routes{builds, log_signal},
      scheduling_routes{scheduling, projects, hub, log_relay},
      deployment_routes{deployments, projects, views, audit_log, identity},
      hook_routes{hooks,
                  projects,
                  audit,
                  rate_limits,
                  {static_cast<double>(config.rates.hook), static_cast<double>(config.rates.hook)},
                  config.public_url,
                  config.http.log_requests},
      ingress_routes{traffic, projects},
      observability_routes{history, projects, scheduling, workers, drains} {
  organization_routes.mail = [this](Tx& tx, const std::string& to, const std::string& subject,
                                    const std::string& body) { return outbox.queue(tx, to, subject, body); };
  organizations.hooks.deleted = [this](Tx& tx, const auth::Call& call) { stop_apps_of(tx, call); };
  organizations.hooks.restored = [this](Tx& tx, const auth::Call& call, base::UtcTime since) {
    restore_apps_of(tx, call, since);
  };
  builds.serve(hub);
  retention.serve(hub);
  scheduling.serve(hub);
  receipts.serve(hub);
  traffic.serve(hub);
  history.serve(hub);
  views.show_receipts(receipts);
  hub.on_command([this](Tx& tx, base::WorkerId worker, const fleet::Outgoing& command) {
    audit.record_machine(
        tx, "system", "",
        {.action = "command.signed",
         .object_kind = "worker",
         .object_id = worker.to_string(),
         .before = "",
         .after = json::encode(SignedCommandNote{command.type, crypto::sha256_hex(command.attachment)})});
  });
  hub.on_confirmed([this](Tx& tx, const std::string& kind, const std::vector<base::Uuid>& objects) {
    if (kind == fleet::kReplicas) {
      scheduling.confirmed(tx, objects);
      return;
    }
    for (const auto& object : objects) projects.wake(tx, base::AppEnvironmentId(object));
  });
  workers.on_online([this](Tx& tx, const fleet::Worker& worker) {
    if (worker.capabilities.edge || worker.capabilities.registry) projects.wake_all(tx);
    scheduling.wake_environments_on(tx, worker.id);
    tx.after_commit([this] { nudges.assign(); });
  });
}

void Modules::wake_worker(base::WorkerId worker) {
  hub.nudge(worker);
  nudges.publish("worker:" + worker.to_string());  // it may be connected to another instance
}

void Modules::note_lost_heads(Tx& tx, const std::string& kept) {
  for (const auto& head : audit_log.lost(tx, kept)) {
    logging::error("audit.rolled_back",
                   {{"chain", head.chain},
                    {"sequence", head.sequence},
                    {"hash", head.hash},
                    {"reason",
                     "the database does not hold the end of the log that was kept: it was restored from an "
                     "older copy, or cut off. What was changed since that copy is lost, secrets included"}});
    const auto organization = base::OrganizationId::parse(head.chain);
    const bool known = organization && organizations.find(tx, head.chain);
    audit.record_machine(tx, known ? *organization : base::OrganizationId(), "system", "",
                         {.action = "database.rolled_back",
                          .object_kind = "chain",
                          .object_id = head.chain,
                          .before = json::encode(head),
                          .after = ""});
  }
}

void Modules::record(Tx& tx, const auth::Call& call, const std::string& action, const api::Effect& effect) {
  audit.record(tx, call,
               {action, effect.object_kind, effect.object_id, effect.before, effect.after, effect.object_name,
                effect.app_id, effect.organization});
}

void Modules::hear(const std::string& topic) {
  constexpr std::string_view kWorker = "worker:";
  kept_answers.heard();
  credentials.hear(topic);
  memberships.hear(topic);
  if (topic.empty() || topic == "feed") feed_signal.notify();
  if (topic.empty() || topic.starts_with("log:")) log_signal.notify();
  if (topic.empty()) {
    for (const auto& worker : hub.connected()) hub.nudge(worker);
  } else if (topic.starts_with(kWorker)) {
    if (const auto worker = base::WorkerId::parse(topic.substr(kWorker.size()))) hub.nudge(*worker);
  }
}

namespace {

constexpr int kAppsAtOnce = 100;

template <class F>
void for_each_app(Tx& tx, projects::Service& projects, base::OrganizationId organization, F use) {
  for (std::string after;;) {
    const auto page = projects.list(tx, organization, after, kAppsAtOnce);
    for (const auto& env : page) use(env);
    if (static_cast<int>(page.size()) < kAppsAtOnce) return;
    after = page.back().app_name;
  }
}

}  // namespace

void Modules::stop_apps_of(Tx& tx, const auth::Call& call) {
  for_each_app(tx, projects, call.organization(), [&](const projects::AppEnvironment& env) {
    if (!env.deleting_at) deployments.remove(tx, call, env.app_name, /*for_good=*/false);
  });
}

void Modules::restore_apps_of(Tx& tx, const auth::Call& call, base::UtcTime since) {
  for_each_app(tx, projects, call.organization(), [&](const projects::AppEnvironment& env) {
    if (env.deleting_at && *env.deleting_at >= since) deployments.undo_removal(tx, call, env.app_name);
  });
}

api::Doors Modules::doors(std::vector<std::string> origins, std::vector<std::string> hosts) {
  return {&credentials, &memberships, std::move(origins), std::move(hosts)};
}

void Modules::forget_old_sign_ins(Tx& tx) {
  identity.forget_old(tx);
  tokens.forget_old(tx);
  second_factor.forget_old(tx);
  devices.forget_old(tx);
  sign_ins.forget_old(tx);
  outbox.forget_old(tx);
  hooks.forget_old(tx);
}

void Modules::add_api_routes(api::Api& api) {
  identity_routes.add(api);
  provider_routes.add(api);
  installation_routes.add(api);
  organization_routes.add(api);
  audit_routes.add(api);
  project_routes.add(api);
  feed_routes.add(api);
  deployment_routes.add(api);
  hook_routes.add(api);
  source_routes.add(api);
  ingress_routes.add(api);
  observability_routes.add(api);
  build_routes.add(api);
  scheduling_routes.add(api);
  fleet_routes.add_api(api);
  api.require_permissions();
}

}  // namespace app
