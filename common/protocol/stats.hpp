#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/text_forms.hpp"

/// The attachment of `stats.report` (PROTOCOL 7), at most 64 KiB of JSON. Counters only grow, except where the thing
/// that is counted began anew; so a report that was lost costs precision in time and nothing else.
namespace protocol {

struct HostStats {
  std::uint32_t cpus{0};
  std::uint32_t cpu_permille{0};  ///< of all processors, busy since the last report
  std::uint64_t memory_total_bytes{0};
  std::uint64_t memory_used_bytes{0};  ///< what is not available to programs
  std::uint64_t disk_total_bytes{0};   ///< of the file system with the agent's state
  std::uint64_t disk_used_bytes{0};
  double load_1{0};
  double load_5{0};
  double load_15{0};

  template <class F>
  void map(F& f) {
    f.required("cpus", cpus);
    f.required("cpu_permille", cpu_permille);
    f.required("memory_total_bytes", memory_total_bytes);
    f.required("memory_used_bytes", memory_used_bytes);
    f.required("disk_total_bytes", disk_total_bytes);
    f.required("disk_used_bytes", disk_used_bytes);
    f.required("load_1", load_1);
    f.required("load_5", load_5);
    f.required("load_15", load_15);
  }
};

struct ContainerStats {
  base::ReplicaId replica_id{};
  std::uint64_t cpu_ms{0};        ///< processor time since the container began
  std::uint64_t memory_bytes{0};  ///< without file pages that could be dropped
  std::uint64_t received_bytes{0};
  std::uint64_t sent_bytes{0};

  template <class F>
  void map(F& f) {
    f.required("replica_id", replica_id);
    f.required("cpu_ms", cpu_ms);
    f.required("memory_bytes", memory_bytes);
    f.required("received_bytes", received_bytes);
    f.required("sent_bytes", sent_bytes);
  }
};

/// Requests and what went wrong with them, by cause. A request is in at most one of the error counts.
struct TrafficCounts {
  std::uint64_t requests{0};
  std::uint64_t app_errors{0};       ///< answered 5xx by the app itself
  std::uint64_t connect_errors{0};   ///< 503: no replica could be connected to
  std::uint64_t response_errors{0};  ///< 502, 504: a replica broke off, was too late or did not speak HTTP
  std::uint64_t unserved{0};         ///< 503: no replica took requests
  std::uint64_t aborted{0};          ///< the client went away; no fault of ours
  std::uint64_t retries{0};          ///< tried once more, unseen by the client
  std::uint64_t limited{0};          ///< 429: more than one address may ask; not among `requests`

  template <class F>
  void map(F& f) {
    f.required("requests", requests);
    f.required("app_errors", app_errors);
    f.required("connect_errors", connect_errors);
    f.required("response_errors", response_errors);
    f.required("unserved", unserved);
    f.required("aborted", aborted);
    f.required("retries", retries);
    f.defaulted("limited", limited);
  }
  bool operator==(const TrafficCounts&) const = default;
};

/// Times from a request's end to the first byte of its answer, as pairs (bucket, count) in one row: bucket b of
/// `latency.hpp`. A sample of the requests where there are many.
using LatencyRow = std::vector<std::uint32_t>;

struct EdgeReplicaStats {
  base::ReplicaId replica_id{};
  std::uint64_t in_flight{0};
  TrafficCounts counts{};

  template <class F>
  void map(F& f) {
    f.required("replica_id", replica_id);
    f.required("in_flight", in_flight);
    f.required("counts", counts);
  }
};

/// One app at one edge since the edge began to count.
struct EdgeAppStats {
  base::AppEnvironmentId app_environment_id{};
  TrafficCounts counts{};
  LatencyRow latency_60s{};  ///< of the last minute
  std::vector<EdgeReplicaStats> replicas{};

  template <class F>
  void map(F& f) {
    f.required("app_environment_id", app_environment_id);
    f.required("counts", counts);
    f.required("latency_60s", latency_60s);
    f.required("replicas", replicas);
  }
};

/// A stretch of time around a switch.
struct SwitchPhase {
  std::uint64_t milliseconds{0};
  TrafficCounts counts{};
  LatencyRow latency{};

  template <class F>
  void map(F& f) {
    f.required("milliseconds", milliseconds);
    f.required("counts", counts);
    f.required("latency", latency);
  }
};

/// One edge going over from other releases of an app to one release. Told again, each time as a whole, until it is
/// final: `before` the last minute at most, `during` from the first target of the new release to the last connection
/// of an old one, `after` 30 s.
struct EdgeSwitchStats {
  base::AppEnvironmentId app_environment_id{};
  base::ReleaseId release_id{};  ///< the new one
  base::UtcTime opened_at{};
  std::string phase{};  ///< during after final
  SwitchPhase before{};
  SwitchPhase during{};
  SwitchPhase after{};
  std::uint64_t requests_old{0};
  std::uint64_t requests_new{0};
  std::uint64_t connections_drained{0};  ///< in flight at an old replica when its drain began, ended by themselves
  std::uint64_t connections_cut{0};      ///< that outlasted the grace
  std::uint64_t longest_drain_ms{0};
  bool complete{true};
  /// What was not counted: haproxy_restarted haproxy_reloaded agent_restarted; and `overtaken`: by a newer release,
  /// with which this record ends early.
  std::vector<std::string> gaps{};

  template <class F>
  void map(F& f) {
    f.required("app_environment_id", app_environment_id);
    f.required("release_id", release_id);
    f.required("opened_at", opened_at);
    f.required("phase", phase);
    f.required("before", before);
    f.required("during", during);
    f.required("after", after);
    f.required("requests_old", requests_old);
    f.required("requests_new", requests_new);
    f.required("connections_drained", connections_drained);
    f.required("connections_cut", connections_cut);
    f.required("longest_drain_ms", longest_drain_ms);
    f.required("complete", complete);
    f.required("gaps", gaps);
  }
};

struct EdgeStats {
  std::uint64_t connections{0};             ///< open from clients
  std::uint64_t requests{0};                ///< of all hosts, also of unknown ones
  std::uint64_t restarts{0};                ///< of HAProxy, since the agent began
  std::vector<EdgeAppStats> apps{};         ///< those that changed since they were last told; the rest stands
  std::vector<EdgeSwitchStats> switches{};  ///< open ones, and those that have just become final

  template <class F>
  void map(F& f) {
    f.required("connections", connections);
    f.required("requests", requests);
    f.required("restarts", restarts);
    f.required("apps", apps);
    f.required("switches", switches);
  }
};

struct StatsBody {
  HostStats host{};
  std::vector<ContainerStats> containers{};
  std::optional<EdgeStats> edge{};  ///< from agents with the capability `edge`

  template <class F>
  void map(F& f) {
    f.required("host", host);
    f.required("containers", containers);
    f.optional("edge", edge);
  }
};

}  // namespace protocol
