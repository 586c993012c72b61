#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/result.hpp"

namespace builds {

/// The content of a regular file below `root`; the kernel refuses to leave the root, and every symbolic link on the way
/// (openat2). Blocks. Errors: not_found `tree.absent`; `tree.unsafe` (a link, no regular file); `tree.too_large`.
base::Result<std::string> blocking_read_beneath(const std::filesystem::path& root, const std::string& path,
                                                std::size_t limit);

struct Containerfile {
  std::string path;  ///< relative to the root
  std::string content;
};

/// The named Containerfile, or the first of `Containerfile` and `Dockerfile`.
/// Errors: `source.no_containerfile` (says where it looked), `source.containerfile_unsafe`,
/// `source.containerfile_too_large`.
base::Result<Containerfile> blocking_find_containerfile(const std::filesystem::path& root,
                                                        const std::optional<std::string>& named);

struct TreeLimits {
  std::uint64_t files{200'000};
  std::uint64_t bytes{std::uint64_t{4} << 30U};
  std::uint64_t levels{200};  ///< folders within each other: no path is longer than the tools can take
};

/// `source.too_large`, with the limits.
base::Error tree_too_large(const TreeLimits& limits);
/// `source.too_deep`, with the limit.
base::Error tree_too_deep(const TreeLimits& limits);

/// Checks the size and the depth of a checked-out tree and gives every entry the time `seconds` (since 1970), so that
/// the same commit is the same build context. Never follows a link. Blocks, O(files). Errors: `source.too_large`,
/// `source.too_deep`.
base::Result<void> blocking_settle_tree(const std::filesystem::path& root, std::int64_t seconds,
                                        const TreeLimits& limits = {});

/// True when the Containerfile's text names `image` as a base (`FROM`, `COPY --from`, `--mount=…from=`). Pure; may say
/// yes too often (a copy more), never no wrongly but for names made of ARGs.
bool names_image(const std::string& containerfile, const std::string& image);

/// True when the Containerfile's text declares the build argument `name` (`ARG name`, `ARG name=default`, one of
/// several). Pure.
bool declares_argument(const std::string& containerfile, std::string_view name);

}  // namespace builds
