#include "worker-agent/stats/host_meter.hpp"

#include <stdlib.h>
#include <sys/statvfs.h>

#include <array>
#include <charconv>
#include <string>
#include <thread>

#include "common/base/kernel_file.hpp"

namespace stats {
namespace {

std::optional<std::uint64_t> next_number(std::string_view& text) {
  const auto at = text.find_first_not_of(" \t");
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<std::uint64_t> kilobytes(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos || (at != 0 && text[at - 1] != '\n')) return std::nullopt;
  text.remove_prefix(at + key.size());
  return next_number(text);
}

}  // namespace

std::optional<CpuTicks> parse_cpu(std::string_view text) {
  constexpr std::string_view kAll = "cpu ";
  if (!text.starts_with(kAll)) return std::nullopt;
  text = text.substr(kAll.size(), text.find('\n') - kAll.size());
  // user nice system idle iowait irq softirq steal; what follows is in user already.
  std::array<std::uint64_t, 8> ticks{};
  for (auto& tick : ticks) {
    const auto value = next_number(text);
    if (!value) return std::nullopt;
    tick = *value;
  }
  CpuTicks sum;
  for (const auto tick : ticks) sum.all += tick;
  sum.busy = sum.all - ticks[3] - ticks[4];
  return sum;
}

std::optional<Memory> parse_memory(std::string_view text) {
  const auto total = kilobytes(text, "MemTotal:");
  const auto available = kilobytes(text, "MemAvailable:");
  if (!total || !available) return std::nullopt;
  return Memory{*total * 1024, *available * 1024};
}

protocol::HostStats HostMeter::blocking_read() {
  protocol::HostStats host;
  host.cpus = std::thread::hardware_concurrency();
  if (const auto now = parse_cpu(base::read_kernel_file("/proc/stat"))) {
    const auto all = now->all - std::min(now->all, last_.all);
    const auto busy = now->busy - std::min(now->busy, last_.busy);
    if (all > 0) host.cpu_permille = static_cast<std::uint32_t>(std::min(busy, all) * 1000 / all);
    last_ = *now;
  }
  if (const auto memory = parse_memory(base::read_kernel_file("/proc/meminfo"))) {
    host.memory_total_bytes = memory->total_bytes;
    host.memory_used_bytes = memory->total_bytes - std::min(memory->total_bytes, memory->available_bytes);
  }
  struct statvfs disk{};
  if (::statvfs(disk_.c_str(), &disk) == 0) {
    host.disk_total_bytes = disk.f_blocks * disk.f_frsize;
    host.disk_used_bytes = (disk.f_blocks - disk.f_bfree) * disk.f_frsize;
  }
  std::array<double, 3> load{};
  if (::getloadavg(load.data(), 3) == 3) {
    host.load_1 = load[0];
    host.load_5 = load[1];
    host.load_15 = load[2];
  }
  return host;
}

}  // namespace stats
