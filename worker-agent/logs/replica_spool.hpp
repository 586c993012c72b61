#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"
#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"

namespace logs {

/// How far the raw file of a replica was taken over.
struct RawPlace {
  std::uint64_t inode{0};  ///< 0: nothing was taken yet
  std::uint64_t begin{0};  ///< of the first raw line that is not whole in the spool
  std::uint64_t offset{0};
  std::string head;  ///< the file's first bytes, at most 40: tells it from a later file with the same inode
};

/// A replica's log on disk, in segments that are named by their first offset. Offsets count from the first byte ever
/// written and are never used twice. What is committed survives kill -9, and the loss of power up to the last sync.
/// One thread writes; any thread reads.
class ReplicaSpool {
 public:
  /// Opens or makes the folder. What was written and not committed is cut off: it will be written again. Throws
  /// `base::Failure`.
  ReplicaSpool(std::filesystem::path folder, std::uint64_t most_bytes);

  // The writer.
  /// Appends lines. When the disk is full nothing of them is kept, and false comes back.
  bool append(std::string_view lines);
  /// From here on readers see what was appended, and a restart goes on at `place`. Wakes the readers.
  void commit(const RawPlace& place);
  const RawPlace& place() const { return place_; }
  /// fdatasync of what is committed; nothing when nothing was since. Another thread than the writer's may call it.
  void sync();
  /// Drops the oldest segment, unless it holds what was written last: that stays, whatever it takes, until more comes.
  void drop_oldest();

  // Readers.
  std::uint64_t begin() const;  ///< the oldest offset that is kept
  std::uint64_t end() const;
  std::uint64_t kept_bytes() const { return end() - begin(); }
  /// Up to `limit` bytes from `offset`; empty at the end. Nothing when `offset` is no longer kept.
  std::optional<std::string> read(std::uint64_t offset, std::size_t limit) const;
  /// Offset of the first of the last `lines` lines.
  std::uint64_t last_lines(std::uint64_t lines) const;
  /// Offset of the first line of that time (text of log_line.hpp) or later; the end when there is none.
  std::uint64_t first_since(std::string_view time) const;
  /// Called after each commit, from the writer's thread, until the returned handle goes.
  std::shared_ptr<std::function<void()>> subscribe(std::function<void()> woken);

 private:
  struct Segment {
    std::uint64_t begin{0};
    std::uint64_t end{0};
  };
  struct Shared {
    std::vector<Segment> segments;  ///< oldest first; each begins where the one before it ends
    std::vector<std::weak_ptr<std::function<void()>>> subscribers;
  };
  std::filesystem::path file(std::uint64_t begin) const;
  void recover();
  void open_segment(std::uint64_t begin);
  bool read_state(std::uint64_t& end);
  void write_state();
  std::uint64_t next_line(std::uint64_t offset) const;
  void mark_dirty(const std::shared_ptr<base::UniqueFd>& file, bool folder);

  std::filesystem::path folder_;
  std::uint64_t most_bytes_;
  std::uint64_t segment_bytes_;
  base::Guarded<Shared> shared_;
  // Of the writer.
  std::shared_ptr<base::UniqueFd> segment_;
  std::shared_ptr<base::UniqueFd> state_;
  std::uint64_t segment_begin_{0};
  std::uint64_t written_{0};
  std::uint64_t turn_{0};
  RawPlace place_;
  struct Dirty {
    std::vector<std::shared_ptr<base::UniqueFd>> files;
    bool folder{false};
  };
  base::Guarded<Dirty> dirty_;
};

}  // namespace logs
