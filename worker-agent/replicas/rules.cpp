#include "worker-agent/replicas/rules.hpp"

#include <algorithm>
#include <csignal>
#include <map>

namespace replicas {
namespace {

std::optional<Action> act(ActionKind kind, base::ReplicaId id, std::string container = {}) {
  return Action{kind, id, std::move(container)};
}

/// A life watches its container by itself; it is disturbed only when it works for something that is not wanted any
/// more, or when its container cannot be watched (conmon died, somebody removed it).
std::optional<Action> decide_with_life(const Wanted& wanted, const Found* found) {
  if (!wanted.run || wanted.life_spec != wanted.spec_sha256) return act(ActionKind::end, wanted.id);
  if (found == nullptr || found->container != wanted.life_container) return std::nullopt;
  if (found->state == Found::State::running && !found->proven_alive) return act(ActionKind::end, wanted.id);
  return std::nullopt;
}

std::optional<Action> decide(const Wanted& wanted, const Found* found, base::SteadyTime now) {
  if (wanted.has_life) return decide_with_life(wanted, found);
  if (!wanted.run) return found == nullptr ? std::nullopt : act(ActionKind::remove, wanted.id, found->container);
  const bool same = found != nullptr && found->spec_sha256 == wanted.spec_sha256;
  if (same && found->state == Found::State::running && found->proven_alive) {
    return act(ActionKind::adopt, wanted.id, found->container);
  }
  if (now < wanted.not_before) return std::nullopt;
  if (found == nullptr) return act(ActionKind::start, wanted.id);
  if (same && found->state == Found::State::exited) return act(ActionKind::restart, wanted.id, found->container);
  return act(ActionKind::replace, wanted.id, found->container);
}

/// What shells and container inits add to the number of the signal that ended a program.
constexpr int kSignalled = 128;

struct Signal {
  int number;
  std::string_view name;
  std::string_view words;
};
constexpr Signal kSignals[] = {
    {SIGHUP, "SIGHUP", "was told that its terminal is gone"},
    {SIGINT, "SIGINT", "was interrupted"},
    {SIGQUIT, "SIGQUIT", "was told to quit"},
    {SIGILL, "SIGILL", "crashed: it came upon an instruction that this processor does not have"},
    {SIGTRAP, "SIGTRAP", "crashed at a breakpoint"},
    {SIGABRT, "SIGABRT", "aborted itself"},
    {SIGBUS, "SIGBUS", "crashed with a memory fault"},
    {SIGFPE, "SIGFPE", "crashed with an arithmetic fault"},
    {SIGKILL, "SIGKILL", "was killed, by somebody else"},
    {SIGUSR1, "SIGUSR1", "was ended by a signal that it does not handle"},
    {SIGSEGV, "SIGSEGV", "crashed with a memory fault"},
    {SIGUSR2, "SIGUSR2", "was ended by a signal that it does not handle"},
    {SIGPIPE, "SIGPIPE", "wrote to a connection that was closed"},
    {SIGALRM, "SIGALRM", "was ended by its own alarm"},
    {SIGTERM, "SIGTERM", "was asked to stop, by somebody else"},
    {SIGXCPU, "SIGXCPU", "used up its processor time"},
    {SIGXFSZ, "SIGXFSZ", "wrote a file that is too large"},
    {SIGSYS, "SIGSYS", "made a system call that containers may not make"},
};

std::string in_megabytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20U) + " MB";
}

}  // namespace

std::vector<Action> diff(const std::vector<Wanted>& wanted, const std::vector<Found>& found, base::SteadyTime now) {
  std::map<base::ReplicaId, const Found*> by_replica;
  std::vector<Action> actions;
  for (const auto& container : found) {
    // Two containers of one replica cannot be ours: names are unique. Keep the first, remove the rest.
    if (!by_replica.emplace(container.id, &container).second) {
      actions.push_back({ActionKind::remove, container.id, container.container});
    }
  }
  for (const auto& replica : wanted) {
    const auto entry = by_replica.find(replica.id);
    if (auto action = decide(replica, entry == by_replica.end() ? nullptr : entry->second, now)) {
      actions.push_back(std::move(*action));
    }
    if (entry != by_replica.end()) by_replica.erase(entry);
  }
  for (const auto& [id, container] : by_replica) actions.push_back({ActionKind::remove, id, container->container});
  return actions;
}

