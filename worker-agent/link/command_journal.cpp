#include "worker-agent/link/command_journal.hpp"

#include "common/base/crash_point.hpp"

namespace agent {

CommandJournal::CommandJournal(LinkStore& store, async::BlockingPool& disk, const Credentials& credentials,
                               const base::Clock& clock)
    : store_(store), disk_(disk), credentials_(credentials), clock_(clock) {}

async::Task<void> CommandJournal::load() {
  state_ = co_await disk_.run([this] { return store_.blocking_load_commands(); });
}

async::Task<void> CommandJournal::save() {
  const protocol::CommandState copy = state_;
  co_await disk_.run([this, copy] { store_.blocking_save_commands(copy); });
}

base::Result<protocol::CommandDecision> CommandJournal::check(protocol::CommandType expected,
                                                              const protocol::SignedCommand& command) const {
  const Identity& identity = credentials_.identity();
  return protocol::check_command(identity.command_keys, state_, identity.worker_id, expected, command,
                                 clock_.utc_now());
}

async::Task<void> CommandJournal::accept_assignment(protocol::CommandDecision decision,
                                                    protocol::SignedCommand command) {
  const auto& assignment = std::get<protocol::AssignmentCommand>(decision.command);
  const std::string kind(json::enum_name(assignment.kind));
  const KeptCommand kept = KeptCommand::of(command);
  std::vector<protocol::Digest> bodies;
  for (const protocol::ObjectReference& object : assignment.objects) bodies.push_back(object.sha256);
  co_await disk_.run([this, kind, kept, bodies] {
    store_.blocking_sync_objects(bodies);
    store_.blocking_save_assignment(kind, kept);
  });
  base::crash_point("link.assignment.kept");
  state_ = protocol::accept_command(state_, decision, clock_.utc_now());
  co_await save();
  base::crash_point("link.assignment.accepted");
}

async::Task<void> CommandJournal::accept_job(protocol::CommandDecision decision, protocol::SignedCommand command) {
  const auto job = std::get<protocol::JobCommand>(decision.command);
  const JobRecord record{.command = KeptCommand::of(command)};
  co_await disk_.run([this, job, record] { store_.blocking_save_job(job, record); });
  base::crash_point("link.job.kept");
  state_ = protocol::accept_command(state_, decision, clock_.utc_now());
  try {
    co_await save();
  } catch (...) {
    // Not accepted: the same command may come again and must not look like a repeat.
    std::erase_if(state_.jobs, [&](const protocol::JobMark& mark) { return mark.digest == decision.digest; });
    throw;
  }
  base::crash_point("link.job.accepted");
}

async::Task<void> CommandJournal::accept_trust(protocol::CommandDecision decision) {
  state_ = protocol::accept_command(state_, decision, clock_.utc_now());
  co_await save();
}

async::Task<void> CommandJournal::take_back(std::string kind, std::optional<KeptCommand> before,
                                            std::optional<protocol::CommandMark> mark) {
  if (mark) {
    state_.marks[kind] = *mark;
  } else {
    state_.marks.erase(kind);
  }
  co_await disk_.run([this, kind, before] {
    if (before) {
      store_.blocking_save_assignment(kind, *before);
    } else {
      store_.blocking_remove_assignment(kind);
    }
  });
  co_await save();
}

}  // namespace agent
