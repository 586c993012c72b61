#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace agent {

/// Files of the journal: one line of JSON and a line with its SHA-256. A file that was torn, cut or changed is told
/// from a whole one, whatever its bytes; one without the second line (of an older version) is taken as it is. All block
/// and throw base::Failure when the disk refuses.

/// Durable and atomic (write, fsync, rename, fsync of the folder), mode 0600.
void blocking_write_sealed(const std::filesystem::path& file, std::string_view json_line);
/// The JSON; error `link.torn` when it is not what was written.
base::Result<std::string> blocking_read_sealed(const std::filesystem::path& file);
/// The same of text that was read already. Pure.
base::Result<std::string> unseal(std::string_view text);
/// Removes what a kill in the middle of a write left in the folder: temporary files. Not recursive.
void blocking_remove_half_written(const std::filesystem::path& folder);

}  // namespace agent
