#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/secret.hpp"

namespace scheduling {

/// A worker as the placement rule sees it.
struct WorkerView {
  base::WorkerId id;
  std::string name;
  bool online{false};
  bool cordoned{false};
  bool runs{false};  ///< has the capability `run`
  bool has_free_port{true};
  std::int64_t memory_bytes{0};  ///< of the host
  std::int64_t memory_reserved{0};
  int replicas{0};  ///< of all apps
  int same_app{0};  ///< of the app environment that is placed
};

struct Demand {
  std::int64_t memory_bytes{0};
};

struct Refusal {
  std::string worker;
  std::string reason;
};

/// Where, and why there and not elsewhere.
struct Placement {
  base::WorkerId worker;
  std::string worker_name;
  int score{0};
  std::vector<std::string> reasons;
  std::vector<Refusal> refused;
};

/// A replica: desired by us on a worker, observed by its agent.
struct Replica {
  base::ReplicaId id;
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  base::ReleaseId release;
  base::DeploymentId deployment;
  int index{0};
  base::WorkerId worker;
  std::string worker_name;
  std::string worker_state;
  std::string publish_address;
  int publish_port{0};
  std::string placement_json;
  std::string desired{"running"};  ///< running stopped
  std::string routing{"none"};     ///< none ready drain
  base::UtcTime routing_since;
  std::string phase{"pending"};
  std::string health{"unknown"};
  int restarts{0};
  std::optional<int> exit_code;
  std::string reason;
  std::string cause;                            ///< of its last failure, in the agent's words for programs; or empty
  std::optional<base::UtcTime> restart_at;      ///< when its agent starts it again
  std::optional<base::UtcTime> observed_since;  ///< by its worker's clock
  std::optional<base::UtcTime> observed_at;     ///< the same by ours
  base::UtcTime created_at;
  std::optional<std::string> container;  ///< the last that its agent told of
  bool has_served{false};
};

/// What a new replica shall be.
struct Plan {
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  base::ReleaseId release;
  base::DeploymentId deployment;
  int index{0};
  std::string image_repository;
  std::string image_digest;
  int port{8080};
  std::string health_path{"/"};
  int cpu_millis{1000};
  std::int64_t memory_bytes{0};
  int pids{512};
  std::int64_t disk_bytes{0};  ///< 0: not looked after
  bool read_only{false};
  std::map<std::string, base::SecretString> variables;
};

}  // namespace scheduling
