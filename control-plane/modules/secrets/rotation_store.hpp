#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/secrets/rotation.hpp"

namespace secrets::store {

std::vector<SealedRow> stale(Tx& tx, const SealedColumn& column, std::optional<base::OrganizationId> owner, int newest,
                             int limit);
/// False when the row changed or went meanwhile.
bool replace(Tx& tx, const SealedColumn& column, std::optional<base::OrganizationId> owner, const SealedRow& row,
             const std::string& sealed);

}  // namespace secrets::store
