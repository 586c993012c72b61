#pragma once

#include <optional>
#include <string>

#include "control-plane/platform/auth/actor.hpp"

namespace identity::store {

void insert_setup_link(Tx& tx, base::Uuid id, std::string_view token_sha256, base::UtcTime expires_at);
/// True when the link was good; it is used up then.
bool use_setup_link(Tx& tx, std::string_view token_sha256, base::UtcTime now);
/// The first person of the installation, if there is one.
std::optional<base::PersonId> first_person(Tx& tx);
void insert_person(Tx& tx, base::PersonId id, const std::string& name);
void insert_session(Tx& tx, base::SessionId id, base::PersonId person, std::string_view token_sha256,
                    base::UtcTime expires_at, const std::string& user_agent, const std::string& address);
void revoke_session(Tx& tx, base::SessionId id);
}  // namespace identity::store
