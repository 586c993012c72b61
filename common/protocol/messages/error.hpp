#pragma once

#include <array>
#include <string>
#include <utility>

#include "common/json/traits.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// The codes of `error`.
enum class ErrorCode {
  unsupported_type,
  malformed,
  command_refused,
  invalid_token,
  bad_offset,
  unknown_stream,
  unknown_job,
  too_many,
  internal
};

/// Either side: the message that `re` names had no effect. Once. Never answered. Since v1.
struct ErrorMessage {
  static constexpr MessageInfo kInfo{.type = "error",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  ErrorCode code{ErrorCode::internal};
  std::string message{};  ///< for people; holds no secret

  template <class F>
  void map(F& f) {
    f.required("code", code);
    f.required("message", message);
  }
};

}  // namespace protocol

template <>
struct json::EnumNames<protocol::ErrorCode> {
  static constexpr std::array<std::pair<protocol::ErrorCode, std::string_view>, 9> names{{
      {protocol::ErrorCode::unsupported_type, "unsupported_type"},
      {protocol::ErrorCode::malformed, "malformed"},
      {protocol::ErrorCode::command_refused, "command_refused"},
      {protocol::ErrorCode::invalid_token, "invalid_token"},
      {protocol::ErrorCode::bad_offset, "bad_offset"},
      {protocol::ErrorCode::unknown_stream, "unknown_stream"},
      {protocol::ErrorCode::unknown_job, "unknown_job"},
      {protocol::ErrorCode::too_many, "too_many"},
      {protocol::ErrorCode::internal, "internal"},
  }};
};
