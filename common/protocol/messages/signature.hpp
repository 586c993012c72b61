#pragma once

#include <string>

#include "common/protocol/message_info.hpp"
#include "common/protocol/text_forms.hpp"

namespace protocol {

/// Who signed the command in the attachment: Ed25519 over "wisehosting/command/1\n" ‖ attachment.
struct CommandSignature {
  std::string key_id{};
  Binary sig{};  ///< 64 bytes

  template <class F>
  void map(F& f) {
    f.required("key_id", key_id);
    f.required("sig", sig);
  }
};

}  // namespace protocol
