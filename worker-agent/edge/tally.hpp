#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "common/protocol/stats.hpp"
#include "worker-agent/edge/seen.hpp"

namespace edge {

/// The counters of one row of HAProxy's statistics that receipts are made of.
struct Tally {
  enum Column : std::size_t { answered, own_5xx, connect, response, broken_off, aborted, retries, denied, kColumns };
  std::array<std::uint64_t, kColumns> counts{};

  std::uint64_t operator[](Column column) const { return counts[column]; }
  Tally& operator+=(const Tally& other);
  /// Column by column, never below 0.
  Tally minus(const Tally& other) const;
};

Tally tally_of(const ServerCounters& row);

/// A row that goes on counting where HAProxy began anew: what was counted before is carried over.
class Series {
 public:
  /// Counts from `row` on: what it holds already is somebody else's.
  void begin_at(const ServerCounters& row) { base_ = last_ = tally_of(row); }
  void see(const ServerCounters& row);
  /// HAProxy was restarted: the next row begins at 0.
  void interrupted();
  Tally total() const;

 private:
  Tally carried_;
  Tally base_;
  Tally last_;
};

/// What clients saw, from the sum over an app's servers and its backend's own row, both of one moment. Pure.
protocol::TrafficCounts counts_of(const Tally& servers, const Tally& backend);

/// `later` − `earlier`, member by member, never below 0.
protocol::TrafficCounts difference(const protocol::TrafficCounts& later, const protocol::TrafficCounts& earlier);

}  // namespace edge
