#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Commands about what lets programs in: SSH keys and tokens. cli/grammar/account.cpp says how they are typed.
namespace cli {

// keys.cpp
async::Task<Outcome> list_keys(Session& session);
/// `file` as of `ssh-keygen`; - reads standard input. A private key is refused before it is sent.
async::Task<Outcome> add_key(Session& session, std::string file, std::string name);
/// By id, name where only one has it, or fingerprint.
async::Task<Outcome> remove_key(Session& session, std::string key);

// tokens.cpp
struct TokenOptions {
  std::string name;
  std::string scope{"read"};
  std::vector<std::string> projects;  ///< slugs or ids
  int days{90};
  bool organization{false};  ///< the organization's, else the person's own
};
async::Task<Outcome> list_tokens(Session& session, bool organization);
/// The token is the only line of output.
async::Task<Outcome> create_token(Session& session, TokenOptions options);
/// By id, name where only one has it, first letters, or the token itself, which is not sent.
async::Task<Outcome> revoke_token(Session& session, std::string token, bool organization);

}  // namespace cli
