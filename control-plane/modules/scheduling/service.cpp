#include "control-plane/modules/scheduling/service.hpp"

#include <algorithm>

#include "common/base/failure.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/protocol/messages/inventory_report.hpp"
#include "common/protocol/objects.hpp"
#include "common/text/port_range.hpp"
#include "control-plane/modules/scheduling/api.hpp"
#include "control-plane/modules/scheduling/rules.hpp"
#include "control-plane/modules/scheduling/store.hpp"

namespace scheduling {
namespace {

constexpr std::chrono::minutes kQuarantine{10};
constexpr std::uint32_t kHealthGraceSeconds = 30;
constexpr std::uint32_t kStopGraceSeconds = 10;

constexpr text::PortRange kDefaultPorts{20000, 20999};

/// As the worker's label says; the default when it says nothing sensible.
text::PortRange ports_of(const fleet::Worker& worker) {
  return text::parse_port_range(worker.label("publish_ports")).value_or(kDefaultPorts);
}

std::string plain_json(const std::map<std::string, base::SecretString>& variables) {
  std::map<std::string, std::string> plain;
  for (const auto& [name, value] : variables) plain[name] = std::string(value.reveal());
  return json::encode(plain);
}

}  // namespace

std::vector<Replica> Service::of_environment(Tx& tx, base::AppEnvironmentId environment) {
  return store::of_environment(tx, environment);
}
std::vector<Replica> Service::of_environments(Tx& tx, const std::vector<base::AppEnvironmentId>& environments) {
  return store::of_environments(tx, environments);
}
std::optional<Replica> Service::find(Tx& tx, base::ReplicaId id) {
  return store::find(tx, id);
}

std::vector<Replica> Service::find_all(Tx& tx, const std::vector<base::ReplicaId>& ids) {
  return store::find_all(tx, ids);
}

std::vector<WorkerView> Service::snapshot(Tx& tx, const Plan& plan) {
  const auto loads = store::loads(tx, plan.app_environment);
  std::vector<WorkerView> views;
  for (const auto& worker : workers_.list(tx)) {
    WorkerView view;
    view.id = worker.id;
    view.name = worker.name;
    view.online = worker.online();
    view.cordoned = worker.cordoned;
    view.runs = worker.capabilities.run;
    view.memory_bytes = worker.memory_bytes;
    const auto load = std::ranges::find(loads, worker.id, &store::Load::worker);
    if (load != loads.end()) {
      view.memory_reserved = load->memory_reserved;
      view.replicas = load->replicas;
      view.same_app = load->same_app;
    }
    views.push_back(std::move(view));
  }
  return views;
}

std::string Service::object_for(const Plan& plan, base::ReplicaId id, const fleet::Worker& worker,
                                const std::string& registry, int port) {
  protocol::ReplicaObject object;
  object.replica_id = id;
  object.app_environment_id = plan.app_environment;
  object.organization_id = plan.organization;
  object.release_id = plan.release;
  object.deployment_id = plan.deployment;
  object.index = static_cast<std::uint32_t>(plan.index);
  object.image = registry + "/" + plan.image_repository + "@" + plan.image_digest;
  object.env["PORT"] = std::to_string(plan.port);
  if (!plan.variables.empty()) {
    auto sealed = crypto::seal_box(worker.sealing_public_key, plain_json(plan.variables));
    if (!sealed) throw base::Failure("worker " + worker.id.to_string() + " has no usable sealing key");
    object.secrets = protocol::Binary{*std::move(sealed)};
  }
  object.port = static_cast<std::uint16_t>(plan.port);
  object.publish = {worker.label("publish_address", "127.0.0.1"), static_cast<std::uint16_t>(port)};
  object.limits = {static_cast<std::uint32_t>(plan.cpu_millis), static_cast<std::uint64_t>(plan.memory_bytes),
                   static_cast<std::uint32_t>(plan.pids)};
  if (plan.disk_bytes > 0) object.limits.disk_bytes = static_cast<std::uint64_t>(plan.disk_bytes);
  if (plan.read_only) object.limits.read_only = true;
  if (plan.health_path.empty()) {
    object.health.kind = protocol::HealthKind::tcp;
  } else {
    object.health.path = plan.health_path;
  }
  object.health.grace_s = kHealthGraceSeconds;
  object.stop_grace_s = kStopGraceSeconds;
  object.network = "wh-" + plan.app_environment.to_string();
  return json::encode(object);
}

base::Result<base::ReplicaId> Service::place(Tx& tx, const Plan& plan) {
  TRY_ASSIGN(const auto registry, registry_.address(tx));
  const auto views = snapshot(tx, plan);
  TRY_ASSIGN(const auto placement, rules::choose(Demand{plan.memory_bytes}, views));
  const auto worker = workers_.find(tx, placement.worker);
  const auto range = ports_of(*worker);
  const auto port = store::free_port(tx, worker->id, range.first, range.last, clock_.utc_now());
  if (!port) {
    return base::fail(
        base::ErrorKind::unavailable, "placement.no_port",
        worker->name + " has no free port left in " + text::to_string(range) +
            ": a port rests for ten minutes after its replica is gone. It goes on by itself; to start more "
            "replicas in that time, give the agent a wider `publish_ports`.");
  }
  const auto id = base::ReplicaId::make(clock_);
  store::insert(tx, id, plan, worker->id, worker->label("publish_address", "127.0.0.1"), *port,
                json::encode(placement_view(placement)));
  assignments_.put(tx, worker->id, fleet::kReplicas, id.uuid(), plan.organization,
                   object_for(plan, id, *worker, registry, *port));
  return id;
}

void Service::set_routing(Tx& tx, const Replica& replica, const std::string& routing) {
  store::set_routing(tx, replica.id, routing, clock_.utc_now());
}

void Service::stop(Tx& tx, const Replica& replica) {
  store::set_stopped(tx, replica.id);
  assignments_.remove(tx, replica.worker, fleet::kReplicas, replica.id.uuid());
}

void Service::collect(Tx& tx, base::AppEnvironmentId environment) {
  store::collect(tx, environment, clock_.utc_now());
}

void Service::forget_old(Tx& tx) {
  store::confirm_ports(tx);
  store::forget_removed(tx, clock_.utc_now() - kQuarantine);
}

void Service::wake_environments_on(Tx& tx, base::WorkerId worker) {
  for (const auto& environment : store::environments_on(tx, worker)) projects_.wake(tx, environment);
}

void Service::confirmed(Tx& tx, const std::vector<base::Uuid>& objects) {
  for (const auto& environment : store::environments_with(tx, objects)) projects_.wake(tx, environment);
}

void Service::serve(fleet::Hub& hub) {
  hub.on<protocol::ReplicaStatus>(
      [this](Tx& tx, const fleet::Peer& peer, const protocol::ReplicaStatus& status, const std::string&) {
        return observe(tx, peer, status.replicas, /*whole=*/false);
      });
  hub.on<protocol::InventoryReport>(
      [this](Tx& tx, const fleet::Peer& peer, const protocol::InventoryReport& report, const std::string&) {
        return observe(tx, peer, report.replicas, /*whole=*/true);
      });
}

base::Result<fleet::Reply> Service::observe(Tx& tx, const fleet::Peer& peer,
                                            const std::vector<protocol::ReplicaReport>& reports, bool whole) {
  const fleet::Reply ack{.ack = true, .ack_data = "{}", .send = {}};
  if (reports.empty()) return ack;
  std::vector<std::string> ids;
  for (const auto& report : reports) ids.push_back(report.replica_id.to_string());
  // Environments first: the reconciler locks in this order.
  for (const auto& environment : store::environments_of(tx, peer.worker, ids)) projects_.wake(tx, environment);
  for (const auto& observed : store::observe(tx, peer.worker, reports, clock_.utc_now(), whole)) {
    feed::Change change;
    change.kind =
        observed.health == "healthy" && observed.phase == "running" ? "replica.healthy" : "replica." + observed.phase;
    change.organization = observed.organization;
    change.replica = observed.id;
    feed_.append(tx, change);
  }
  return ack;
}

}  // namespace scheduling
