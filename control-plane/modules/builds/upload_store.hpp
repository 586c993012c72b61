#pragma once

#include <string>

#include "common/base/id.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace builds::store {

/// Whether the worker holds the lease of a build of this upload.
bool builds_upload(Tx& tx, base::WorkerId worker, const std::string& upload);

}  // namespace builds::store
