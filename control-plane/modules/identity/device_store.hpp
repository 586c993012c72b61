#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/identity/devices.hpp"

/// Device codes, and the CLIs that came of them.
namespace identity::device_store {

struct Code {
  base::Uuid id;
  std::string client;
  std::string address;
  base::UtcTime created_at;
  std::optional<base::PersonId> person;
  std::string decision;  ///< empty while nobody decided
  bool second_factor{false};
  std::optional<base::UtcTime> last_poll_at;
  std::optional<base::Uuid> grant;         ///< a signed-in CLI asks its person to prove themselves
  std::optional<base::UtcTime> proved_at;  ///< when whoever decided had last proved themselves
};
/// False when the user code is taken: take another.
bool insert_code(Tx& tx, const Code& code, std::string_view device_code_sha256, const std::string& user_code,
                 base::UtcTime expires_at);
std::optional<Code> find_open(Tx& tx, const std::string& user_code, base::UtcTime now);
/// False when somebody decided already.
bool decide(Tx& tx, const base::Uuid& id, base::PersonId person, bool approved,
            const std::optional<base::UtcTime>& proved_at);
/// False when the grant is not this person's, or ended.
bool set_proved(Tx& tx, const base::Uuid& grant, base::PersonId person, base::UtcTime at);
/// Held until the transaction ends.
std::optional<Code> hold(Tx& tx, std::string_view device_code_sha256, base::UtcTime now);
void note_poll(Tx& tx, const base::Uuid& id, base::UtcTime now);
void remove(Tx& tx, const base::Uuid& id);
void forget_codes(Tx& tx, base::UtcTime before);

struct Grant {
  base::Uuid id;
  base::PersonId person;
  std::string client;
  std::string address;
  bool second_factor{false};
  std::optional<base::UtcTime> proved_at;
};
void insert_grant(Tx& tx, const Grant& grant, base::UtcTime now);
struct Pair {
  base::Uuid id;
  base::Uuid grant;
  std::string access_sha256;
  base::UtcTime access_expires_at;
  std::string refresh_sha256;
  base::UtcTime refresh_expires_at;
};
void insert_pair(Tx& tx, const Pair& pair);
struct Refresh {
  base::Uuid id;
  base::Uuid grant;
  base::PersonId person;
  bool spent{false};
  bool ended{false};  ///< expired, revoked, or the person is disabled
};
/// Held until the transaction ends.
std::optional<Refresh> hold_refresh(Tx& tx, std::string_view refresh_sha256, base::UtcTime now);
void spend(Tx& tx, const base::Uuid& pair, base::UtcTime now);
std::vector<CliInfo> clis_of(Tx& tx, base::PersonId person);
/// What the program called itself; nothing when there is no such grant that lives.
std::optional<std::string> revoke_grant(Tx& tx, base::PersonId person, const base::Uuid& grant, base::UtcTime now);
std::size_t revoke_grants(Tx& tx, base::PersonId person, base::UtcTime now);
/// Whether the person has TOTP on.
bool has_totp(Tx& tx, base::PersonId person);
void forget_grants(Tx& tx, base::UtcTime before);

}  // namespace identity::device_store
