#include "common/protocol/commands.hpp"

#include "common/json/json.hpp"
#include "common/protocol/signing.hpp"

namespace protocol {

SignedCommand sign_command(const CommandSigningKey& key, std::string command_json) {
  SignedCommand command;
  command.signature.key_id = key.id;
  command.signature.sig.bytes = crypto::ed25519_sign(key.pair, kCommandPrefix, command_json);
  command.bytes = std::move(command_json);
  return command;
}

SignedCommand sign_command(const CommandSigningKey& key, const AssignmentCommand& command) {
  return sign_command(key, json::encode(command));
}
SignedCommand sign_command(const CommandSigningKey& key, const JobCommand& command) {
  return sign_command(key, json::encode(command));
}
SignedCommand sign_command(const CommandSigningKey& key, const TrustCommand& command) {
  return sign_command(key, json::encode(command));
}

}  // namespace protocol
