#include "common/protocol/latency.hpp"

#include <gtest/gtest.h>

namespace protocol {
namespace {

TEST(LatencyHistogram, each_duration_lies_below_the_upper_edge_of_its_bucket_and_within_a_quarter_of_it) {
  for (std::uint64_t micros = 64; micros < (std::uint64_t{1} << 26U); micros += micros / 7 + 1) {
    const auto edge = LatencyHistogram::upper_edge(LatencyHistogram::bucket_of(micros));
    EXPECT_LT(micros, edge);
    EXPECT_LE(static_cast<double>(edge), static_cast<double>(micros) * 1.25 + 1) << micros;
  }
}

TEST(LatencyHistogram, what_is_tiny_or_huge_has_a_bucket_too) {
  EXPECT_EQ(LatencyHistogram::bucket_of(0), 0);
  EXPECT_EQ(LatencyHistogram::bucket_of(63), 0);
  EXPECT_EQ(LatencyHistogram::bucket_of(64), 1);
  EXPECT_EQ(LatencyHistogram::bucket_of(~std::uint64_t{0}), LatencyHistogram::kBuckets - 1);
}

TEST(LatencyHistogram, quantiles_are_those_of_what_was_added) {
  LatencyHistogram histogram;
  EXPECT_FALSE(histogram.quantile(0.5).has_value());
  for (int i = 0; i < 99; ++i) histogram.add(1'000);
  histogram.add(500'000);

  EXPECT_LT(*histogram.quantile(0.5), 1'300U);
  EXPECT_LT(*histogram.quantile(0.99), 1'300U);
  EXPECT_GT(*histogram.quantile(0.999), 500'000U);
}

TEST(LatencyHistogram, a_row_brings_the_same_back_and_what_is_no_bucket_is_skipped) {
  LatencyHistogram histogram;
  histogram.add(100);
  histogram.add(100'000);
  auto row = histogram.row();
  EXPECT_EQ(row.size(), 4U);

  row.insert(row.end(), {9'999, 5, 7});
  const auto again = LatencyHistogram::from_row(row);

  EXPECT_EQ(again.total(), 2U);
  EXPECT_EQ(again.row(), histogram.row());
}

}  // namespace
}  // namespace protocol
