#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "control-plane/platform/live/signal.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

/// Who somebody is. What they may do in an organization is actor.hpp's business.
namespace auth {

/// What a caller showed.
enum class CredentialKind {
  session,             ///< a person in a browser, cookie `wh_session`
  personal_token,      ///< a program in a person's name, `wh_pat_…`
  organization_token,  ///< a program in an organization's name, `wh_pat_…`; there is no person
  cli,                 ///< `wh login`: a person's access token of an hour, `wh_cli_…`
};
const char* to_string(CredentialKind kind);

/// What a token may be used for, least first: each one includes those before it.
enum class Scope { read, deploy, write, admin };
const char* to_string(Scope scope);
base::Result<Scope> parse_scope(std::string_view text);

/// How long a proof (a sign-in, or a code of the authenticator) counts as fresh.
inline constexpr std::chrono::minutes kFreshProof{10};

/// Who calls, as far as their credential says. Without JSON form: it is never sent anywhere.
struct Principal {
  CredentialKind kind{CredentialKind::session};
  /// The row of the session, the token, or the CLI's grant. Stable over refreshes of a CLI's access token.
  base::Uuid credential;
  /// Nil for an organization's token.
  base::PersonId person;
  /// The person's name, or the organization token's.
  std::string name;
  base::UtcTime expires_at;
  /// The most that the credential may be used for; sessions and the CLI have `admin`. The role bounds it further.
  Scope scope{Scope::admin};
  /// A token's own projects; empty means all that the role reaches.
  std::vector<base::ProjectId> projects;
  /// The only organization that the credential is good for; nil means all of the person's.
  base::OrganizationId organization;
  /// When the person last proved themselves, in this session or for this CLI; nothing for tokens, which never can.
  std::optional<base::UtcTime> proved_at;
  /// Whether a second factor stands behind this credential: the session passed TOTP, or the token's person has it on.
  bool second_factor{false};

  bool is_program() const { return kind != CredentialKind::session; }
  bool grants(Scope asked) const { return scope >= asked; }
  /// Whether the credential reaches this project, as far as its own narrowing goes.
  bool reaches(base::ProjectId project) const;
};

/// For what only the person in their browser may do (change TOTP, link accounts, connect a provider).
/// Errors (`forbidden`): `reauthentication.required` after kFreshProof, `reauthentication.impossible` for programs.
base::Result<void> require_fresh_proof(const Principal& principal, base::UtcTime now);
/// The same, where a CLI will do whose person proved themselves for it in a browser.
base::Result<void> require_person_at_hand(const Principal& principal, base::UtcTime now);

/// What a request carried: at most one of both counts; a bearer token wins over the cookie.
struct Credential {
  enum class Carrier { cookie, bearer };
  Carrier carrier{Carrier::cookie};
  std::string token;
};

/// Turns a credential into who it belongs to. Implemented by the identity module. Thread-safe.
class CredentialStore {
 public:
  virtual ~CredentialStore() = default;

  /// From memory alone, without a query; nothing when it is not there. What is here was read less than 30 s ago, and
  /// what any instance revoked is gone within a second.
  virtual std::optional<Principal> remembered(const Credential& credential, base::UtcTime now) = 0;

  /// From memory, else from the tables, and remembers it. Needs no organization set in `tx`.
  /// Error `unauthenticated` with the code `session.invalid` or `token.invalid`: unknown, ended, expired, idle for too
  /// long, revoked, or its person is disabled; one answer for all.
  virtual base::Result<Principal> look_up(Tx& tx, const Credential& credential, base::UtcTime now) = 0;

  /// Notified whenever credentials ended, here or on another instance. Long-lived streams and sockets wait on it, then
  /// `look_up` their credential once more and close when that fails. What is ended is forgotten before this is called.
  virtual live::Signal& endings() = 0;
};

}  // namespace auth
