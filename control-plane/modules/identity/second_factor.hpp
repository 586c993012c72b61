#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/identity/types.hpp"
#include "control-plane/modules/secrets/secrets.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace identity {

/// What a person needs to put a key into their authenticator. Shown once.
struct Enrolment {
  std::string secret;  ///< base32
  std::string uri;     ///< otpauth://
  std::string qr_svg;
};

struct TotpState {
  bool on{false};
  std::optional<base::UtcTime> since;
  std::int64_t recovery_codes_left{0};
};

/// A sign-in between its two steps.
struct Waiting {
  base::PersonId person;
  std::string return_to;
};

/// Where a code is shown: the token of the device cookie, empty without one, and the client's address.
struct CodePlace {
  std::string device_token;
  std::string address;
};

/// Which kind of code was accepted.
enum class CodeKind { totp, recovery };

/// One-time codes (RFC 6238: SHA-1, 6 digits, 30 s, one step either way) and recovery codes as a second factor.
/// Five tries a minute, then pauses that double to an hour. A device that the person is known by counts by itself, and
/// so does an address where they signed in before: strangers, who count all together, lock nobody out there. A person
/// who comes from elsewhere while strangers try has the recovery codes, which are too long to be guessed and do not
/// wait. The secret is sealed (purpose `totp`).
class SecondFactor {
 public:
  SecondFactor(const base::Clock& clock, secrets::Vault& vault) : clock_(clock), vault_(vault) {}

  TotpState state(Tx& tx, base::PersonId person);
  bool is_on(Tx& tx, base::PersonId person) { return state(tx, person).on; }

  /// A new key, not in force before `confirm`. Error `conflict` (`totp.on`). `account` names it in the authenticator.
  base::Result<Enrolment> enrol(Tx& tx, base::PersonId person, const std::string& account);
  /// Puts the key in force with its first code; ten recovery codes, shown once. Errors: those of `check`;
  /// `conflict` (`totp.none`, `totp.on`).
  base::Result<std::vector<std::string>> confirm(Tx& tx, base::PersonId person, const std::string& code);
  /// Takes key and recovery codes away. After `check`.
  void remove(Tx& tx, base::PersonId person);
  /// Ten others; the earlier ones are void. After `check`.
  std::vector<std::string> new_recovery_codes(Tx& tx, base::PersonId person);

  /// Counts a try, then accepts a code of the authenticator or a recovery code, each once ever. Its Error must not roll
  /// the transaction back, or the try would not count: `rate_limited` (`code.too_many_tries`), `forbidden`
  /// (`code.wrong`), `conflict` (`totp.none`).
  base::Result<CodeKind> check(Tx& tx, base::PersonId person, const std::string& code, const CodePlace& place);

  /// A person whom the provider named, and who has a second factor: the token for their browser.
  std::string begin_wait(Tx& tx, base::PersonId person, const std::string& return_to);
  /// Held until the transaction ends.
  std::optional<Waiting> hold_wait(Tx& tx, const std::string& token);
  void end_wait(Tx& tx, const std::string& token);

  void forget_old(Tx& tx);

 private:
  /// What counts the tries from there: a hash; empty for strangers.
  std::string counter_of(Tx& tx, base::PersonId person, const CodePlace& place);
  base::Result<void> take_totp(Tx& tx, base::PersonId person, const std::string& code);

  const base::Clock& clock_;
  secrets::Vault& vault_;
};

}  // namespace identity
