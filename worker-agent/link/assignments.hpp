#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/task_group.hpp"
#include "common/protocol/command_rules.hpp"
#include "common/protocol/messages/hello.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/link/command_journal.hpp"
#include "worker-agent/link/line.hpp"
#include "worker-agent/link/link_store.hpp"
#include "worker-agent/link/wake.hpp"

namespace agent {

/// Who takes which kind of assignment.
using AssignmentHandlers = std::map<protocol::AssignmentKind, AssignmentHandler*>;

/// Takes signed assignments to their handlers: gets the bodies that are lacking, accepts on disk, converges, answers.
/// One loop a kind; a newer assignment replaces one that still waits for bodies. Main thread.
class Assignments {
 public:
  Assignments(boost::asio::any_io_executor executor, AssignmentHandlers handlers, CommandJournal& journal,
              LinkStore& store, async::BlockingPool& disk, Line& line);

  /// Loads what was accepted; each loop begins by applying it.
  async::Task<void> load();
  void start(async::TaskGroup& tasks);

  /// A verified assignment in the envelope `re`.
  void offer(protocol::CommandDecision decision, protocol::SignedCommand signed_command, protocol::EnvelopeId re);
  /// A body: stored when it is one of those asked for and its hash is right.
  async::Task<void> put(protocol::Digest digest, bool missing, std::string bytes);
  /// For `hello`.
  std::map<std::string, protocol::AppliedMark> applied() const;
  void connected();

 private:
  struct Offer {
    protocol::CommandDecision decision;
    protocol::SignedCommand signed_command;
    protocol::EnvelopeId re;
  };
  struct Kind {
    explicit Kind(const boost::asio::any_io_executor& executor) : changed(executor) {}
    AssignmentHandler* handler{nullptr};
    std::optional<KeptCommand> kept;  ///< accepted
    std::optional<protocol::AssignmentCommand> accepted;
    std::optional<protocol::AssignmentApplied> answer;  ///< to the accepted one; absent: not applied yet
    std::optional<Offer> offer;                         ///< the newest, not looked at yet
    std::optional<protocol::EnvelopeId> repeat;         ///< asks for the answer again
    std::set<protocol::Digest> lacking;
    bool busy{false};
    Wake changed;
  };

  async::Task<void> run(protocol::AssignmentKind kind);
  async::Task<void> step(Kind& kind);
  static bool idle(const Kind& kind);
  async::Task<void> take(Kind& kind, Offer offer);
  async::Task<void> reapply(Kind& kind);
  async::Task<void> converge(Kind& kind, std::vector<ObjectBody> bodies, bool shrink);
  async::Task<ApplyResult> settle_or_offer(Kind& kind);
  void note(Kind& kind, const ApplyResult& result);
  /// Every body, or nothing when a newer assignment came while they were lacking.
  async::Task<std::optional<std::vector<ObjectBody>>> gather(Kind& kind, const protocol::AssignmentCommand& command,
                                                             std::optional<protocol::EnvelopeId> re);
  async::Task<std::vector<ObjectBody>> load_bodies(Kind& kind, const protocol::AssignmentCommand& command);
  void ask(Kind& kind);
  async::Task<void> forget_objects(const Kind& own);
  void answer(const protocol::AssignmentCommand& command, protocol::AssignmentOutcome outcome, std::string reason,
              std::optional<protocol::EnvelopeId> re);
  std::optional<std::string> too_small(const Kind& kind, const protocol::AssignmentCommand& command) const;

  boost::asio::any_io_executor executor_;
  CommandJournal& journal_;
  LinkStore& store_;
  async::BlockingPool& disk_;
  Line& line_;
  std::map<protocol::AssignmentKind, std::unique_ptr<Kind>> kinds_;
};

}  // namespace agent
