#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "common/base/bytes.hpp"
#include "common/base/files.hpp"

namespace protocol::vectors {

/// PROTOCOL.md's worked examples, read once.
inline const nlohmann::ordered_json& all() {
  static const auto json = nlohmann::ordered_json::parse(base::blocking_read_file(WH_VECTORS_FILE));
  return json;
}

inline std::string text(const nlohmann::ordered_json& value) {
  return value.get<std::string>();
}
inline std::string bytes(const nlohmann::ordered_json& value) {
  return base::base64url_decode(text(value)).value();
}
inline std::string unhex(const nlohmann::ordered_json& value) {
  return base::hex_decode(text(value)).value();
}

inline std::string k() {
  return unhex(all()["K_hex"]);
}
inline std::string agent_nonce() {
  return bytes(all()["agent_nonce"]);
}
inline std::string control_plane_nonce() {
  return bytes(all()["control_plane_nonce"]);
}

}  // namespace protocol::vectors
