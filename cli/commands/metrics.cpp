#include <algorithm>

#include "cli/commands/commands.hpp"

namespace cli {
namespace {

struct ReplicaPoint {
  base::UtcTime at;
  std::int64_t cpu_permille{0};
  std::int64_t memory_bytes{0};
  std::int64_t received_per_s{0};
  std::int64_t sent_per_s{0};
  template <class F>
  void map(F& f) {
    f.required("at", at);
    f.defaulted("cpu_permille", cpu_permille);
    f.defaulted("memory_bytes", memory_bytes);
    f.defaulted("received_per_s", received_per_s);
    f.defaulted("sent_per_s", sent_per_s);
  }
};

struct ReplicaLine {
  std::string id;
  int index{0};
  std::string worker;
  bool live{false};
  std::vector<ReplicaPoint> points;
  template <class F>
  void map(F& f) {
    f.defaulted("replica_id", id);
    f.defaulted("index", index);
    f.defaulted("worker", worker);
    f.defaulted("live", live);
    f.defaulted("points", points);
  }
};

struct AppMetrics {
  std::vector<ReplicaLine> replicas;
  template <class F>
  void map(F& f) {
    f.required("replicas", replicas);
  }
};

struct Traffic {
  int edges{0};
  std::int64_t requests{0};
  std::int64_t in_flight{0};
  std::int64_t limited{0};
  ReceiptErrorsView errors;
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
  template <class F>
  void map(F& f) {
    f.defaulted("edges", edges);
    f.defaulted("requests", requests);
    f.defaulted("in_flight", in_flight);
    f.defaulted("limited", limited);
    f.defaulted("errors", errors);
    f.defaulted("p50_ms", p50_ms);
    f.defaulted("p99_ms", p99_ms);
  }
};

struct HostPoint {
  base::UtcTime at;
  std::int64_t cpu_permille{0};
  std::int64_t memory_used_bytes{0};
  std::int64_t disk_used_bytes{0};
  double load_1{0};
  template <class F>
  void map(F& f) {
    f.required("at", at);
    f.defaulted("cpu_permille", cpu_permille);
    f.defaulted("memory_used_bytes", memory_used_bytes);
    f.defaulted("disk_used_bytes", disk_used_bytes);
    f.defaulted("load_1", load_1);
  }
};

struct HostLine {
  std::string worker;
  bool live{false};
  int cpus{0};
  std::int64_t memory_total_bytes{0};
  std::int64_t disk_total_bytes{0};
  std::vector<HostPoint> points;
  template <class F>
  void map(F& f) {
    f.required("worker", worker);
    f.defaulted("live", live);
    f.defaulted("cpus", cpus);
    f.defaulted("memory_total_bytes", memory_total_bytes);
    f.defaulted("disk_total_bytes", disk_total_bytes);
    f.defaulted("points", points);
  }
};

/// "12.5 %"
std::string percent(std::int64_t permille) {
  return std::to_string(permille / 10) + "." + std::to_string(permille % 10) + " %";
}

std::string share(std::int64_t used, std::int64_t of) {
  return of > 0 ? format_bytes(used) + " of " + format_bytes(of) : format_bytes(used);
}

std::string in_milliseconds(double ms) {
  const auto tenths = static_cast<std::int64_t>(ms * 10 + 0.5);
  return tenths >= 100 ? std::to_string(tenths / 10) + " ms"
                       : std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

/// "now", or how old the newest point of a silent worker or replica is.
template <class Line>
std::string seen(const Session& session, const Line& line) {
  return line.live ? "now" : format_age(line.points.back().at, session.clock.utc_now());
}

std::vector<std::string> row_of(const Session& session, const ReplicaLine& replica, std::int64_t memory_limit) {
  const auto& points = replica.points;
  if (points.empty())
    return {std::to_string(replica.index), replica.worker, "-", "-", "-", "-", "-", "-", "no word yet"};
  const auto& now = points.back();
  const auto peak = [&](auto member) { return (*std::ranges::max_element(points, {}, member)).*member; };
  return {std::to_string(replica.index),
          replica.worker,
          percent(now.cpu_permille),
          percent(peak(&ReplicaPoint::cpu_permille)),
          share(now.memory_bytes, memory_limit),
          format_bytes(peak(&ReplicaPoint::memory_bytes)),
          format_bytes(now.received_per_s) + "/s",
          format_bytes(now.sent_per_s) + "/s",
          seen(session, replica)};
}

/// "1204 requests, 2 of them failed, 3 now; half within 2.1 ms, 99 of 100 within 8.0 ms in the last minute"
std::string in_words(const Traffic& traffic) {
  if (traffic.edges == 0) return "No requests yet";
  const auto& errors = traffic.errors;
  const auto failed = errors.app + errors.connect + errors.response + errors.unserved;
  std::string text = std::to_string(traffic.requests) + (traffic.requests == 1 ? " request, " : " requests, ") +
                     std::to_string(failed) + " failed, " + std::to_string(traffic.in_flight) + " under way";
  if (traffic.limited > 0) text += ", " + std::to_string(traffic.limited) + " more refused by its limit (429)";
  if (traffic.p50_ms && traffic.p99_ms) {
    text += "; in the last minute half took up to " + in_milliseconds(*traffic.p50_ms) + ", 99 of 100 up to " +
            in_milliseconds(*traffic.p99_ms);
  }
  return text;
}

async::Task<Outcome> app_metrics(Session& session, std::string app, std::string since) {
  const std::string query = since.empty() ? "" : "?since=" + percent_encode(since);
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("GET", session.app_path(app, "/metrics" + query)));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto metrics, Api::read<AppMetrics>(answer.body));
  CO_TRY_ASSIGN(const auto view, co_await session.api->get_as<AppView>(session.app_path(app)));
  CO_TRY_ASSIGN(const auto traffic, co_await session.api->get_as<Traffic>(session.app_path(app, "/traffic")));
  if (metrics.replicas.empty()) {
    session.say("Nothing of " + app + " runs. Deploy it with: wh deploy " + app + "\n");
    co_return kOk;
  }
  Table table({"REPLICA", "WORKER", "CPU", "PEAK", "MEMORY", "PEAK", "RECEIVED", "SENT", "AT"});
  for (const auto& replica : metrics.replicas) {
    table.row(row_of(session, replica, view.limits ? view.limits->memory_bytes : 0), replica.id);
  }
  session.show(table);
  session.say("CPU is of one processor; peaks are those of the last " + (since.empty() ? "15m" : since) + ".\n" +
              in_words(traffic) + ".\n");
  co_return kOk;
}

async::Task<Outcome> host_metrics(Session& session) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("GET", session.org_path("/workers/metrics")));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto hosts, Api::read<Page<HostLine>>(answer.body));
  Table table({"WORKER", "CPU", "CPUS", "LOAD", "MEMORY", "DISK", "AT"});
  for (const auto& host : hosts.items) {
    if (host.points.empty()) {
      table.row({host.worker, "-", "-", "-", "-", "-", "no word yet"});
      continue;
    }
    const auto& now = host.points.back();
    const auto hundredths = static_cast<std::int64_t>(now.load_1 * 100 + 0.5);
    const std::string rest = std::to_string(hundredths % 100);
    table.row({host.worker, percent(now.cpu_permille), std::to_string(host.cpus),
               std::to_string(hundredths / 100) + "." + (rest.size() < 2 ? "0" : "") + rest,
               share(now.memory_used_bytes, host.memory_total_bytes), share(now.disk_used_bytes, host.disk_total_bytes),
               seen(session, host)});
  }
  session.show(table);
  co_return kOk;
}

}  // namespace

async::Task<Outcome> show_metrics(Session& session, std::string app, std::string since) {
  if (!app.empty()) co_return co_await app_metrics(session, std::move(app), std::move(since));
  if (!since.empty()) co_return usage_error("Say of which app: wh metrics hello --since " + since);
  co_return co_await host_metrics(session);
}

}  // namespace cli
