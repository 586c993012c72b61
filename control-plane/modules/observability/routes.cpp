#include "control-plane/modules/observability/routes.hpp"

#include "control-plane/modules/observability/api.hpp"
#include "control-plane/platform/api/since.hpp"

namespace observability {
namespace {

base::Result<std::optional<base::UtcTime>> since_of(const api::Input& input, base::UtcTime now) {
  const auto found = input.query.find("since");
  if (found == input.query.end() || found->second.empty()) return std::optional<base::UtcTime>();
  TRY_ASSIGN(const auto since, api::read_since(found->second, now));
  return std::optional(since);
}

ReplicaMetricsView view(const scheduling::Replica& replica, const Line<ReplicaPoint>& line) {
  ReplicaMetricsView shown;
  shown.replica_id = replica.id;
  shown.index = replica.index;
  shown.worker = replica.worker_name;
  shown.live = line.live;
  for (const auto& point : line.points) {
    shown.points.push_back({point.at, point.cpu_permille, point.memory_bytes, point.received_per_s, point.sent_per_s});
  }
  return shown;
}

WorkerMetricsView view(const fleet::Worker& worker, const Line<HostPoint>& line) {
  WorkerMetricsView shown;
  shown.worker_id = worker.id;
  shown.worker = worker.name;
  shown.live = line.live;
  for (const auto& [at, stats] : line.points) {
    shown.points.push_back({at, stats.cpu_permille, stats.memory_used_bytes, stats.disk_used_bytes, stats.load_1});
  }
  if (line.points.empty()) return shown;
  const auto& newest = line.points.back().stats;
  shown.cpus = newest.cpus;
  shown.memory_total_bytes = newest.memory_total_bytes;
  shown.disk_total_bytes = newest.disk_total_bytes;
  return shown;
}

base::Result<AppMetricsView> of_app(Routes& self, Tx& tx, const api::Input& input) {
  TRY_ASSIGN(const auto env, self.projects.find(tx, input.organization(), input.param("app")));
  TRY_ASSIGN(const auto since, since_of(input, self.history.now()));
  AppMetricsView shown;
  for (const auto& replica : self.scheduling.of_environment(tx, env.id)) {
    shown.replicas.push_back(view(replica, self.history.of(replica.worker, replica.id, since)));
  }
  return shown;
}

base::Result<api::List<WorkerMetricsView>> of_workers(Routes& self, Tx& tx, const api::Input& input) {
  TRY_ASSIGN(const auto since, since_of(input, self.history.now()));
  const auto named = input.query.find("worker");
  const bool one = named != input.query.end() && !named->second.empty();
  if (since && !one) {
    return base::fail(base::ErrorKind::invalid, "metrics.which_worker",
                      "Say which worker's past you want, as in ?worker=local&since=15m.");
  }
  api::List<WorkerMetricsView> list;
  for (const auto& worker : self.workers.list(tx)) {
    if (one && worker.name != named->second) continue;
    auto line = self.history.of(worker.id, since);
    if (!since && line.points.size() > 1) line.points.erase(line.points.begin(), line.points.end() - 1);
    list.items.push_back(view(worker, line));
  }
  if (one && list.items.empty()) {
    return base::fail(base::ErrorKind::not_found, "worker.not_found", "There is no worker of this name.");
  }
  return list;
}

}  // namespace

void Routes::add(api::Api& api) {
  add_drains(api);
  constexpr const char* kSince =
      "Points after this time (RFC 3339), or a span before now: 90s, 10m; at most 15 minutes";
  api.read<AppMetricsView>("/api/v1/orgs/{org}/apps/{app}/metrics", auth::Permission::app_read,
                           [this](Tx& tx, const api::Input& input) { return of_app(*this, tx, input); })
      .summary("Processor, memory and network of an app's replicas in the last 15 minutes")
      .tag("apps")
      .query_parameter("since", kSince)
      .errors({base::ErrorKind::not_found, base::ErrorKind::invalid});
  api.read<api::List<WorkerMetricsView>>(
         "/api/v1/orgs/{org}/workers/metrics", auth::Permission::worker_read,
         [this](Tx& tx, const api::Input& input) { return of_workers(*this, tx, input); })
      .summary("What each worker uses now, or one worker in the last 15 minutes")
      .tag("workers")
      .query_parameter("worker", "Only this one, by its name")
      .query_parameter("since", kSince)
      .errors({base::ErrorKind::not_found, base::ErrorKind::invalid});
}

}  // namespace observability
