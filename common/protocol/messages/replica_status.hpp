#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// What the agent does with a replica.
enum class ReplicaPhase { pending, pulling, starting, running, stopping, stopped, failed };
/// What the health probe says of a replica.
enum class ReplicaHealth { unknown, healthy, unhealthy };

/// What the agent observed of one replica.
struct ReplicaReport {
  base::ReplicaId replica_id{};
  ReplicaPhase phase{ReplicaPhase::pending};
  std::optional<std::string> container_id{};
  std::optional<std::string> address{};
  std::optional<std::uint16_t> port{};
  std::uint32_t restarts{0};
  std::optional<int> exit_code{};
  ReplicaHealth health{ReplicaHealth::unknown};
  std::optional<std::string> reason{};  ///< for people; at most 1,024 bytes
  base::UtcTime since{};
  /// Of the last failure, for programs: pull, create, command, port, disk-full, exit, out-of-memory, killed or health.
  std::optional<std::string> cause{};
  std::optional<std::uint32_t> restart_in_s{};  ///< counted from `since`: the agent starts it again then

  template <class F>
  void map(F& f) {
    f.required("replica_id", replica_id);
    f.required("phase", phase);
    f.optional("container_id", container_id);
    f.optional("address", address);
    f.optional("port", port);
    f.required("restarts", restarts);
    f.optional("exit_code", exit_code);
    f.required("health", health);
    f.optional("reason", reason);
    f.required("since", since);
    f.optional("cause", cause);
    f.optional("restart_in_s", restart_in_s);
  }
};

/// Agent → control plane, on every change. At least once; the receiver keeps the newest `since` of each replica.
/// Answered by `ack` after commit. Since v1.
struct ReplicaStatus {
  static constexpr MessageInfo kInfo{.type = "replica.status",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "ack",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  std::vector<ReplicaReport> replicas{};

  template <class F>
  void map(F& f) {
    f.required("replicas", replicas);
  }
};

}  // namespace protocol

template <>
struct json::EnumNames<protocol::ReplicaPhase> {
  static constexpr std::array<std::pair<protocol::ReplicaPhase, std::string_view>, 7> names{{
      {protocol::ReplicaPhase::pending, "pending"},
      {protocol::ReplicaPhase::pulling, "pulling"},
      {protocol::ReplicaPhase::starting, "starting"},
      {protocol::ReplicaPhase::running, "running"},
      {protocol::ReplicaPhase::stopping, "stopping"},
      {protocol::ReplicaPhase::stopped, "stopped"},
      {protocol::ReplicaPhase::failed, "failed"},
  }};
};

template <>
struct json::EnumNames<protocol::ReplicaHealth> {
  static constexpr std::array<std::pair<protocol::ReplicaHealth, std::string_view>, 3> names{{
      {protocol::ReplicaHealth::unknown, "unknown"},
      {protocol::ReplicaHealth::healthy, "healthy"},
      {protocol::ReplicaHealth::unhealthy, "unhealthy"},
  }};
};
