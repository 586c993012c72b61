#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/identity/credentials.hpp"
#include "control-plane/modules/identity/types.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace identity {

/// Whose tokens: a person's own, or an organization's (then the person is who makes them).
struct TokenOwner {
  base::PersonId person;
  base::OrganizationId organization;  ///< nil: personal
};

struct TokenInfo {
  base::Uuid id;
  std::string name;
  std::string prefix;  ///< `wh_pat_` and eight letters: finds a leaked token's row
  auth::Scope scope{auth::Scope::read};
  std::vector<base::ProjectId> projects;
  base::UtcTime created_at;
  base::UtcTime expires_at;
  std::optional<base::UtcTime> last_used_at;
  std::string made_by;  ///< the person's name
};

struct NewToken {
  std::string token;  ///< shown once
  TokenInfo info;
};

struct TokenWish {
  std::string name;
  auth::Scope scope{auth::Scope::read};
  std::vector<base::ProjectId> projects;
  int days{90};  ///< 1..366
};

/// Tokens of programs. The token itself is 32 random bytes; its SHA-256 and its first letters are kept.
class Tokens {
 public:
  Tokens(const base::Clock& clock, Credentials& credentials) : clock_(clock), credentials_(credentials) {}

  /// Errors: `invalid`; `not_found` for a project that the owner cannot see; `forbidden` (`token.by_token`): a token
  /// cannot make tokens; `conflict` (`token.too_many`) at 100 living ones.
  base::Result<NewToken> create(Tx& tx, const auth::Call& call, const TokenOwner& owner, const TokenWish& wish);
  std::vector<TokenInfo> list(Tx& tx, const TokenOwner& owner, const std::string& prefix);
  /// Void everywhere within a second. Error `not_found`.
  base::Result<std::string> revoke(Tx& tx, const TokenOwner& owner, const base::Uuid& id);
  void forget_old(Tx& tx);

 private:
  const base::Clock& clock_;
  Credentials& credentials_;
};

}  // namespace identity
