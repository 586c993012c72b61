#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/identity/tokens.hpp"

namespace identity::token_store {

void insert(Tx& tx, const TokenInfo& token, const TokenOwner& owner, std::string_view token_sha256);
/// Living and expired ones, newest first; `prefix` narrows, empty does not.
std::vector<TokenInfo> list(Tx& tx, const TokenOwner& owner, const std::string& prefix);
/// True when it was alive.
/// The name of what was revoked; nothing when there is no such token that lives.
std::optional<std::string> revoke(Tx& tx, const TokenOwner& owner, const base::Uuid& id, base::UtcTime now);
std::int64_t count_living(Tx& tx, const TokenOwner& owner, base::UtcTime now);
/// How many of the projects exist where the owner is: in the organization, or in one that the person is a member of.
std::size_t count_projects(Tx& tx, const TokenOwner& owner, const std::vector<std::string>& projects);
void forget_old(Tx& tx, base::UtcTime before);

}  // namespace identity::token_store
