#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "control-plane/modules/hooks/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace hooks::store {

/// False when the environment has `most` living hooks already.
bool insert(Tx& tx, const Hook& hook, base::PersonId maker, std::string_view token_sha256, int most);
/// Living and expired ones, newest first.
std::vector<Hook> list(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment);
/// Also a revoked one. Needs a transaction that sees everything.
std::optional<Hook> find(Tx& tx, std::string_view token_sha256);
/// Nothing when there is no such hook that lives.
std::optional<Hook> revoke(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                           const base::Uuid& id, base::UtcTime now);
/// False when it was revoked meanwhile.
bool note_use(Tx& tx, const Hook& hook, base::UtcTime now, const std::string& address);
void forget_old(Tx& tx, base::UtcTime before);

}  // namespace hooks::store
