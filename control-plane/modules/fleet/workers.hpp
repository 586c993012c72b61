#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/id.hpp"
#include "common/protocol/messages/hello.hpp"
#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/fleet/assignments.hpp"
#include "control-plane/modules/fleet/lookout.hpp"
#include "control-plane/modules/fleet/types.hpp"

namespace fleet {

/// The workers' own states: Enrolled → Online ⇄ Unreachable → Lost; Duplicate.
class Workers {
 public:
  Workers(const base::Clock& clock, feed::Feed& feed, Assignments& assignments)
      : clock_(clock), feed_(feed), assignments_(assignments) {}

  /// Told, in the transaction, that a worker came online. Set once, before the first connection.
  void on_online(std::function<void(Tx&, const Worker&)> told) { came_online_ = std::move(told); }

  std::optional<Worker> find(Tx& tx, base::WorkerId id);
  std::vector<Worker> list(Tx& tx);
  std::vector<base::WorkerId> online_edges(Tx& tx);

  /// A connection that passed the upgrade: the newest wins by this epoch.
  std::int64_t open_session(Tx& tx, base::WorkerId worker);
  /// True while the session is the worker's newest and not revoked; the answer holds until the transaction ends.
  bool fence(Tx& tx, base::WorkerId worker, std::int64_t session_epoch);
  /// Errors: `worker.duplicate` (a fourth boot id within a minute), `protocol.epoch`.
  base::Result<void> hello(Tx& tx, base::WorkerId worker, const protocol::AgentHello& hello);
  /// The worker's credentials are in use by two machines: nothing is accepted until an admin clears it.
  base::Result<void> mark_duplicate(Tx& tx, base::WorkerId worker);
  /// Of a worker whose newest connection lives: it is online, whatever was thought while the database was away, and
  /// gets again what it did not answer. In every connection's longer rounds.
  void refresh(Tx& tx, base::WorkerId worker);
  void touch(Tx& tx, const std::vector<base::WorkerId>& connected);
  /// Moves silent workers on; returns those whose state changed. Leader only, one call at a time, every few seconds.
  /// Nobody is called silent for the time in which nobody looked (`Lookout`).
  std::vector<base::WorkerId> sweep(Tx& tx);
  /// Whether `sweep` has been looking for so long that who is silent would be unreachable by now.
  bool is_looking() const;
  std::int64_t leader_epoch(Tx& tx);
  /// The epoch of the next command for this worker.
  std::int64_t command_epoch(Tx& tx, base::WorkerId worker);

 private:
  void announce(Tx& tx, base::WorkerId worker, const std::string& kind);
  base::Result<void> check_boot(Tx& tx, base::WorkerId worker, const std::string& boot_id);

  const base::Clock& clock_;
  feed::Feed& feed_;
  Assignments& assignments_;
  std::function<void(Tx&, const Worker&)> came_online_;
  Lookout lookout_;
};

}  // namespace fleet
