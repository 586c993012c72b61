#include "common/protocol/command_rules.hpp"

#include <algorithm>

#include "common/json/json.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/signing.hpp"

namespace protocol {
namespace {

struct AnyHead {
  CommandHead head;

  template <class F>
  void map(F& f) {
    head.map(f);
  }
};

constexpr std::string_view kTrustMark = "trust";

std::unexpected<base::Error> refused(std::string reason) {
  return base::fail(base::ErrorKind::forbidden, "command_refused", std::move(reason));
}

template <class T>
base::Result<AnyCommand> decode_as(const std::string& bytes) {
  auto command = json::decode<T>(bytes, json::Unknown::ignore);
  if (!command) return refused("The command's content is malformed: " + command.error().message);
  return AnyCommand(std::move(*command));
}

base::Result<AnyCommand> decode_command(CommandType type, const std::string& bytes) {
  switch (type) {
    case CommandType::assignment: return decode_as<AssignmentCommand>(bytes);
    case CommandType::job: return decode_as<JobCommand>(bytes);
    case CommandType::trust: return decode_as<TrustCommand>(bytes);
  }
  return refused("The command's type is not known.");
}

const CommandHead& head_of(const AnyCommand& command) {
  return std::visit([](const auto& it) -> const CommandHead& { return it.head; }, command);
}

bool has_duplicates(const std::vector<ObjectReference>& objects) {
  std::vector<std::string_view> ids;
  ids.reserve(objects.size());
  for (const ObjectReference& object : objects) ids.emplace_back(object.id);
  std::ranges::sort(ids);
  return std::ranges::adjacent_find(ids) != ids.end();
}

base::Result<void> check_content(const AnyCommand& command) {
  if (const auto* assignment = std::get_if<AssignmentCommand>(&command)) {
    if (assignment->generation > kMaxGeneration) return refused("The generation is over 2^53 − 1.");
    if (assignment->objects.size() > kMaxAssignmentObjects) return refused("More than 4,000 objects.");
    if (has_duplicates(assignment->objects)) return refused("An object's id stands twice.");
  } else if (const auto* job = std::get_if<JobCommand>(&command)) {
    if (job->attempt < 1) return refused("Attempts begin at 1.");
    if (!job->spec.text.starts_with('{')) return refused("A job's spec is an object.");
  } else if (const auto* trust = std::get_if<TrustCommand>(&command)) {
    if (trust->generation > kMaxGeneration) return refused("The generation is over 2^53 − 1.");
    if (trust->command_keys.empty() || trust->ca_pins.empty() || trust->control_planes.empty()) {
      return refused("Each pinned set has at least one member.");
    }
  }
  return {};
}

struct Placed {
  std::string mark;
  std::uint64_t generation{0};
};

// Assignments count per kind, trust on its own; jobs have no generation.
std::optional<Placed> place_of(const AnyCommand& command) {
  if (const auto* assignment = std::get_if<AssignmentCommand>(&command)) {
    return Placed{std::string(json::enum_name(assignment->kind)), assignment->generation};
  }
  if (const auto* trust = std::get_if<TrustCommand>(&command))
    return Placed{std::string(kTrustMark), trust->generation};
  return std::nullopt;
}

/// True: the accepted one again.
base::Result<bool> compare_generation(const CommandState& state, const Placed& placed, std::uint64_t epoch,
                                      const Digest& digest) {
  const auto found = state.marks.find(placed.mark);
  if (found == state.marks.end()) return false;
  const CommandMark& mark = found->second;
  if (mark.digest == digest) return true;
  const CommandPosition highest{mark.epoch, mark.generation};
  const CommandPosition offered{epoch, placed.generation};
  if (offered < highest) return refused("A newer command of this kind was accepted.");
  if (offered == highest) return refused("Another command with the same epoch and generation was accepted.");
  return false;
}

/// True: the accepted one again.
base::Result<bool> compare_job(const CommandState& state, const JobCommand& job, const Digest& digest) {
  for (const JobMark& mark : state.jobs) {
    if (mark.job_id != job.job_id) continue;
    if (mark.attempt == job.attempt && mark.digest == digest) return true;
    if (mark.attempt == job.attempt) return refused("Another command for the same attempt was accepted.");
    if (mark.attempt > job.attempt) return refused("A later attempt of this job was accepted.");
  }
  if (job.head.epoch < state.highest_epoch) return refused("The epoch is below the highest accepted.");
  return false;
}

base::Result<bool> compare_order(const CommandState& state, const AnyCommand& command, const Digest& digest) {
  if (const auto* job = std::get_if<JobCommand>(&command)) return compare_job(state, *job, digest);
  return compare_generation(state, *place_of(command), head_of(command).epoch, digest);
}

}  // namespace

base::Result<void> check_signature(std::span<const CommandKey> keys, const SignedCommand& command) {
  const auto key = std::ranges::find(keys, command.signature.key_id, &CommandKey::id);
  if (key == keys.end()) return refused("The command key is not pinned.");
  if (!crypto::ed25519_verify(key->key.bytes, command.signature.sig.bytes, kCommandPrefix, command.bytes)) {
    return refused("The signature is wrong.");
  }
  return {};
}

base::Result<CommandDecision> check_command(std::span<const CommandKey> keys, const CommandState& state,
                                            base::WorkerId self, CommandType expected, const SignedCommand& command,
                                            base::UtcTime now) {
  TRY_CHECK(check_signature(keys, command));
  const auto any = json::decode<AnyHead>(command.bytes, json::Unknown::ignore);
  if (!any) return refused("The command's content is malformed: " + any.error().message);
  const CommandHead& head = any->head;
  if (head.command != expected) return refused("The command is of another type than its message.");
  if (head.worker_id != self) return refused("The command is for another worker.");
  TRY_ASSIGN(auto content, decode_command(expected, command.bytes));
  TRY_CHECK(check_content(content));
  CommandDecision decision{.command = std::move(content), .digest = Digest::of(command.bytes)};
  TRY_ASSIGN(decision.repeat, compare_order(state, decision.command, decision.digest));
  const base::UtcTime latest = state.latest_issued ? std::max(now, *state.latest_issued) : now;
  if (!decision.repeat && latest > head.not_after) return refused("The command has expired.");
  return decision;
}

CommandState accept_command(const CommandState& state, const CommandDecision& decision, base::UtcTime now) {
  CommandState next = state;
  const CommandHead& head = head_of(decision.command);
  next.highest_epoch = std::max(next.highest_epoch, head.epoch);
  if (head.issued_at <= now + kIssuedAhead && (!next.latest_issued || head.issued_at > *next.latest_issued)) {
    next.latest_issued = head.issued_at;
  }
  std::erase_if(next.jobs, [now](const JobMark& mark) { return mark.not_after < now; });
  if (const auto placed = place_of(decision.command)) {
    next.marks[placed->mark] =
        CommandMark{.epoch = head.epoch, .generation = placed->generation, .digest = decision.digest};
  } else if (const auto* job = std::get_if<JobCommand>(&decision.command)) {
    next.jobs.push_back(JobMark{
        .job_id = job->job_id, .attempt = job->attempt, .digest = decision.digest, .not_after = head.not_after});
  }
  return next;
}

bool shrinks_too_much(std::size_t running, std::size_t removed) {
  return removed > 3 && 2 * removed > running;
}

base::Result<CommandPosition> next_position(CommandPosition used, CommandPosition reported, std::uint64_t own_epoch) {
  if (reported.epoch > own_epoch + kMaxEpochRaise) {
    return base::fail(base::ErrorKind::invalid, "protocol.epoch", "The agent reports an epoch far above ours.");
  }
  CommandPosition next{.epoch = std::max({own_epoch, used.epoch, reported.epoch}), .generation = 0};
  for (const CommandPosition& known : {used, reported}) {
    if (known.epoch == next.epoch) next.generation = std::max(next.generation, known.generation);
  }
  if (next.generation >= kMaxGeneration) return CommandPosition{.epoch = next.epoch + 1, .generation = 1};
  ++next.generation;
  return next;
}

}  // namespace protocol
