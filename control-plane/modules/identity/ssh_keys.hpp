#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/platform/auth/actor.hpp"

namespace identity {

/// A person's public key, for `git push`.
struct SshKey {
  base::Uuid id;
  std::string name;
  std::string algorithm;
  std::string fingerprint;  ///< `SHA256:…`
  base::UtcTime created_at;
  std::optional<base::UtcTime> last_used_at;
};

/// SSH keys of people. A key belongs to one person of the installation, since it says who somebody is.
class SshKeys {
 public:
  explicit SshKeys(const base::Clock& clock) : clock_(clock) {}

  /// `line` as of a `.pub` file; its comment is the name when `name` is empty. Errors: `invalid`; `conflict`
  /// (`ssh_key.duplicate`, whoever has it; `ssh_key.too_many` at 100); `forbidden` (`token.by_token`): what a leaked
  /// token could add would outlive it.
  base::Result<SshKey> add(Tx& tx, const auth::Call& call, std::string name, const std::string& line);
  std::vector<SshKey> list(Tx& tx, base::PersonId person);
  /// What was removed. Error `not_found`.
  base::Result<SshKey> remove(Tx& tx, base::PersonId person, const base::Uuid& id);

 private:
  const base::Clock& clock_;
};

}  // namespace identity
