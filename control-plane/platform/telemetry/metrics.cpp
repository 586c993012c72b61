#include "control-plane/platform/telemetry/metrics.hpp"

#include <fmt/format.h>

namespace telemetry {

std::string gauge_text(const std::string& name, const std::string& help,
                       const std::vector<std::pair<std::string, std::int64_t>>& values) {
  auto text = fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
  for (const auto& [labels, value] : values) {
    text += labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
  }
  return text;
}

void Metrics::count(const std::string& name, const std::string& labels, std::uint64_t by) {
  counters_.with([&](auto& counters) { counters[name][labels] += by; });
}

void Metrics::gauge(const std::string& name, const std::string& help, std::function<double()> read) {
  gauges_.push_back(Gauge{name, help, std::move(read)});
}

std::string Metrics::render() const {
  std::string text;
  counters_.with([&](const auto& counters) {
    for (const auto& [name, values] : counters) {
      text += fmt::format("# TYPE {} counter\n", name);
      for (const auto& [labels, value] : values) {
        text +=
            labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value);
      }
    }
  });
  for (const auto& gauge : gauges_) {
    text += fmt::format("# HELP {} {}\n# TYPE {} gauge\n{} {}\n", gauge.name, gauge.help, gauge.name, gauge.name,
                        gauge.read());
  }
  return text;
}

}  // namespace telemetry
