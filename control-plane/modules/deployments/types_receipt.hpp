#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"

namespace deployments {

/// A stretch of time around a switch, over all edges.
struct ReceiptPhase {
  std::int64_t milliseconds{0};
  std::int64_t requests{0};
  std::int64_t failed{0};      ///< that the edge itself had to answer for: no replica, none reachable, a bad answer
  std::int64_t app_errors{0};  ///< answered 5xx by the app
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
};

/// What a deployment's switch did to the requests that came meanwhile.
struct Receipt {
  bool final{false};
  bool complete{true};
  std::vector<std::string> gaps;  ///< why not complete
  int edges{0};
  base::UtcTime opened_at;
  std::int64_t requests_old{0};
  std::int64_t requests_new{0};
  std::int64_t app_errors{0};
  std::int64_t connect_errors{0};
  std::int64_t response_errors{0};
  std::int64_t unserved{0};
  std::int64_t aborted{0};
  std::int64_t retries{0};
  std::int64_t connections_drained{0};
  std::int64_t connections_cut{0};
  std::int64_t longest_drain_ms{0};
  ReceiptPhase before;
  ReceiptPhase during;
  ReceiptPhase after;
};

}  // namespace deployments
