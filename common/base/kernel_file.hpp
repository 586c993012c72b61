#pragma once

#include <filesystem>
#include <string>

namespace base {

/// What a file in /proc or /sys says at this moment. Empty when there is none, also when the process or group it tells
/// of goes between opening and reading: a stream throws then. Waits for no disk; some 5 µs.
std::string read_kernel_file(const std::filesystem::path& file);

}  // namespace base
