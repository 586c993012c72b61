#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/identity/rules.hpp"
#include "control-plane/modules/identity/second_factor.hpp"
#include "control-plane/modules/identity/types.hpp"

/// Authenticators, recovery codes and the tries of both.
namespace identity::totp_store {

struct Totp {
  std::string secret_sealed;
  base::UtcTime created_at;
  std::optional<base::UtcTime> confirmed_at;
};
std::optional<Totp> find(Tx& tx, base::PersonId person);
/// Replaces one that was never confirmed.
void enrol(Tx& tx, base::PersonId person, const std::string& secret_sealed, base::UtcTime now);
void confirm(Tx& tx, base::PersonId person, base::UtcTime now);
void remove(Tx& tx, base::PersonId person);
/// False when a code of this or a later step was taken already.
bool take_step(Tx& tx, base::PersonId person, std::int64_t step);
void forget_unconfirmed(Tx& tx, base::UtcTime before);

void replace_recovery_codes(Tx& tx, base::PersonId person, const std::vector<std::string>& code_sha256s);
bool use_recovery_code(Tx& tx, base::PersonId person, std::string_view code_sha256, base::UtcTime now);
std::int64_t unused_recovery_codes(Tx& tx, base::PersonId person);

/// Held until the transaction ends; `device_sha256` is empty for devices that the person is not known by.
std::optional<rules::Tries> hold_tries(Tx& tx, base::PersonId person, std::string_view device_sha256,
                                       base::UtcTime now);
void set_tries(Tx& tx, base::PersonId person, std::string_view device_sha256, const rules::Tries& tries);

void insert_wait(Tx& tx, std::string_view token_sha256, const Waiting& wait, base::UtcTime expires_at);
std::optional<Waiting> hold_wait(Tx& tx, std::string_view token_sha256, base::UtcTime now);
void remove_wait(Tx& tx, std::string_view token_sha256);
void forget_waits(Tx& tx, base::UtcTime before);

}  // namespace identity::totp_store
