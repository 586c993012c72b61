#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace base {

// All block. They throw `Failure` with the path in the text.

std::string blocking_read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{64} << 20U);
/// Durable replacement: temporary file beside it, fsync, rename, fsync of the folder. A crash leaves the old or the
/// new.
void blocking_write_file(const std::filesystem::path& path, std::string_view content, mode_t mode);
/// Reads a secret file; throws when group or others may read it.
std::string blocking_read_private_file(const std::filesystem::path& path);

}  // namespace base
