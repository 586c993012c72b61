#pragma once

#include <vector>

#include "control-plane/modules/secrets/rotation.hpp"

namespace mail {

/// Where this module keeps sealed values.
std::vector<secrets::SealedColumn> sealed_columns();

}  // namespace mail
