#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "common/base/result.hpp"

namespace host {

/// How many user (and group) ids one owner gets.
inline constexpr std::uint32_t kIdsPerRange = 65536;

/// Ranges of the host's user ids, each for one owner for good: what runs as root in the owner's user namespace is a
/// nobody of its own on the host, and never the same nobody as another owner's. Recorded on disk before it is used.
/// Blocks (a small file, read once and written for each new owner), throws `base::Failure`; one caller at a time.
class IdRanges {
 public:
  /// Ranges are given out from `first` up, and end below `end`.
  IdRanges(std::filesystem::path file, std::uint32_t first, std::uint32_t end);

  /// The first id of the owner's range. Error `host.no_ids` when all are taken.
  base::Result<std::uint32_t> blocking_of(const std::string& owner);

 private:
  std::filesystem::path file_;
  std::uint32_t first_;
  std::uint32_t end_;
  bool read_{false};
  std::map<std::string, std::uint32_t> ranges_;
};

}  // namespace host
