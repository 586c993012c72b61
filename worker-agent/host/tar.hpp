#pragma once

#include <string>
#include <string_view>

namespace host {

/// A POSIX ustar archive that holds one regular file, mode 0755, owned by root. `name` has at most 99 characters.
std::string tar_with_one_file(std::string_view name, std::string_view content);

}  // namespace host
