#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/protocol/objects.hpp"

/// The decisions about replicas. Pure: no I/O, no clock, no Podman.
namespace replicas {

/// A replica as it shall be, and what the agent is doing for it.
struct Wanted {
  base::ReplicaId id;
  std::string spec_sha256;
  bool run{true};
  bool has_life{false};           ///< a coroutine of this agent starts, watches or stops it
  std::string life_spec;          ///< the `spec_sha256` that the life works for
  std::string life_container;     ///< the container that the life watches; empty before it is created
  base::SteadyTime not_before{};  ///< back-off: no new start before
};

/// A container as it was found on the host.
struct Found {
  enum class State { running, exited, unfinished };  ///< unfinished: created and never started, or nobody knows
  base::ReplicaId id;
  std::string container;
  std::string spec_sha256;
  State state{State::unfinished};
  bool proven_alive{false};  ///< of a running one: process and conmon live and are its own
};

enum class ActionKind {
  start,    ///< nothing is there: pull, create, start, watch
  adopt,    ///< it runs as wanted, from before this agent: watch it
  restart,  ///< it ended by itself: remove, then start
  replace,  ///< what is there is of no use: remove, then start
  end,      ///< ask the life to stop its container
  remove,   ///< no life, not wanted: stop and remove the container
};

struct Action {
  ActionKind kind{ActionKind::start};
  base::ReplicaId id;
  std::string container;
  bool operator==(const Action&) const = default;
};

/// What to do now, so that `found` becomes `wanted`. At most one action a container; nothing to do gives nothing, so it
/// may be called at any time, as often as wanted. O((wanted + found) log).
std::vector<Action> diff(const std::vector<Wanted>& wanted, const std::vector<Found>& found, base::SteadyTime now);

/// Refuses a set that would remove more than half of, and more than three of, the running replicas (PROTOCOL 6).
std::optional<std::string> refuse_shrink(const std::vector<base::ReplicaId>& running,
                                         const std::vector<base::ReplicaId>& wanted_running);

/// Wait before start number `failures` + 1 in a row: 1 s, doubling to 5 min. `failures` ≥ 1.
base::Duration backoff(int failures);
/// A container that ran so long was well; its end begins a new count.
inline constexpr base::Duration kWellAfter = std::chrono::minutes(10);

/// Why a replica failed, for programs.
namespace cause {
inline constexpr const char* kPull = "pull";        ///< its image did not come: the registry is away
inline constexpr const char* kCreate = "create";    ///< the engine did not make or start it
inline constexpr const char* kCommand = "command";  ///< the image cannot be run as it is
inline constexpr const char* kPort = "port";        ///< somebody else has its port
inline constexpr const char* kDiskFull = "disk-full";
inline constexpr const char* kExit = "exit";  ///< its program ended, or crashed
inline constexpr const char* kOutOfMemory = "out-of-memory";
inline constexpr const char* kKilled = "killed";  ///< somebody else ended or removed it
inline constexpr const char* kHealth = "health";  ///< it ran and never answered
}  // namespace cause
/// By the code of an error of the engine or of a pull.
const char* cause_of(const base::Error& error);
const char* cause_of_exit(int exit_code, bool out_of_memory);

/// How a container ended, for the app's owner: "ran out of memory (its limit is 256 MB)". Codes above 128 are told by
/// the signal's name.
/// What is told of a replica whose container wrote more than it may; it goes on running.
std::string describe_disk(std::uint64_t bytes, std::uint64_t most);
std::string describe_exit(int exit_code, bool out_of_memory, std::uint64_t memory_bytes);
/// `text` with ": it printed: …" when there are lines.
std::string with_last_lines(std::string text, const std::vector<std::string>& lines);

enum class Health { unknown, healthy, unhealthy };
const char* to_string(Health health);

/// The probes of one container, one after the other.
struct HealthRecord {
  Health health{Health::unknown};
  bool ever_healthy{false};
  std::uint32_t successes{0};  ///< in a row
  std::uint32_t failures{0};   ///< in a row
};
HealthRecord after_probe(HealthRecord record, bool answered, const protocol::HealthProbe& probe);
/// True when it is time to give up on a container that never was healthy. `running_for`: since its start.
bool grace_is_over(const HealthRecord& record, base::Duration running_for, const protocol::HealthProbe& probe);
/// Until the next probe: 10, 20, 40, 50, 50 ms … for the first 2 s, then growing to the interval; the interval once
/// healthy.
base::Duration probe_delay(const HealthRecord& record, int probes_done, base::Duration running_for,
                           const protocol::HealthProbe& probe);

}  // namespace replicas
