#pragma once

#include <string>

#include "common/base/result.hpp"
#include "control-plane/modules/hooks/types.hpp"

/// Pure decisions about hooks.
namespace hooks::rules {

/// Errors: `invalid` at `/name` and `/days`.
base::Result<void> check(const HookWish& wish);

bool is_alive(const Hook& hook, base::UtcTime now);

/// Whether a call deploys. Of what a forge sends, pushes to `branch` do, and pull requests never; what comes without a
/// forge's header and ref does. Error `source.commit` when the commit is none.
base::Result<Verdict> judge(const Delivery& delivery, const std::string& branch);

}  // namespace hooks::rules
