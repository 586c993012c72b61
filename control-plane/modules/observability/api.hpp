#pragma once

#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/json/json.hpp"

namespace observability {

struct ReplicaPointView {
  base::UtcTime at;
  std::uint32_t cpu_permille{0};
  std::uint64_t memory_bytes{0};
  std::uint64_t received_per_s{0};
  std::uint64_t sent_per_s{0};
  template <class F>
  void map(F& f) {
    f.required("at", at);
    f.required("cpu_permille", cpu_permille, "Of one processor: 1500 is one and a half");
    f.required("memory_bytes", memory_bytes, "Without file pages that could be dropped");
    f.required("received_per_s", received_per_s, "Bytes");
    f.required("sent_per_s", sent_per_s, "Bytes");
  }
};

struct ReplicaMetricsView {
  base::ReplicaId replica_id;
  int index{0};
  std::string worker;
  bool live{false};
  std::vector<ReplicaPointView> points;
  template <class F>
  void map(F& f) {
    f.required("replica_id", replica_id);
    f.required("index", index);
    f.required("worker", worker, "Its name");
    f.required("live", live, "The newest point is less than 45 s old");
    f.required("points", points, "Oldest first, about one every 5 s; a silence or a restart is a gap");
  }
};

struct AppMetricsView {
  std::vector<ReplicaMetricsView> replicas;
  template <class F>
  void map(F& f) {
    f.required("replicas", replicas, "Of workers that are connected to this control plane");
  }
};

struct HostPointView {
  base::UtcTime at;
  std::uint32_t cpu_permille{0};
  std::uint64_t memory_used_bytes{0};
  std::uint64_t disk_used_bytes{0};
  double load_1{0};
  template <class F>
  void map(F& f) {
    f.required("at", at);
    f.required("cpu_permille", cpu_permille, "Of all its processors together");
    f.required("memory_used_bytes", memory_used_bytes, "What is not available to programs");
    f.required("disk_used_bytes", disk_used_bytes, "Of the file system with the agent's state");
    f.required("load_1", load_1, "Processes that run or wait, mean of the last minute");
  }
};

struct WorkerMetricsView {
  base::WorkerId worker_id;
  std::string worker;
  bool live{false};
  std::uint32_t cpus{0};
  std::uint64_t memory_total_bytes{0};
  std::uint64_t disk_total_bytes{0};
  std::vector<HostPointView> points;
  template <class F>
  void map(F& f) {
    f.required("worker_id", worker_id);
    f.required("worker", worker, "Its name");
    f.required("live", live, "The newest point is less than 45 s old");
    f.required("cpus", cpus);
    f.required("memory_total_bytes", memory_total_bytes);
    f.required("disk_total_bytes", disk_total_bytes);
    f.required("points", points, "Oldest first, about one every 5 s");
  }
};

}  // namespace observability
