#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "worker-agent/builds/source.hpp"

namespace builds {

/// Bytes of an upload from an offset on; empty at its end (agent::HubUploads).
using ReadUpload = std::function<async::Task<base::Result<std::string>>(base::Uuid upload, std::uint64_t at)>;

/// Brings a folder that was sent into the workshop's `source()`: reads it from the control plane, compares its hash
/// with the `commit` of the spec and unpacks it as a stranger's. A control plane that is away is waited for, half a
/// minute. Errors: codes `source.*` and `archive.*` with step "source".
async::Task<StepResult<Source>> fetch_upload(Workshop& shop, base::Uuid upload, ReadUpload read);

}  // namespace builds
