#pragma once

#include <cstdint>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

/// What other modules ask of organizations beside who may do what: whether there is room for more.
namespace organizations {

/// What a change would add to what the organization uses; negative where something becomes less.
struct Growth {
  std::int64_t apps{0};
  std::int64_t replicas{0};
  std::int64_t memory_bytes{0};
};

/// Whether the organization may grow so; others who grow it at the same time wait. Error `plan_limit` (forbidden),
/// which says what is used, what is allowed and who can change that. Without limits this costs one statement.
base::Result<void> may_grow(Tx& tx, base::OrganizationId organization, const Growth& growth, base::UtcTime now);
/// Whether one more build may begin this month. Error `plan_limit`.
base::Result<void> may_build(Tx& tx, base::OrganizationId organization, base::UtcTime now);

}  // namespace organizations
