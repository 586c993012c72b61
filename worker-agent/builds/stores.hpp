#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/id_ranges.hpp"

namespace builds {

/// One app environment's image store: its layers (the build cache) and the range of host ids that owns them.
struct Store {
  std::filesystem::path folder;  ///< shown as /var/lib/containers in the jail
  std::uint32_t uid_base{0};
  bool dirty{false};  ///< a build in it did not end by itself: what it left must be cleaned first
};

/// The stores of this worker, one per app environment, never shared. The ranges of ids are fixed and recorded before
/// they are used. Everything blocks and throws `base::Failure`; any thread, but one at a time for each app environment.
class Stores {
 public:
  /// `first_uid`: ranges of 65,536 are given out from here up.
  explicit Stores(std::filesystem::path folder, std::uint32_t first_uid = 1'000'000'000);

  /// The store of `app`, made when it is new, and marked as dirty until `blocking_close`. Error `host.no_ids` when all
  /// ranges are taken.
  base::Result<Store> blocking_open(base::AppEnvironmentId app);
  void blocking_close(base::AppEnvironmentId app);
  /// Removes all content (the cache is lost, the ids stay).
  void blocking_empty(const Store& store);
  /// Removes the content of stores in which no build began or ended for so long: of apps that are gone, or rest.
  /// O(stores).
  void blocking_empty_unused(std::chrono::system_clock::duration unused_for);
  /// Bytes on disk, sparse files as they are; more than any limit where they cannot be counted. O(files).
  static std::uint64_t blocking_size(const std::filesystem::path& folder);

 private:
  std::filesystem::path home(base::AppEnvironmentId app) const;

  std::filesystem::path folder_;
  std::mutex mutex_;  ///< guards ranges_, and that a store is not opened while it is emptied as unused
  host::IdRanges ranges_;
};

}  // namespace builds
