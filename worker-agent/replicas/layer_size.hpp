#pragma once

#include <dirent.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace replicas {

/// How much a folder on this host holds, counted a few entries at a time, so that no look costs more than the caller
/// allows. The folder is a container's writable layer: whoever writes it may change it while it is counted. Links are
/// never followed; a file with several names counts for each; what lies deeper than a path can name is not seen.
class LayerSize {
 public:
  explicit LayerSize(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Looks at up to `entries` more and takes off how many there were. Bytes on disk of the whole folder when it came to
  /// the end, after which it begins again; 0 for a folder that cannot be read.
  std::optional<std::uint64_t> blocking_step(std::size_t& entries);

 private:
  struct Close {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  bool open_next();

  std::filesystem::path folder_;
  std::deque<std::string> waiting_{"."};  ///< folders beneath it that were not opened yet
  std::unique_ptr<DIR, Close> open_;
  std::string open_name_;
  std::uint64_t bytes_{0};
};

}  // namespace replicas
