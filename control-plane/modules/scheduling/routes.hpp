#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "common/base/guarded.hpp"
#include "control-plane/modules/fleet/log_relay.hpp"
#include "control-plane/modules/scheduling/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace scheduling {

/// The replicas of apps whose logs are followed, read once a second for all their readers. Thread-safe.
class ReplicaLists {
 public:
  using Read = std::function<base::Result<std::vector<Replica>>(Tx&)>;
  async::Task<base::Result<std::vector<Replica>>> get(const base::Clock& clock, postgres::Pool& pool,
                                                      base::AppEnvironmentId environment, Read read);

 private:
  static constexpr std::chrono::milliseconds kFresh{900};
  struct List {
    base::SteadyTime at{};
    std::vector<Replica> replicas;
  };
  using Lists = std::map<base::AppEnvironmentId, List>;
  base::Guarded<Lists> lists_;
};

/// Logs of replicas, read from their workers on demand.
struct Routes {
  Service& scheduling;
  projects::Service& projects;
  fleet::Hub& hub;
  fleet::LogRelay& relay;
  std::shared_ptr<ReplicaLists> replica_lists{std::make_shared<ReplicaLists>()};
  /// A worker answers at once, and sends at least one line; one that says nothing for so long cannot be read.
  base::Duration worker_patience{std::chrono::seconds(5)};

  void add(api::Api& api);
};

}  // namespace scheduling
