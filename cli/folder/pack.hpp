#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"

namespace cli {

/// A folder as a tar.gz archive in a file without a name.
struct Packed {
  base::UniqueFd file;
  std::int64_t bytes{0};
  std::string sha256;
  std::uint64_t files{0};
  std::uint64_t unpacked_bytes{0};
  std::vector<std::string> left_out;  ///< links and special files that no server would take
  /// The bytes from `at` on, at most `most`. Throws base::Failure.
  std::string blocking_read(std::int64_t at, std::size_t most) const;
};

/// `only`: a folder beneath the root that is sent alone and whole, whatever the ignore files say: what a static site
/// serves is often made by a program and left out of git. `.` is the root, by the usual rules.
/// Packs what .gitignore files and the .containerignore (else .dockerignore) of the root leave; `.git` never, the
/// root's Containerfile and Dockerfile always. The same files are the same bytes. Blocks. Errors: `folder.unreadable`,
/// `folder.empty`, `folder.too_large`, `folder.changed` (a file shrank meanwhile), `folder.no_static` (there is no
/// folder `only`).
base::Result<Packed> blocking_pack_folder(const std::filesystem::path& folder, const std::string& only = ".");

}  // namespace cli
