#include "common/protocol/close_code.hpp"

namespace protocol {

std::string_view to_string(CloseCode code) {
  switch (code) {
    case CloseCode::normal: return "normal";
    case CloseCode::protocol_error: return "protocol_error";
    case CloseCode::replaced: return "replaced";
    case CloseCode::token_expired: return "token_expired";
    case CloseCode::revoked: return "revoked";
    case CloseCode::bad_mac: return "bad_mac";
    case CloseCode::bad_sequence: return "bad_sequence";
    case CloseCode::too_large: return "too_large";
    case CloseCode::going_away: return "going_away";
    case CloseCode::duplicate: return "duplicate";
  }
  return "unknown";
}

}  // namespace protocol