std::optional<std::string> refuse_shrink(const std::vector<base::ReplicaId>& running,
                                         const std::vector<base::ReplicaId>& wanted_running) {
  const auto removed = std::ranges::count_if(
      running, [&](const auto& id) { return std::ranges::find(wanted_running, id) == wanted_running.end(); });
  if (removed <= 3 || static_cast<std::size_t>(removed) * 2 <= running.size()) return std::nullopt;
  return "it would remove " + std::to_string(removed) + " of " + std::to_string(running.size()) +
         " running replicas, and does not say that this is meant (shrink)";
}

base::Duration backoff(int failures) {
  constexpr base::Duration kMost = std::chrono::minutes(5);
  base::Duration wait = std::chrono::seconds(1);
  for (int i = 1; i < failures && wait < kMost; ++i) wait *= 2;
  return std::min(wait, kMost);
}

const char* cause_of(const base::Error& error) {
  const std::string_view code = error.code;
  if (code.starts_with("image.") || code.starts_with("registry.")) return cause::kPull;
  if (code == "podman.no_command" || code == "podman.no_program" || code == "podman.no_user") return cause::kCommand;
  if (code == "podman.port_in_use") return cause::kPort;
  if (code == "podman.disk_full") return cause::kDiskFull;
  return cause::kCreate;
}

const char* cause_of_exit(int exit_code, bool out_of_memory) {
  if (out_of_memory) return cause::kOutOfMemory;
  return exit_code == kSignalled + SIGKILL || exit_code == kSignalled + SIGTERM ? cause::kKilled : cause::kExit;
}

std::string describe_exit(int exit_code, bool out_of_memory, std::uint64_t memory_bytes) {
  if (out_of_memory) return "ran out of memory (its limit is " + in_megabytes(memory_bytes) + ")";
  const std::string code = " (exit code " + std::to_string(exit_code) + ")";
  switch (exit_code) {
    case 0: return "ended by itself" + code + "; its command has to keep running";
    case 126: return "could not run its command: the file is not executable" + code;
    case 127: return "could not run its command: there is no such file in the image" + code;
    default: break;
  }
  const auto signal = std::ranges::find(kSignals, exit_code - kSignalled, &Signal::number);
  if (signal == std::end(kSignals)) return "ended with an error" + code;
  return std::string(signal->words) + " (" + std::string(signal->name) + ", exit code " + std::to_string(exit_code) +
         ")";
}

std::string describe_disk(std::uint64_t bytes, std::uint64_t most) {
  return "the app wrote " + in_megabytes(bytes) + " outside its volumes; it may have " + in_megabytes(most);
}

std::string with_last_lines(std::string text, const std::vector<std::string>& lines) {
  if (lines.empty()) return text + "; it printed nothing";
  text += "; it printed:";
  for (const auto& line : lines) text += "\n" + line;
  return text;
}

const char* to_string(Health health) {
  switch (health) {
    case Health::unknown: return "unknown";
    case Health::healthy: return "healthy";
    case Health::unhealthy: return "unhealthy";
  }
  return "unknown";
}

HealthRecord after_probe(HealthRecord record, bool answered, const protocol::HealthProbe& probe) {
  record.successes = answered ? record.successes + 1 : 0;
  record.failures = answered ? 0 : record.failures + 1;
  if (record.successes >= std::max(1U, probe.healthy_after)) {
    record.health = Health::healthy;
    record.ever_healthy = true;
  }
  if (record.ever_healthy && record.failures >= std::max(1U, probe.unhealthy_after)) record.health = Health::unhealthy;
  return record;
}

bool grace_is_over(const HealthRecord& record, base::Duration running_for, const protocol::HealthProbe& probe) {
  return !record.ever_healthy && running_for >= std::chrono::seconds(probe.grace_s);
}

base::Duration probe_delay(const HealthRecord& record, int probes_done, base::Duration running_for,
                           const protocol::HealthProbe& probe) {
  const base::Duration interval = std::chrono::milliseconds(std::max(50U, probe.interval_ms));
  if (record.health == Health::healthy) return interval;
  if (running_for < std::chrono::seconds(2)) {
    return std::chrono::milliseconds(probes_done >= 4 ? 50 : std::min(50, 10 << std::max(0, probes_done - 1)));
  }
  return std::min<base::Duration>(interval, running_for / 20);
}

}  // namespace replicas
