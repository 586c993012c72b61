#pragma once

#include <string_view>

namespace base {

/// A named place between two effects, at which test builds can be killed.
/// In builds without WH_CRASH_POINTS this is nothing. Else, when the environment variable WH_CRASH_AT holds
/// `name` or `name#k` (the k-th passing, from 1), the process ends there by SIGKILL. When WH_CRASH_FILE names a file
/// that holds the same, the process that passes takes the file away and stops itself (SIGSTOP): a test kills it, or
/// another process, exactly there. Thread-safe.
#ifdef WH_CRASH_POINTS
void crash_point(std::string_view name);
#else
inline void crash_point(std::string_view /*name*/) {}
#endif

}  // namespace base
