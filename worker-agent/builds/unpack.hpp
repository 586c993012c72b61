#pragma once

#include <filesystem>
#include <string>

#include "common/archive/tar_reader.hpp"
#include "common/base/unique_fd.hpp"

namespace builds {

/// Writes an archive's members beneath a folder that is empty and nobody else's. Nothing is followed and nothing is
/// replaced, whatever the archive says: the reader refuses such members, and the kernel is asked to as well
/// (openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, O_EXCL). Blocks. Throws base::Failure for the disk's errors.
class Unpack final : public archive::Sink {
 public:
  /// What is written belongs to `owner`.
  Unpack(const std::filesystem::path& root, std::uint32_t owner);

  base::Result<void> begin(const archive::Entry& entry) override;
  base::Result<void> data(std::string_view bytes) override;
  base::Result<void> end() override;

 private:
  /// The folder that `path` stands in, made if needed.
  base::UniqueFd open_parent(const std::string& path) const;

  base::UniqueFd root_;
  std::uint32_t owner_;
  base::UniqueFd file_;
};

}  // namespace builds
