#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// The highest command of one assignment kind that the agent accepted.
struct AppliedMark {
  std::uint64_t epoch{0};
  std::uint64_t generation{0};

  template <class F>
  void map(F& f) {
    f.required("epoch", epoch);
    f.required("generation", generation);
  }
};

/// Agent → control plane, the first message. Once a connection. Not answered. Since v1.
/// Keys of `applied` are `replicas`, `routes`, `mesh`.
struct AgentHello {
  static constexpr MessageInfo kInfo{.type = "hello",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  int version{1};
  std::vector<std::string> features{};
  base::Uuid boot_id{};  ///< of the running kernel; tells a cloned machine
  std::string agent_version{};
  base::UtcTime clock{};
  std::map<std::string, AppliedMark> applied{};

  template <class F>
  void map(F& f) {
    f.required("version", version);
    f.required("features", features);
    f.required("boot_id", boot_id);
    f.required("agent_version", agent_version);
    f.required("clock", clock);
    f.required("applied", applied);
  }
};

/// Control plane → agent, the first message. Once a connection. Not answered. Since v1.
struct ControlPlaneHello {
  static constexpr MessageInfo kInfo{.type = "hello",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  int version{1};
  std::vector<std::string> features{};
  std::string instance{};
  std::uint64_t epoch{0};          ///< the leadership epoch
  std::uint64_t session_epoch{0};  ///< of this connection
  base::UtcTime clock{};

  template <class F>
  void map(F& f) {
    f.required("version", version);
    f.required("features", features);
    f.required("instance", instance);
    f.required("epoch", epoch);
    f.required("session_epoch", session_epoch);
    f.required("clock", clock);
  }
};

}  // namespace protocol
