#include "worker-agent/stats/container_meter.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "common/base/kernel_file.hpp"

namespace stats {
namespace {

std::optional<std::uint64_t> blocking_read_number(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  if (in >> value) return value;
  return std::nullopt;
}

/// The value of `key` in a file of "key value" lines.
std::optional<std::uint64_t> blocking_read_key(const std::filesystem::path& file, std::string_view key) {
  std::ifstream in(file);
  std::string word;
  for (std::uint64_t value = 0; in >> word >> value;) {
    if (word == key) return value;
  }
  return std::nullopt;
}

std::uint64_t less(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

NetworkBytes parse_network(std::string_view net_dev) {
  NetworkBytes bytes;
  std::istringstream lines{std::string(net_dev)};
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream fields(line.substr(0, colon) + " " + line.substr(colon + 1));
    std::string name;
    std::uint64_t received = 0;
    std::uint64_t other = 0;
    std::uint64_t sent = 0;
    fields >> name >> received;
    for (int i = 0; i < 7; ++i) fields >> other;
    if (!(fields >> sent) || name == "lo") continue;
    bytes.received += received;
    bytes.sent += sent;
  }
  return bytes;
}

std::optional<protocol::ContainerStats> ContainerMeter::blocking_read_one(const RunningContainer& container) const {
  const std::string group = parent_.substr(parent_.starts_with('/') ? 1 : 0) + "/libpod-" + container.container_id;
  protocol::ContainerStats stats;
  stats.replica_id = container.replica;
  if (const auto nanos = blocking_read_number(root_ / "cpuacct" / group / "cpuacct.usage")) {
    stats.cpu_ms = *nanos / 1'000'000;
    const auto memory = root_ / "memory" / group;
    stats.memory_bytes = less(blocking_read_number(memory / "memory.usage_in_bytes").value_or(0),
                              blocking_read_key(memory / "memory.stat", "total_inactive_file").value_or(0));
  } else if (const auto micros = blocking_read_key(root_ / group / "cpu.stat", "usage_usec")) {
    stats.cpu_ms = *micros / 1'000;
    stats.memory_bytes = less(blocking_read_number(root_ / group / "memory.current").value_or(0),
                              blocking_read_key(root_ / group / "memory.stat", "inactive_file").value_or(0));
  } else {
    return std::nullopt;
  }
  const auto bytes = parse_network(base::read_kernel_file(proc_ / std::to_string(container.pid) / "net" / "dev"));
  stats.received_bytes = bytes.received;
  stats.sent_bytes = bytes.sent;
  return stats;
}

std::vector<protocol::ContainerStats> ContainerMeter::blocking_read(
    const std::vector<RunningContainer>& containers) const {
  std::vector<protocol::ContainerStats> all;
  for (const auto& container : containers) {
    if (const auto stats = blocking_read_one(container)) all.push_back(*stats);
  }
  return all;
}

}  // namespace stats
