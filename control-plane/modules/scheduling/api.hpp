#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/json/json.hpp"
#include "control-plane/modules/scheduling/types.hpp"

namespace scheduling {

struct RefusalView {
  std::string worker;
  std::string reason;
  template <class F>
  void map(F& f) {
    f.required("worker", worker);
    f.required("reason", reason);
  }
};

/// Why a replica is where it is.
struct PlacementView {
  std::string worker;
  int score{0};
  std::vector<std::string> reasons;
  std::vector<RefusalView> refused;
  template <class F>
  void map(F& f) {
    f.required("worker", worker);
    f.required("score", score);
    f.required("reasons", reasons);
    f.required("refused", refused);
  }
};

struct ReplicaView {
  base::ReplicaId id;
  std::int64_t release_number{0};
  int index{0};
  std::string worker;
  std::string desired;
  std::string phase;
  std::string health;
  std::string routing;
  std::optional<std::string> reason;
  int restarts{0};
  std::optional<int> exit_code;
  std::string address;
  int port{0};
  base::UtcTime since;
  PlacementView placement;
  std::string state;
  std::string status_text;
  std::optional<std::string> cause;
  std::optional<base::UtcTime> restart_at;
  std::optional<std::string> container_id;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("release_number", release_number);
    f.required("index", index);
    f.required("worker", worker);
    f.required("desired", desired, "running or stopped");
    f.required("phase", phase, "pending, pulling, starting, running, stopping, stopped or failed");
    f.required("health", health, "unknown, healthy or unhealthy");
    f.required("routing", routing, "none, ready or drain: what the edges do with it");
    f.optional("reason", reason);
    f.required("restarts", restarts);
    f.optional("exit_code", exit_code);
    f.required("address", address);
    f.required("port", port);
    f.required("since", since);
    f.required("placement", placement);
    f.required("state", state,
               "One word: pending, pulling, starting, checking, healthy, unhealthy, restarting, crash-looping, failed, "
               "stopping or stopped");
    f.required("status_text", status_text, "One sentence: what happens with it now, and why");
    f.optional("cause", cause,
               "Of the last failure: pull, create, command, port, disk-full, exit, out-of-memory, killed or health");
    f.optional("restart_at", restart_at, "When its agent starts it again");
    f.optional("container_id", container_id, "Of the container that its agent told of last");
  }
};

/// One word for phase, health and back-off together. Pure.
std::string replica_state(const Replica& replica);
/// `reason` without the output that an agent puts behind it.
std::string first_sentence(const std::string& reason);
PlacementView placement_view(const Placement& placement);
PlacementView read_placement(const std::string& json);

}  // namespace scheduling
