#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol/messages/inventory_report.hpp"
#include "control-plane/modules/builds/retention_store.hpp"
#include "control-plane/modules/fleet/hub.hpp"
#include "control-plane/modules/fleet/registry_access.hpp"

namespace builds {

/// `spec` of a `collect` job, as the agent reads it.
struct CollectSpec {
  std::string repository;
  std::string token;
  std::vector<std::string> tags;
  std::vector<std::string> keep;
  template <class F>
  void map(F& f) {
    f.required("repository", repository);
    f.required("token", token);
    f.required("tags", tags);
    f.required("keep", keep);
  }
};

/// Which images stay (REG-05): per app environment those of the last 10 releases that were live, the current one, the
/// one that a rollback would go back to, all that are building, releasing or running, and those that are pinned. The
/// rest is removed by `collect` jobs on the worker that keeps the registry. An app's images are never removed while it
/// builds, and it does not build while they are: the same bytes may be pushed again under the digest that goes.
/// Images of apps that are erased are noted in the transaction that erases them, and removed in the same way.
class Retention {
 public:
  Retention(const base::Clock& clock, fleet::RegistryAccess& registry, const fleet::Keys& keys, fleet::Workers& workers,
            std::function<void()> nudge_assigner, std::function<void(base::WorkerId)> nudge_worker);

  /// Makes a job for each environment that holds too many images and for what erased ones left, at most 50 of each at a
  /// time. Leader only; idempotent. Returns how many.
  int plan(Tx& tx);

  /// Registers the handlers of `job.*` and the dispatcher of `collect` jobs.
  void serve(fleet::Hub& hub);

 private:
  std::vector<fleet::Outgoing> dispatch(Tx& tx, const fleet::Peer& peer);
  struct Removal {
    base::JobId id;
    int attempt;
    base::UtcTime lease_until;
    std::string repository;
    std::vector<std::string> tags;
    std::vector<std::string> keep;
  };
  fleet::Outgoing command_for(Tx& tx, const fleet::Peer& peer, const Removal& removal);
  base::Result<fleet::Reply> ended(Tx& tx, const fleet::Peer& peer, base::JobId job, int attempt, bool done);

  const base::Clock& clock_;
  fleet::RegistryAccess& registry_;
  const fleet::Keys& keys_;
  fleet::Workers& workers_;
  std::function<void()> nudge_assigner_;
  std::function<void(base::WorkerId)> nudge_worker_;
};

}  // namespace builds
