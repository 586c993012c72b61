#pragma once

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/protocol/command_rules.hpp"
#include "worker-agent/link/credentials.hpp"
#include "worker-agent/link/link_store.hpp"

namespace agent {

/// What was accepted, in memory and on disk. Acceptance is durable before its coroutine comes back, and nothing takes
/// effect earlier. Main thread.
class CommandJournal {
 public:
  CommandJournal(LinkStore& store, async::BlockingPool& disk, const Credentials& credentials, const base::Clock& clock);

  async::Task<void> load();
  /// The rules of protocol::check_command against what was accepted. Error code `command_refused`.
  base::Result<protocol::CommandDecision> check(protocol::CommandType expected,
                                                const protocol::SignedCommand& command) const;
  async::Task<void> accept_assignment(protocol::CommandDecision decision, protocol::SignedCommand command);
  async::Task<void> accept_job(protocol::CommandDecision decision, protocol::SignedCommand command);
  async::Task<void> accept_trust(protocol::CommandDecision decision);
  /// The assignment turned out to be wrong: its place is free again. `before`: what stood there.
  async::Task<void> take_back(std::string kind, std::optional<KeptCommand> before,
                              std::optional<protocol::CommandMark> mark);
  const protocol::CommandState& state() const { return state_; }

 private:
  async::Task<void> save();

  LinkStore& store_;
  async::BlockingPool& disk_;
  const Credentials& credentials_;
  const base::Clock& clock_;
  protocol::CommandState state_;
};

}  // namespace agent
