#pragma once

#include <string_view>

namespace protocol {

/// WebSocket close codes of the worker connection (PROTOCOL 4).
enum class CloseCode : int {
  normal = 1000,
  protocol_error = 4000,
  replaced = 4001,
  token_expired = 4002,
  revoked = 4003,
  bad_mac = 4004,
  bad_sequence = 4005,
  too_large = 4006,
  going_away = 4008,  ///< reconnect at once, elsewhere if possible
  duplicate = 4009,
};

/// Short lower-case name, for logs and metrics.
std::string_view to_string(CloseCode code);

}  // namespace protocol
