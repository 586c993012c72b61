#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/protocol/commands.hpp"

/// When an agent accepts a signed command (PROTOCOL 6). Pure; the caller keeps the state on disk.
namespace protocol {

/// The highest command of one kind (`replicas`, `mesh`, `routes`, `trust`) that was accepted.
struct CommandMark {
  std::uint64_t epoch{0};
  std::uint64_t generation{0};
  Digest digest{};  ///< of the command's bytes
  bool operator==(const CommandMark&) const = default;

  template <class F>
  void map(F& f) {
    f.required("epoch", epoch);
    f.required("generation", generation);
    f.required("digest", digest);
  }
};

/// An accepted (job_id, attempt), remembered until its `not_after`.
struct JobMark {
  base::JobId job_id{};
  int attempt{1};
  Digest digest{};
  base::UtcTime not_after{};
  bool operator==(const JobMark&) const = default;

  template <class F>
  void map(F& f) {
    f.required("job_id", job_id);
    f.required("attempt", attempt);
    f.required("digest", digest);
    f.required("not_after", not_after);
  }
};

/// What the agent remembers of accepted commands, over restarts.
struct CommandState {
  std::map<std::string, CommandMark> marks{};
  std::vector<JobMark> jobs{};
  std::uint64_t highest_epoch{0};                ///< of any accepted command
  std::optional<base::UtcTime> latest_issued{};  ///< of any accepted command, within 120 s of the clock then
  bool operator==(const CommandState&) const = default;

  template <class F>
  void map(F& f) {
    f.required("marks", marks);
    f.required("jobs", jobs);
    f.required("highest_epoch", highest_epoch);
    f.optional("latest_issued", latest_issued);
  }
};

using AnyCommand = std::variant<AssignmentCommand, JobCommand, TrustCommand>;

/// A command that may take effect. `repeat`: it is the accepted one again; answer as before and start nothing.
struct CommandDecision {
  AnyCommand command{};
  Digest digest{};
  bool repeat{false};
};

/// Checks key, signature, type, worker, lifetime and order, in this order. Error kind `forbidden`, code
/// `command_refused`, the reason as message. `keys`: those pinned now.
base::Result<CommandDecision> check_command(std::span<const CommandKey> keys, const CommandState& state,
                                            base::WorkerId self, CommandType expected, const SignedCommand& command,
                                            base::UtcTime now);

/// The state once `decision` (not a repeat) is accepted; forgets jobs whose `not_after` has passed.
CommandState accept_command(const CommandState& state, const CommandDecision& decision, base::UtcTime now);

/// Only the key and the signature: for commands that were accepted earlier and are read back from disk.
base::Result<void> check_signature(std::span<const CommandKey> keys, const SignedCommand& command);

/// An assignment that would remove more than half of, and more than three, of `running` needs `shrink`.
bool shrinks_too_much(std::size_t running, std::size_t removed);

/// A place in the order of a worker's commands of one kind.
struct CommandPosition {
  std::uint64_t epoch{0};
  std::uint64_t generation{0};
  auto operator<=>(const CommandPosition&) const = default;
};

/// The (epoch, generation) of a worker's next command (the control plane's rule): above `used` and above what the agent
/// reported. Error `protocol.epoch` when the agent's epoch is more than 1,000 above ours: close with 4000.
base::Result<CommandPosition> next_position(CommandPosition used, CommandPosition reported, std::uint64_t own_epoch);

}  // namespace protocol
