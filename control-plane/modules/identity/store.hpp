#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/identity/types.hpp"
#include "control-plane/platform/auth/actor.hpp"

/// People, sessions, setup links and known devices.
namespace identity::store {

void insert_setup_link(Tx& tx, base::Uuid id, std::string_view token_sha256, base::UtcTime expires_at);
/// True when the link was good; it is used up then.
bool use_setup_link(Tx& tx, std::string_view token_sha256, base::UtcTime now);

/// The first person of the installation, if there is one.
std::optional<base::PersonId> first_person(Tx& tx);
/// False when another account has the address: nothing is written then.
bool insert_person(Tx& tx, base::PersonId id, const std::string& name, const std::optional<std::string>& email,
                   bool is_operator);
std::optional<Person> find_person(Tx& tx, base::PersonId id);
/// What is absent stays.
void set_profile(Tx& tx, base::PersonId id, const std::optional<std::string>& name,
                 const std::optional<std::string>& theme);
void set_email(Tx& tx, base::PersonId id, const std::string& email);
/// True when it was the other way before.
bool set_disabled(Tx& tx, base::PersonId id, std::optional<base::UtcTime> since);
void set_operator(Tx& tx, base::PersonId id);

struct SessionRow {
  base::SessionId id;
  base::UtcTime created_at;
  base::UtcTime last_used_at;
  base::UtcTime expires_at;
  std::string user_agent;
  std::string address;
  bool second_factor{false};
};
struct SessionProof {
  base::UtcTime proved_at;
  bool second_factor{false};
};
void insert_session(Tx& tx, const NewSession& session, std::string_view token_sha256, const Device& device,
                    const SessionProof& proof);
/// Living ones, most recently used first.
std::vector<SessionRow> sessions_of(Tx& tx, base::PersonId person, base::UtcTime now, base::UtcTime used_after);
/// True when it was alive and is the person's.
bool revoke_session(Tx& tx, base::PersonId person, base::SessionId id, base::UtcTime now);
/// All living sessions but `kept` (nil keeps none); how many.
std::size_t revoke_sessions(Tx& tx, base::PersonId person, base::SessionId kept, base::UtcTime now);
/// Another token and a new proof for a living session; its id, device and end stay. False when it has ended.
bool renew_session(Tx& tx, base::SessionId id, std::string_view token_sha256, const SessionProof& proof,
                   base::UtcTime now);
/// Ended or expired sessions go after 30 days.
void forget_old_sessions(Tx& tx, base::UtcTime before);

/// True when this browser is new to the person. Remembers it.
bool see_device(Tx& tx, base::PersonId person, std::string_view device_sha256, base::UtcTime now);
bool knows_device(Tx& tx, base::PersonId person, std::string_view device_sha256, base::UtcTime seen_after);
/// Where the person signed in since, at most 200 addresses. Sessions are kept for 30 days after their end.
std::vector<std::string> addresses_of(Tx& tx, base::PersonId person, base::UtcTime since);
/// How many browsers the person is known by.
std::int64_t count_devices(Tx& tx, base::PersonId person);

/// Whether the person has a means to prove in a browser that it is them: an authenticator, or an account at a provider.
bool can_prove(Tx& tx, base::PersonId person);

}  // namespace identity::store
