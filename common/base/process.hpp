#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace base {

/// When a process began: field 22 of /proc/<pid>/stat, clock ticks since boot. With its pid it tells a process apart
/// from a later one that got the same number. Nothing when it is gone or a zombie. Some 10 µs; any thread.
std::optional<std::uint64_t> start_time_of(pid_t pid);

}  // namespace base
