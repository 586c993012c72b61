#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/json/traits.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// The kinds of desired state.
enum class AssignmentKind { replicas, mesh, routes };
/// What became of an assignment.
enum class AssignmentOutcome { applied, refused, partial };

/// Agent → control plane: what became of an assignment; after `partial` another follows. Latest wins. Not answered.
/// Since v1.
struct AssignmentApplied {
  static constexpr MessageInfo kInfo{.type = "assignment.applied",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  AssignmentKind kind{AssignmentKind::replicas};
  std::uint64_t epoch{0};
  std::uint64_t generation{0};
  AssignmentOutcome outcome{AssignmentOutcome::applied};
  std::optional<std::string> reason{};
  /// With `partial`, since v1 but not from every agent: the ids of the objects that are not in force (or not gone) yet;
  /// all others of this generation are. At most 4,000.
  std::optional<std::vector<std::string>> pending{};

  template <class F>
  void map(F& f) {
    f.required("kind", kind);
    f.required("epoch", epoch);
    f.required("generation", generation);
    f.required("outcome", outcome);
    f.optional("reason", reason);
    f.optional("pending", pending);
  }
};

}  // namespace protocol

template <>
struct json::EnumNames<protocol::AssignmentKind> {
  static constexpr std::array<std::pair<protocol::AssignmentKind, std::string_view>, 3> names{{
      {protocol::AssignmentKind::replicas, "replicas"},
      {protocol::AssignmentKind::mesh, "mesh"},
      {protocol::AssignmentKind::routes, "routes"},
  }};
};

template <>
struct json::EnumNames<protocol::AssignmentOutcome> {
  static constexpr std::array<std::pair<protocol::AssignmentOutcome, std::string_view>, 3> names{{
      {protocol::AssignmentOutcome::applied, "applied"},
      {protocol::AssignmentOutcome::refused, "refused"},
      {protocol::AssignmentOutcome::partial, "partial"},
  }};
};
