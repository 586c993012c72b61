#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/identity/id_token.hpp"
#include "control-plane/modules/identity/provider_settings.hpp"
#include "control-plane/modules/identity/second_factor.hpp"
#include "control-plane/modules/identity/service.hpp"

namespace identity {

enum class Purpose {
  sign_in,
  link,   ///< this provider's account becomes the signed-in person's
  prove,  ///< the signed-in person proves themselves once more
};
const char* to_string(Purpose purpose);

/// A browser that went to the provider.
struct Flow {
  Purpose purpose{Purpose::sign_in};
  base::SessionId session;  ///< nil for sign_in
  std::string return_to{"/"};
};

/// A person at a provider.
struct IdentityInfo {
  std::string issuer;
  std::string subject;
  std::string email;
  base::UtcTime created_at;
  base::UtcTime last_sign_in_at;
};

/// What a flow begins with: none of it but the state leaves the browser.
struct Departure {
  std::string state;
  std::string browser_token;
};

/// Where a flow ended.
struct Arrival {
  std::optional<NewSession> session;   ///< signed in, or proved
  std::optional<std::string> waiting;  ///< the token of a sign-in that wants its second factor
  std::string return_to{"/"};
  Purpose purpose{Purpose::sign_in};
};

/// From what the provider says to a session. An account is (issuer, subject); an e-mail address links nothing.
class SignIns {
 public:
  SignIns(const base::Clock& clock, audit::Log& audit, Service& people, SecondFactor& second_factor)
      : clock_(clock), audit_(audit), people_(people), second_factor_(second_factor) {}

  Departure depart(Tx& tx, const Flow& flow);
  /// The flow of this state and this browser, once, within ten minutes. Error `malformed` (`sign_in.state`).
  base::Result<Flow> take(Tx& tx, const std::string& state, const std::string& browser_token);

  /// Errors: `forbidden` (`email.not_verified`, `email.not_allowed`), `conflict` (`identity.email_taken`),
  /// `unauthenticated`
  /// (`person.disabled`, `session.invalid`), `conflict` (`identity.taken`, `identity.other`).
  base::Result<Arrival> arrive(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims,
                               const ProviderSettings& settings, const Device& device);
  /// A sign-in that was refused, for the audit log.
  void note_refusal(Tx& tx, const auth::Call& call, const std::string& code);

  std::vector<IdentityInfo> identities(Tx& tx, base::PersonId person);
  /// Ends the person's other sessions. Errors: `not_found`; `conflict` for the last one.
  base::Result<void> unlink(Tx& tx, const auth::Call& call, const std::string& issuer, const std::string& subject);
  void forget_old(Tx& tx);

 private:
  base::Result<base::PersonId> person_of(Tx& tx, const auth::Call& call, const IdTokenClaims& claims);
  base::Result<Arrival> enter(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims,
                              const Device& device);
  base::Result<Arrival> link(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims);
  base::Result<Arrival> prove(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims);
  base::Result<void> require_session(const auth::Call& call, const Flow& flow) const;

  const base::Clock& clock_;
  audit::Log& audit_;
  Service& people_;
  SecondFactor& second_factor_;
};

}  // namespace identity
