#include "worker-agent/edge/seen.hpp"

#include <charconv>
#include <optional>

namespace edge {
namespace {

// Bits of srv_admin_state (HAProxy management guide 9.3, `show servers state`).
constexpr unsigned kAnyMaintenance = 0x01U | 0x02U | 0x04U | 0x20U | 0x40U;
constexpr unsigned kAnyDrain = 0x08U | 0x10U;
constexpr unsigned kCheckEnabled = 0x04U;  // of srv_check_state

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<base::Error> odd(std::string_view line) {
  return base::fail(base::ErrorKind::unavailable, "edge.haproxy_answer",
                    "HAProxy answered something unexpected: " + std::string(line.substr(0, 120)));
}

/// Columns of a CSV header by name.
using Columns = std::map<std::string, std::size_t, std::less<>>;

std::uint64_t counted(const Columns& columns, const std::vector<std::string_view>& row, std::string_view name) {
  const auto found = columns.find(name);
  if (found == columns.end() || found->second >= row.size()) return 0;
  return number<std::uint64_t>(row[found->second]).value_or(0);
}

std::string_view word(const Columns& columns, const std::vector<std::string_view>& row, std::string_view name) {
  const auto found = columns.find(name);
  return found == columns.end() || found->second >= row.size() ? std::string_view{} : row[found->second];
}

/// Keys with more than one entry go to `repeated`, too: only the first counts.
base::Result<void> parse_entries(std::string_view text, std::map<std::string, std::string>& entries,
                                 std::vector<std::string>& repeated) {
  for (const auto line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto parts = split(line, ' ');
    if (parts.size() != 3 || !parts[0].starts_with("0x")) return odd(line);
    if (!entries.emplace(std::string(parts[1]), std::string(parts[2])).second) repeated.emplace_back(parts[1]);
  }
  return {};
}

}  // namespace

base::Result<std::vector<SeenServer>> parse_servers_state(std::string_view text) {
  std::vector<SeenServer> servers;
  const auto lines = split(text, '\n');
  if (lines.empty() || lines.front() != "1") return odd(text);
  for (const auto line : lines) {
    if (line.empty() || line == "1" || line.front() == '#') continue;
    const auto columns = split(line, ' ');
    if (columns.size() < 19) return odd(line);
    const auto admin = number<unsigned>(columns[6]);
    const auto weight = number<int>(columns[7]);
    const auto check = number<unsigned>(columns[13]);
    if (!admin || !weight || !check) return odd(line);
    SeenServer server;
    server.backend = columns[1];
    server.name = columns[3];
    server.weight = *weight;
    server.maintenance = (*admin & kAnyMaintenance) != 0;
    server.draining = (*admin & kAnyDrain) != 0;
    server.checked = (*check & kCheckEnabled) != 0;
    servers.push_back(std::move(server));
  }
  return servers;
}

base::Result<void> parse_map(std::string_view text, Seen& seen) {
  return parse_entries(text, seen.hosts, seen.repeated_hosts);
}

base::Result<void> parse_limits(std::string_view text, Seen& seen) {
  return parse_entries(text, seen.limits, seen.repeated_limits);
}

base::Result<std::vector<ServerCounters>> parse_counters(std::string_view csv) {
  std::vector<ServerCounters> servers;
  const auto lines = split(csv, '\n');
  if (!lines.front().starts_with("# pxname,svname,")) return odd(lines.front());
  Columns columns;
  const auto names = split(lines.front().substr(2), ',');
  for (std::size_t i = 0; i < names.size(); ++i) columns.emplace(names[i], i);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const auto row = split(lines[i], ',');
    if (row.size() + 2 < names.size()) return odd(lines[i]);
    ServerCounters server;
    server.backend = row[0];
    server.name = row[1];
    server.requests = counted(columns, row, "stot");
    server.answered = counted(columns, row, "req_tot");
    server.in_flight = counted(columns, row, "scur");
    server.idle = counted(columns, row, "srv_icur");
    server.connect_errors = counted(columns, row, "econ");
    server.response_errors = counted(columns, row, "eresp");
    server.broken_off = counted(columns, row, "srv_abrt");
    server.aborted = counted(columns, row, "cli_abrt");
    server.retries = counted(columns, row, "wretr");
    server.responses_4xx = counted(columns, row, "hrsp_4xx");
    server.responses_5xx = counted(columns, row, "hrsp_5xx");
    server.denied = counted(columns, row, "dreq");
    server.healthy = word(columns, row, "status").starts_with("UP");
    servers.push_back(std::move(server));
  }
  return servers;
}

}  // namespace edge
