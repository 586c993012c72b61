#pragma once

#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/identity/credentials.hpp"
#include "control-plane/modules/identity/types.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace identity {

struct DeviceCode {
  std::string device_code;  ///< the program's secret
  std::string user_code;    ///< what the person compares and confirms
  base::UtcTime expires_at;
};

/// What a person sees before they confirm.
struct DeviceRequest {
  std::string client;
  std::string address;
  base::UtcTime asked_at;
  bool proof{false};  ///< a program that is signed in already asks for a fresh proof
};

struct CliTokens {
  std::string access;
  std::string refresh;
  base::UtcTime access_expires_at;
  base::UtcTime refresh_expires_at;
};

/// A signed-in CLI, as its person sees it.
struct CliInfo {
  base::Uuid id;
  std::string client;
  std::string address;
  base::UtcTime created_at;
  base::UtcTime last_used_at;
};

/// What is kept although the program is answered with an error: the transaction is committed.
using CliAnswer = std::variant<CliTokens, base::Error>;

/// Sign-in of programs that have no browser (RFC 8628), and the rotation of their tokens. Access lives an hour, refresh
/// 30 days and once: a spent refresh token that comes again ends the whole family.
class Devices {
 public:
  Devices(const base::Clock& clock, audit::Log& audit, Credentials& credentials)
      : clock_(clock), audit_(audit), credentials_(credentials) {}

  DeviceCode ask(Tx& tx, const auth::Call& call, const std::string& client);
  /// A code by which the caller's person proves in a browser that it is them: what the caller, a CLI, may then do for
  /// ten minutes. Its device code is good for nothing. Error `forbidden` for whoever is no CLI.
  base::Result<DeviceCode> ask_for_proof(Tx& tx, const auth::Call& call);
  /// Error `not_found`: unknown, expired or decided.
  base::Result<DeviceRequest> find(Tx& tx, const std::string& user_code);
  /// The caller's decision, in a session. Errors: `not_found`, also for a proof that somebody else is asked for;
  /// `forbidden` for programs, and (`reauthentication.required`) to prove by a session that itself is not fresh.
  base::Result<DeviceRequest> decide(Tx& tx, const auth::Call& call, const std::string& user_code, bool approve);

  /// Errors within the answer: `authorization_pending`, `slow_down`, `access_denied`, `expired_token` (all 400).
  CliAnswer poll(Tx& tx, const auth::Call& call, const std::string& device_code);
  /// Errors within the answer: `refresh.invalid`, `refresh.reused` (401).
  CliAnswer refresh(Tx& tx, const auth::Call& call, const std::string& refresh_token);

  std::vector<CliInfo> list(Tx& tx, const auth::Call& call);
  /// Ends both tokens of it. Error `not_found`.
  base::Result<std::string> revoke(Tx& tx, base::PersonId person, const base::Uuid& grant);
  void revoke_all(Tx& tx, base::PersonId person);
  void forget_old(Tx& tx);

 private:
  DeviceCode make_code(Tx& tx, const auth::Call& call, const std::string& client, std::optional<base::Uuid> grant);
  base::Result<void> prove(Tx& tx, const auth::Call& call, const base::Uuid& code, const base::Uuid& grant,
                           bool approve);
  CliTokens issue(Tx& tx, const base::Uuid& grant);

  const base::Clock& clock_;
  audit::Log& audit_;
  Credentials& credentials_;
};

}  // namespace identity
