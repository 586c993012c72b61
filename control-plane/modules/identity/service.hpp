#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/identity/credentials.hpp"
#include "control-plane/modules/identity/types.hpp"
#include "control-plane/modules/mail/outbox.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace identity {

/// One of a person's sessions, as they see it.
struct SessionInfo {
  base::SessionId id;
  base::UtcTime created_at;
  base::UtcTime last_used_at;
  base::UtcTime expires_at;
  std::string device;
  std::string address;
  bool second_factor{false};
  bool current{false};
};

/// What a new session rests on.
struct SignIn {
  base::PersonId person;
  std::string how;  ///< for the audit log: `setup_link`, `provider`, `totp`, `recovery_code`
  bool second_factor{false};
};

/// People, sessions and the operator's setup link. Tokens are 32 random bytes; the tables keep their SHA-256 only.
class Service {
 public:
  Service(const base::Clock& clock, audit::Log& audit, Credentials& credentials, mail::Outbox& outbox)
      : clock_(clock), audit_(audit), credentials_(credentials), outbox_(outbox) {}

  /// A new setup link's token: single use, 15 minutes. Earlier unused links stay valid for their time.
  std::string make_setup_token(Tx& tx);

  /// Uses the link up and signs the operator in (made at the first link). Error `setup.invalid`: unknown, used or
  /// expired, one message for all.
  base::Result<NewSession> redeem_setup_token(Tx& tx, const auth::Call& call, const std::string& token,
                                              const std::string& user_agent);

  /// Ends what the call came with: the session, or the whole sign-in of a CLI. Idempotent. Error `conflict` for tokens:
  /// they are revoked, not signed out.
  base::Result<void> sign_out(Tx& tx, const auth::Call& call);

  /// Opens a session for a person who has proved themselves; a browser that is new to them is told by mail.
  /// Error `unauthenticated` (`person.disabled`).
  base::Result<NewSession> open_session(Tx& tx, const auth::Call& call, const SignIn& sign_in, const Device& device);
  /// Another token for the caller's session, with a proof of now: after each rise of privilege. The old token ends.
  base::Result<NewSession> renew_session(Tx& tx, const auth::Call& call, const std::string& how, bool second_factor);

  /// The caller's living sessions, most recently used first.
  std::vector<SessionInfo> sessions(Tx& tx, const auth::Call& call);
  base::Result<void> revoke_session(Tx& tx, const auth::Call& call, base::SessionId id);
  /// Everywhere but here, programs signed in by `wh login` included; how many sessions it were.
  std::size_t revoke_other_sessions(Tx& tx, const auth::Call& call);

  base::Result<Person> person(Tx& tx, base::PersonId id);
  /// For what can be undone for a while (an app is deleted): a person who has a means to prove themselves must have
  /// done so lately; one who came by a setup link and has none is let through, and so are tokens, whose scope says it
  /// all. Error `forbidden` (`reauthentication.required`).
  base::Result<void> require_proof_where_possible(Tx& tx, const auth::Call& call);
  /// What is absent stays. Error `invalid`, also where there is nothing to change.
  base::Result<Person> change_profile(Tx& tx, const auth::Call& call, const std::optional<std::string>& name,
                                      const std::optional<std::string>& theme);
  /// Error `forbidden` unless the caller runs the installation, in a session.
  base::Result<void> require_operator(Tx& tx, const auth::Call& call);
  /// Ends everything the person has open and refuses them at the door, until enabled again. Errors: `not_found`;
  /// `conflict` for oneself.
  base::Result<Person> set_disabled(Tx& tx, const auth::Call& call, base::PersonId id, bool disabled);
  /// Ends the sessions, tokens in memory and sockets of a person: their rights changed, e.g. a membership ended.
  void person_changed(Tx& tx, base::PersonId person) { credentials_.end_person(tx, person); }

  void forget_old(Tx& tx);
  Credentials& credentials() { return credentials_; }

 private:
  base::PersonId ensure_operator(Tx& tx);
  void warn_of_new_device(Tx& tx, base::PersonId person, const Device& device, base::UtcTime now);
  void note(Tx& tx, const auth::Call& call, const std::string& action, const base::Uuid& session,
            const std::string& after = "");

  const base::Clock& clock_;
  audit::Log& audit_;
  Credentials& credentials_;
  mail::Outbox& outbox_;
};

}  // namespace identity
