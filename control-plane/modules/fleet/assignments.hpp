#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol/command_rules.hpp"
#include "common/protocol/commands.hpp"
#include "control-plane/modules/fleet/keys.hpp"
#include "control-plane/modules/fleet/types.hpp"

namespace fleet {

/// Desired state by worker and kind, as objects with hashes; the commands that carry it are made when they are sent.
/// What counts as done: `confirmed`, the worker's word for a command that held the object as it is now.
class Assignments {
 public:
  /// `nudge` wakes the worker's connection after the commit, wherever it is.
  Assignments(const base::Clock& clock, const Keys& keys, std::function<void(base::WorkerId)> nudge)
      : clock_(clock), keys_(keys), nudge_(std::move(nudge)) {}

  /// Puts or replaces an object of the worker's set. Idempotent: the same bytes change nothing.
  void put(Tx& tx, base::WorkerId worker, const std::string& kind, base::Uuid object, base::OrganizationId organization,
           const std::string& body);
  void remove(Tx& tx, base::WorkerId worker, const std::string& kind, base::Uuid object);
  /// True when every one of `workers` confirmed `body` for the object (an empty body: confirmed that it is gone).
  bool confirmed(Tx& tx, const std::string& kind, base::Uuid object, const std::vector<base::WorkerId>& workers,
                 const std::string& body);
  /// The workers that have the object in their set, or still have to confirm its removal.
  std::vector<base::WorkerId> holders(Tx& tx, const std::string& kind, base::Uuid object);

  /// The next signed commands for what is dirty at a worker: one a kind. Locks the assignment rows.
  std::vector<protocol::SignedCommand> take_commands(Tx& tx, base::WorkerId worker);
  /// A worker's hello: our position rises above what it reports, and every kind of its capabilities is sent again.
  /// Error `protocol.epoch` when it reports an epoch that cannot be ours.
  base::Result<void> resume(Tx& tx, const Worker& worker,
                            const std::map<std::string, protocol::CommandPosition>& reported);
  /// What was sent and not answered is sent again by the next `take_commands`: an answer that was lost on a connection
  /// that lives (the database was away), a command that a wrong clock refused.
  void repeat_unanswered(Tx& tx, base::WorkerId worker);
  /// The objects that are confirmed by this answer; `pending` ones (ids of objects) are not.
  std::vector<base::Uuid> applied(Tx& tx, base::WorkerId worker, const std::string& kind, std::int64_t epoch,
                                  std::int64_t generation, const std::vector<std::string>& pending);

 private:
  void changed(Tx& tx, base::WorkerId worker, const std::string& kind);
  std::optional<protocol::SignedCommand> take_command(Tx& tx, base::WorkerId worker, const std::string& kind);

  const base::Clock& clock_;
  const Keys& keys_;
  std::function<void(base::WorkerId)> nudge_;
};

}  // namespace fleet
