#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/protocol/latency.hpp"
#include "control-plane/modules/ingress/rules.hpp"

namespace ingress::rules {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

base::WorkerId edge(int n) {
  return *base::WorkerId::parse("01900000-0000-7000-8000-00000000000" + std::to_string(n));
}

protocol::LatencyRow latencies(int count, std::uint64_t micros) {
  protocol::LatencyHistogram histogram;
  for (int i = 0; i < count; ++i) histogram.add(micros);
  return histogram.row();
}

SwitchRecord record(int worker, const std::string& phase = "final") {
  SwitchRecord record;
  record.worker = edge(worker);
  record.updated_at = kNow - seconds(2);
  record.stats.opened_at = kNow - seconds(50);
  record.stats.phase = phase;
  record.stats.before = {60'000, {.requests = 600}, latencies(600, 1'000)};
  record.stats.during = {10'000,
                         {.requests = 100, .app_errors = 1, .connect_errors = 2, .unserved = 3, .aborted = 4},
                         latencies(100, 2'000)};
  record.stats.after = {30'000, {.requests = 300}, latencies(300, 1'000)};
  record.stats.requests_old = 40;
  record.stats.requests_new = 55;
  record.stats.connections_drained = 5;
  record.stats.connections_cut = 1;
  record.stats.longest_drain_ms = 900;
  return record;
}

TEST(Receipt, of_one_edge_is_what_it_told) {
  const std::vector<SwitchRecord> records{record(1)};

  const auto receipt = receipt_of(records, kNow);

  EXPECT_TRUE(receipt.final);
  EXPECT_TRUE(receipt.complete);
  EXPECT_EQ(receipt.edges, 1);
  EXPECT_EQ(receipt.requests_old, 40);
  EXPECT_EQ(receipt.during.requests, 100);
  EXPECT_EQ(receipt.during.failed, 5);
  EXPECT_EQ(receipt.app_errors, 1);
  EXPECT_EQ(receipt.aborted, 4);
  EXPECT_EQ(receipt.connections_cut, 1);
  EXPECT_NEAR(*receipt.before.p50_ms, 1.0, 0.25);
  EXPECT_NEAR(*receipt.during.p99_ms, 2.0, 0.5);
}

TEST(Receipt, of_several_edges_adds_counts_and_merges_latencies) {
  auto slow = record(2);
  slow.stats.during.latency = latencies(900, 50'000);
  slow.stats.during.milliseconds = 20'000;
  slow.stats.longest_drain_ms = 4'000;
  slow.stats.opened_at = kNow - seconds(51);
  const std::vector<SwitchRecord> records{record(1), slow};

  const auto receipt = receipt_of(records, kNow);

  EXPECT_EQ(receipt.edges, 2);
  EXPECT_EQ(receipt.requests_new, 110);
  EXPECT_EQ(receipt.connections_drained, 10);
  EXPECT_EQ(receipt.longest_drain_ms, 4'000);
  EXPECT_EQ(receipt.during.milliseconds, 20'000);
  EXPECT_EQ(receipt.opened_at, kNow - seconds(51));
  EXPECT_GT(*receipt.during.p50_ms, 40.0);
}

TEST(Receipt, is_open_while_one_edge_still_tells) {
  const std::vector<SwitchRecord> records{record(1), record(2, "during")};

  const auto receipt = receipt_of(records, kNow);

  EXPECT_FALSE(receipt.final);
  EXPECT_TRUE(receipt.complete);
}

TEST(Receipt, of_an_edge_that_fell_silent_is_final_and_incomplete) {
  auto silent = record(1, "during");
  silent.updated_at = kNow - seconds(61);
  const std::vector<SwitchRecord> records{silent};

  const auto receipt = receipt_of(records, kNow);

  EXPECT_TRUE(receipt.final);
  EXPECT_FALSE(receipt.complete);
  EXPECT_THAT(receipt.gaps, ElementsAre("edge_silent"));
}

TEST(Receipt, is_incomplete_when_any_part_is) {
  auto restarted = record(2);
  restarted.stats.complete = false;
  restarted.stats.gaps = {"haproxy_restarted"};
  const std::vector<SwitchRecord> records{record(1), restarted};

  const auto receipt = receipt_of(records, kNow);

  EXPECT_FALSE(receipt.complete);
  EXPECT_THAT(receipt.gaps, ElementsAre("haproxy_restarted"));
}

TEST(Traffic, of_an_app_is_the_sum_over_its_edges) {
  protocol::EdgeAppStats one;
  one.counts.requests = 10;
  one.latency_60s = latencies(10, 1'000);
  one.counts.limited = 3;
  one.replicas = {{.replica_id = {}, .in_flight = 2, .counts = {.requests = 10}}};

  const auto traffic = traffic_of(std::vector{one, one});

  EXPECT_EQ(traffic.edges, 2);
  EXPECT_EQ(traffic.counts.requests, 20U);
  EXPECT_EQ(traffic.counts.limited, 6U);
  EXPECT_EQ(traffic.in_flight, 4U);
  EXPECT_EQ(traffic.replicas.at({}).requests, 20U);
  EXPECT_NEAR(*traffic.p50_ms, 1.0, 0.25);
}

}  // namespace
}  // namespace ingress::rules
