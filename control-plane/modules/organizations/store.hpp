#pragma once

#include <optional>
#include <string>

#include "control-plane/platform/auth/actor.hpp"

namespace organizations::store {

void insert_organization(Tx& tx, base::OrganizationId id, const std::string& slug, const std::string& name);
std::optional<postgres::Row> find(Tx& tx, const std::string& slug_or_id);
void add_member(Tx& tx, base::OrganizationId organization, base::PersonId person, auth::Role role);
/// The person of a living session; with `organization` empty in their oldest organization. The organization stays nil
/// when they are no member.
std::optional<auth::Actor> find_actor(Tx& tx, std::string_view token_sha256, std::string_view organization,
                                      base::UtcTime now);

}  // namespace organizations::store
