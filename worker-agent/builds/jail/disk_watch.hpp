#pragma once

#include <sys/statvfs.h>

#include <cstdint>
#include <filesystem>

#include "worker-agent/builds/jail/options.hpp"

namespace jail {

/// Looks at the free space, and the free inodes, where the jail writes: a quota that needs no file system's help.
/// Others write there too, so the limit is generous by nature; what counts is that the host's disk never fills.
class DiskWatch {
 public:
  explicit DiskWatch(const Options& options)
      : folder_(options.store.empty() ? options.job : options.store),
        limit_{.bytes = options.limits.disk_bytes, .files = options.limits.disk_bytes / kBytesPerFile},
        at_start_(free()) {}
  bool exceeded() const {
    if (limit_.bytes == 0) return false;
    const Space now = free();
    const bool bytes_gone = now.bytes < kReserve || grown(at_start_.bytes, now.bytes) > limit_.bytes;
    // Some file systems have no inodes to count and say 0.
    const bool files_gone = at_start_.files != 0 && grown(at_start_.files, now.files) > limit_.files;
    return bytes_gone || files_gone;
  }

 private:
  struct Space {
    std::uint64_t bytes{0};
    std::uint64_t files{0};
  };
  static constexpr std::uint64_t kReserve = std::uint64_t{256} << 20U;
  /// Of the disk limit, each so many bytes also buy one file: half a million files for 4 GiB.
  static constexpr std::uint64_t kBytesPerFile = 8192;

  static std::uint64_t grown(std::uint64_t before, std::uint64_t now) { return now < before ? before - now : 0; }
  Space free() const {
    struct statvfs info{};
    if (::statvfs(folder_.c_str(), &info) != 0) return {};
    return Space{.bytes = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize, .files = info.f_favail};
  }
  std::filesystem::path folder_;
  Space limit_;
  Space at_start_;
};

}  // namespace jail
