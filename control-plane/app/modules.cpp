#include "control-plane/app/modules.hpp"

namespace app {

Modules::Modules(const Config& config, const base::Clock& clock, postgres::Pool& pool, secrets::Vault& vault,
                 fleet::Keys loaded)
    : keys(std::move(loaded)),
      audit(clock),
      feed([this] {
        feed_signal.notify();
        nudges.publish("feed");
      }),
      identity(clock, audit),
      organizations(clock, identity),
      projects(clock, {.apps_domain = config.apps_domain}, feed, vault, [this] { nudges.reconcile(); }),
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
      deployments(clock, feed, projects, builds),
      views({.scheme = "http", .edge_port = config.edge_port}, deployments, builds, scheduling),
      reconciler(clock, feed, projects, vault, builds, scheduling, ingress),
      organization_routes{organizations, identity, config.hub_url, views.url("my-app." + config.apps_domain),
                          config.public_url.starts_with("https://")},
      feed_routes{feed, feed_signal},
      fleet_routes{registration, workers, registry, hub, failures, keys, config.hub_url},
      build_routes{builds, log_signal},
      scheduling_routes{scheduling, projects, hub},
      deployment_routes{deployments, projects, views},
      ingress_routes{traffic, projects} {
  builds.serve(hub);
  retention.serve(hub);
  scheduling.serve(hub);
  receipts.serve(hub);
  traffic.serve(hub);
  views.show_receipts(receipts);
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

void Modules::hear(const std::string& topic) {
  constexpr std::string_view kWorker = "worker:";
  if (topic.empty() || topic == "feed") feed_signal.notify();
  if (topic.empty() || topic.starts_with("log:")) log_signal.notify();
  if (topic.empty()) {
    for (const auto& worker : hub.connected()) hub.nudge(worker);
  } else if (topic.starts_with(kWorker)) {
    if (const auto worker = base::WorkerId::parse(topic.substr(kWorker.size()))) hub.nudge(*worker);
  }
}

void Modules::add_api_routes(api::Api& api) {
  organization_routes.add(api);
  feed_routes.add(api);
  deployment_routes.add(api);
  ingress_routes.add(api);
  build_routes.add(api);
  scheduling_routes.add(api);
  fleet_routes.add_api(api);
}

}  // namespace app
