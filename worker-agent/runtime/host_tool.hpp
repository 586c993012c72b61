#pragma once

#include <string>

#include "common/async/process.hpp"
#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"

namespace runtime {

/// Standard output (at most 8 MiB) of one of the host's programs. Error `host.tool` with what it printed when it fails.
async::Task<base::Result<std::string>> output_of(async::ProcessSpec spec, base::Deadline deadline);

}  // namespace runtime
