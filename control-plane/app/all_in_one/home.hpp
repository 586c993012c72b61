#pragma once

#include <vector>

#include "common/base/unique_fd.hpp"
#include "control-plane/app/all_in_one/process.hpp"

namespace all_in_one {

/// Makes the folders of `layout` with their modes, and the master key when there is none. Never changes a key; throws
/// `Failure` when an existing one is not 32 bytes or readable by others. Idempotent, safe to be killed in the middle.
void blocking_prepare_home(const Layout& layout);

/// Holds home/run.lock while it lives, so that one home is run once. Not valid when somebody else holds it.
base::UniqueFd blocking_lock_home(const Layout& layout);

/// Replaces run.json: {"boot_id","processes":[{"name","pid","start_time"}]}; readable by all.
void blocking_write_run_file(const Layout& layout, std::vector<ProcessMark> processes);
/// The processes that a run file of this boot names; none when there is no such file or it cannot be read.
std::vector<ProcessMark> blocking_read_run_file(const Layout& layout);

/// Renames a log over 16 MiB to <name>.1, so that logs stay bounded.
void blocking_rotate_log(const std::filesystem::path& log_file);

}  // namespace all_in_one
