#pragma once

#include "control-plane/modules/organizations/facade.hpp"
#include "control-plane/modules/organizations/store.hpp"

namespace organizations {

/// Pure: whether `used` and `growth` together stay within `most`. What is already over it may only become less.
/// Error `plan_limit` (forbidden), which says what is used, what is allowed and who can change that.
base::Result<void> check_limits(const Limits& most, const store::Usage& used, const Growth& growth);
/// Pure: whether one more build may begin. Error `plan_limit`.
base::Result<void> check_build_minutes(const Limits& most, const store::Usage& used);

/// The first moment of `now`'s month, UTC.
base::UtcTime month_of(base::UtcTime now);

}  // namespace organizations
