#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/base/id.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// What a stream carries.
enum class StreamKind { build_log, container_log, exec, archive };

/// What the sender of this member will receive on a stream.
struct StreamReceive {
  std::uint64_t resume_from{0};  ///< the first byte that is wanted
  std::uint64_t credit{0};       ///< bytes that may be sent, counted from `resume_from`

  template <class F>
  void map(F& f) {
    f.required("resume_from", resume_from);
    f.required("credit", credit);
  }
};

/// Either side: opens a stream, or opens it again on a new connection under the same id. At least once by `stream`.
/// Answered by `stream.opened` or `error`. Since v1.
struct StreamOpen {
  static constexpr MessageInfo kInfo{.type = "stream.open",
                                     .direction = Direction::both,
                                     .answered_by = "stream.opened",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  StreamKind kind{StreamKind::build_log};
  std::optional<base::JobId> job_id{};
  std::optional<int> attempt{};
  std::optional<base::ReplicaId> replica_id{};
  std::optional<int> since{};                 ///< container-log: how many last lines to begin with
  std::optional<base::UtcTime> since_time{};  ///< container-log: begin with the first line of this time or later
  std::optional<std::uint64_t> from{};        ///< container-log: begin at this offset of the replica's log
  std::optional<bool> follow{};               ///< container-log: go on with what comes
  std::optional<StreamReceive> receive{};     ///< present when the opener receives

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.required("kind", kind);
    f.optional("job_id", job_id);
    f.optional("attempt", attempt);
    f.optional("replica_id", replica_id);
    f.optional("since", since);
    f.optional("since_time", since_time);
    f.optional("from", from);
    f.optional("follow", follow);
    f.optional("receive", receive);
  }
};

}  // namespace protocol

template <>
struct json::EnumNames<protocol::StreamKind> {
  static constexpr std::array<std::pair<protocol::StreamKind, std::string_view>, 4> names{{
      {protocol::StreamKind::build_log, "build-log"},
      {protocol::StreamKind::container_log, "container-log"},
      {protocol::StreamKind::exec, "exec"},
      {protocol::StreamKind::archive, "archive"},
  }};
};
