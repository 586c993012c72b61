#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/guarded.hpp"

namespace telemetry {

/// One gauge with its values by label, as /metrics has it; a value without labels stands by itself.
std::string gauge_text(const std::string& name, const std::string& help,
                       const std::vector<std::pair<std::string, std::int64_t>>& values);

/// Counters and gauges in the Prometheus text format 0.0.4. Thread-safe.
class Metrics {
 public:
  /// Adds to `name{labels}`; `labels` is written as it stands, e.g. `reason="bad_mac"`. Keep the set of labels small.
  void count(const std::string& name, const std::string& labels = {}, std::uint64_t by = 1);
  /// `read` is called at each scrape, from the scraping thread.
  void gauge(const std::string& name, const std::string& help, std::function<double()> read);
  std::string render() const;

 private:
  struct Gauge {
    std::string name;
    std::string help;
    std::function<double()> read;
  };
  base::Guarded<std::map<std::string, std::map<std::string, std::uint64_t>>> counters_;
  std::vector<Gauge> gauges_;
};

}  // namespace telemetry
