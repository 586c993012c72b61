#include "worker-agent/host/processor_group.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "common/base/unique_fd.hpp"

namespace host {
namespace {

const std::filesystem::path kRoot = "/sys/fs/cgroup";
constexpr const char* kShares = "10240";  // version 1, where 1024 is usual
constexpr const char* kWeight = "1000";   // version 2, where 100 is

bool put(const std::filesystem::path& file, const std::string& value) {
  const base::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd.valid() && ::write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

}  // namespace

bool blocking_join_first(const std::string& group, pid_t pid) noexcept {
  std::error_code error;
  const bool unified = std::filesystem::exists(kRoot / "cgroup.controllers", error);
  const auto folder = unified ? kRoot / group : kRoot / "cpu" / group;
  if (unified) put(kRoot / "cgroup.subtree_control", "+cpu");
  std::filesystem::create_directory(folder, error);
  return put(folder / (unified ? "cpu.weight" : "cpu.shares"), unified ? kWeight : kShares) &&
         put(folder / "cgroup.procs", std::to_string(pid));
}

}  // namespace host
