#pragma once

#include <vector>

#include "control-plane/modules/secrets/rotation.hpp"

namespace observability {

/// Where this module keeps sealed values.
std::vector<secrets::SealedColumn> sealed_columns();

}  // namespace observability
