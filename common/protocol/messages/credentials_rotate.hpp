#pragma once

#include <cstdint>

#include "common/protocol/message_info.hpp"
#include "common/protocol/text_forms.hpp"

namespace protocol {

/// Agent → control plane: SHA-256 of the new raw key, which is on the agent's disk already. At least once by `k`.
/// Answered by `ack` with `CredentialsRotated` after commit. Since v1.
struct CredentialsRotate {
  static constexpr MessageInfo kInfo{.type = "credentials.rotate",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "ack",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  Binary k{};  ///< 32 bytes

  template <class F>
  void map(F& f) {
    f.required("k", k);
  }
};

/// The `data` of the `ack` to `credentials.rotate`. Since v1.
struct CredentialsRotated {
  std::uint64_t gen{1};

  template <class F>
  void map(F& f) {
    f.required("gen", gen);
  }
};

}  // namespace protocol
