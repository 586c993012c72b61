#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace protocol {

/// Counts of durations in four buckets for each power of two from 64 µs to 67 s, and one bucket each for what is below
/// and above. 328 bytes.
class LatencyHistogram {
 public:
  static constexpr int kBuckets = 82;

  void add(std::uint64_t micros) { ++counts_[static_cast<std::size_t>(bucket_of(micros))]; }
  void merge(const LatencyHistogram& other);
  void clear() { counts_.fill(0); }
  std::uint64_t total() const;
  bool empty() const { return total() == 0; }

  /// The upper edge, in µs, of the bucket in which the share `q` (0..1) of all lies; nothing when there are none.
  std::optional<std::uint64_t> quantile(double q) const;

  /// Pairs (bucket, count) of the buckets that are not empty; reading skips what is no bucket.
  std::vector<std::uint32_t> row() const;
  static LatencyHistogram from_row(std::span<const std::uint32_t> row);

  /// Pure; a duration of `upper_edge(b)` is in bucket b + 1.
  static int bucket_of(std::uint64_t micros);
  static std::uint64_t upper_edge(int bucket);

 private:
  std::array<std::uint32_t, kBuckets> counts_{};
};

}  // namespace protocol
