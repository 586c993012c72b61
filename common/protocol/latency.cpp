#include "common/protocol/latency.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace protocol {
namespace {

constexpr int kFirstPower = 6;  // 64 µs
constexpr int kPowers = 20;
constexpr int kLast = LatencyHistogram::kBuckets - 1;

}  // namespace

int LatencyHistogram::bucket_of(std::uint64_t micros) {
  if (micros < (std::uint64_t{1} << kFirstPower)) return 0;
  const int power = static_cast<int>(std::bit_width(micros)) - 1;
  if (power >= kFirstPower + kPowers) return kLast;
  const auto quarter = static_cast<int>((micros >> (power - 2)) & 3U);
  return 1 + (power - kFirstPower) * 4 + quarter;
}

std::uint64_t LatencyHistogram::upper_edge(int bucket) {
  if (bucket <= 0) return std::uint64_t{1} << kFirstPower;
  if (bucket >= kLast) return std::uint64_t{1} << (kFirstPower + kPowers);
  const int power = kFirstPower + (bucket - 1) / 4;
  const auto quarter = static_cast<std::uint64_t>((bucket - 1) % 4);
  return (std::uint64_t{1} << power) + ((quarter + 1) << (power - 2));
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::uint64_t sum = std::uint64_t{counts_[i]} + other.counts_[i];
    counts_[i] = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
  }
}

std::uint64_t LatencyHistogram::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::optional<std::uint64_t> LatencyHistogram::quantile(double q) const {
  const std::uint64_t all = total();
  if (all == 0) return std::nullopt;
  const double wanted = q * static_cast<double>(all);
  std::uint64_t seen = 0;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[static_cast<std::size_t>(bucket)];
    if (seen > 0 && static_cast<double>(seen) >= wanted) return upper_edge(bucket);
  }
  return upper_edge(kLast);
}

std::vector<std::uint32_t> LatencyHistogram::row() const {
  std::vector<std::uint32_t> row;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    row.push_back(static_cast<std::uint32_t>(i));
    row.push_back(counts_[i]);
  }
  return row;
}

LatencyHistogram LatencyHistogram::from_row(std::span<const std::uint32_t> row) {
  LatencyHistogram histogram;
  for (std::size_t i = 0; i + 1 < row.size(); i += 2) {
    if (row[i] < static_cast<std::uint32_t>(kBuckets)) histogram.counts_[row[i]] = row[i + 1];
  }
  return histogram;
}

}  // namespace protocol
