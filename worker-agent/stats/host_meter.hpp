#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "common/protocol/stats.hpp"

namespace stats {

/// Ticks of all processors since boot.
struct CpuTicks {
  std::uint64_t busy{0};
  std::uint64_t all{0};
};

/// Readers of /proc's files; nothing when they have another form.
std::optional<CpuTicks> parse_cpu(std::string_view proc_stat);
struct Memory {
  std::uint64_t total_bytes{0};
  std::uint64_t available_bytes{0};
};
std::optional<Memory> parse_memory(std::string_view proc_meminfo);

/// Reads what this host uses. One caller at a time.
class HostMeter {
 public:
  /// `disk`: a folder on the file system that is told.
  explicit HostMeter(std::filesystem::path disk) : disk_(std::move(disk)) {}

  /// Three files of /proc and one statvfs, about 0.1 ms. What cannot be read stays 0. The first call tells the
  /// processors' use since boot.
  protocol::HostStats blocking_read();

 private:
  std::filesystem::path disk_;
  CpuTicks last_;
};

}  // namespace stats
