#include "worker-agent/link/facts.hpp"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <sstream>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

std::string os_name() {
  const fs::path file = "/etc/os-release";
  if (!fs::exists(file)) return "Linux";
  std::istringstream lines(base::blocking_read_file(file));
  constexpr std::string_view kKey = "PRETTY_NAME=";
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kKey)) continue;
    line.erase(0, kKey.size());
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    return line;
  }
  return "Linux";
}

std::string cgroup_mode() {
  if (fs::exists("/sys/fs/cgroup/cgroup.controllers")) return "v2";
  return fs::exists("/sys/fs/cgroup/unified/cgroup.controllers") ? "hybrid" : "v1";
}

std::uint64_t disk_bytes(const fs::path& folder) {
  struct statvfs disk{};
  if (statvfs(folder.c_str(), &disk) != 0) return 0;
  return static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
}

}  // namespace

protocol::WorkerFacts blocking_gather_facts(protocol::WorkerFacts facts, const fs::path& state_dir) {
  struct utsname system{};
  if (uname(&system) != 0) base::throw_errno("uname");
  struct sysinfo memory{};
  if (sysinfo(&memory) != 0) base::throw_errno("sysinfo");
  if (facts.os.empty()) facts.os = os_name();
  if (facts.arch.empty()) facts.arch = system.machine;
  if (facts.kernel.empty()) facts.kernel = system.release;
  if (facts.cpus == 0) facts.cpus = static_cast<std::uint32_t>(sysconf(_SC_NPROCESSORS_ONLN));
  if (facts.memory_bytes == 0) facts.memory_bytes = static_cast<std::uint64_t>(memory.totalram) * memory.mem_unit;
  if (facts.disk_bytes == 0) facts.disk_bytes = disk_bytes(state_dir);
  if (facts.cgroup.empty()) facts.cgroup = cgroup_mode();
  if (facts.wireguard.empty()) facts.wireguard = "none";
  return facts;
}

base::Uuid blocking_boot_id() {
  std::string text = base::blocking_read_file("/proc/sys/kernel/random/boot_id");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto id = base::Uuid::parse(text);
  if (!id) throw base::Failure("the kernel's boot_id is no UUID");
  return *id;
}

}  // namespace agent
