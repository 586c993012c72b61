#include "worker-agent/edge/tally.hpp"

#include <algorithm>

namespace edge {
namespace {

std::uint64_t less(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  for (std::size_t i = 0; i < kColumns; ++i) counts[i] += other.counts[i];
  return *this;
}

Tally Tally::minus(const Tally& other) const {
  Tally result;
  for (std::size_t i = 0; i < kColumns; ++i) result.counts[i] = less(counts[i], other.counts[i]);
  return result;
}

Tally tally_of(const ServerCounters& row) {
  return Tally{{row.answered, row.responses_5xx, row.connect_errors, row.response_errors, row.broken_off, row.aborted,
                row.retries, row.denied}};
}

void Series::see(const ServerCounters& row) {
  const Tally now = tally_of(row);
  if (now[Tally::answered] < last_[Tally::answered]) interrupted();
  last_ = now;
}

void Series::interrupted() {
  carried_ += last_.minus(base_);
  base_ = last_ = Tally{};
}

Tally Series::total() const {
  Tally sum = carried_;
  sum += last_.minus(base_);
  return sum;
}

protocol::TrafficCounts counts_of(const Tally& servers, const Tally& backend) {
  protocol::TrafficCounts counts;
  counts.app_errors = servers[Tally::own_5xx];
  counts.connect_errors = backend[Tally::connect];
  counts.aborted = backend[Tally::aborted];
  counts.retries = backend[Tally::retries];
  counts.limited = backend[Tally::denied];
  // HAProxy's own 5xx are those of the backend that no server gave; broken off answers were no 5xx. It counts a broken
  // connection also where the request then went over another one: no client saw that.
  const std::uint64_t own = less(backend[Tally::own_5xx], servers[Tally::own_5xx]);
  const std::uint64_t bad_answers =
      std::min(less(backend[Tally::response], backend[Tally::broken_off]), less(own, backend[Tally::connect]));
  counts.response_errors = bad_answers + std::min(backend[Tally::broken_off], backend[Tally::response]);
  counts.unserved = less(own, backend[Tally::connect] + bad_answers);
  counts.requests = servers[Tally::answered] + backend[Tally::connect] + bad_answers + counts.unserved;
  return counts;
}

protocol::TrafficCounts difference(const protocol::TrafficCounts& later, const protocol::TrafficCounts& earlier) {
  protocol::TrafficCounts result;
  result.requests = less(later.requests, earlier.requests);
  result.app_errors = less(later.app_errors, earlier.app_errors);
  result.connect_errors = less(later.connect_errors, earlier.connect_errors);
  result.response_errors = less(later.response_errors, earlier.response_errors);
  result.unserved = less(later.unserved, earlier.unserved);
  result.aborted = less(later.aborted, earlier.aborted);
  result.retries = less(later.retries, earlier.retries);
  result.limited = less(later.limited, earlier.limited);
  return result;
}

}  // namespace edge
