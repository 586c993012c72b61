#pragma once

#include <span>

#include "common/base/result.hpp"
#include "control-plane/modules/scheduling/types.hpp"

namespace scheduling::rules {

/// Chooses a worker for `demand`: filter, then score (spread over workers, then free memory), ties by id.
/// Pure; O(workers). `workers` must be one consistent snapshot. Error `placement.none` says what each worker lacks.
base::Result<Placement> choose(const Demand& demand, std::span<const WorkerView> workers);

}  // namespace scheduling::rules
