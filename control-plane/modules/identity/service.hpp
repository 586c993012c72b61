#pragma once

#include <string>

#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/identity/types.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace identity {

/// People, sessions and the operator's setup link. Tokens are 32 random bytes; the tables keep their SHA-256 only.
class Service {
 public:
  Service(const base::Clock& clock, audit::Log& audit) : clock_(clock), audit_(audit) {}

  /// A new setup link's token: single use, 15 minutes. Earlier unused links stay valid for their time.
  std::string make_setup_token(Tx& tx);

  /// Uses the link up and signs the operator in (made at the first link). Error `setup.invalid`: unknown, used or
  /// expired, one message for all.
  base::Result<NewSession> redeem_setup_token(Tx& tx, const auth::Call& call, const std::string& token,
                                              const std::string& user_agent);

  /// Ends the caller's session. Idempotent.
  void sign_out(Tx& tx, const auth::Call& call);

 private:
  base::PersonId ensure_operator(Tx& tx);

  const base::Clock& clock_;
  audit::Log& audit_;
};

}  // namespace identity
