#pragma once

#include <span>
#include <string_view>

#include "common/protocol/message_info.hpp"

namespace protocol {

/// Every message type, in the order of PROTOCOL 7.
std::span<const MessageInfo> catalogue();
/// Null for a type that does not exist.
const MessageInfo* find_message(std::string_view type);
/// Whether `receiver` may be sent this type.
bool may_receive(const MessageInfo& message, Side receiver);

}  // namespace protocol
