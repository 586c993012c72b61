#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace builds {

/// A folder that was made ready to be served.
struct SiteFolder {
  std::string content_hash;  ///< 64 hexadecimal digits
  std::uint64_t files{0};
  std::uint64_t bytes{0};
  std::vector<std::string> left_out;  ///< paths, folders with a trailing slash
  bool has_index{false};              ///< there is a first page
};

/// Makes of the folder `directory` below `source` the folder `stage`/site: the files below their content's hash, a link
/// `current` to it, and `manifest`, the list of them. The files move there; what is not served is deleted. Nothing is
/// followed. All belongs to `owner`; the folder must be nobody else's meanwhile. Blocks; O(bytes).
/// Errors, each with the file's name: `source.site_missing`, `source.site_empty`, `source.site_link`,
/// `source.site_secret`, `source.site_name`.
base::Result<SiteFolder> blocking_stage_site(const std::filesystem::path& source, const std::string& directory,
                                             const std::filesystem::path& stage, std::uint32_t owner);

}  // namespace builds
