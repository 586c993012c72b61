// What builds leave behind in the world.

#include <sys/stat.h>

#include "common/base/files.hpp"
#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {

namespace fs = std::filesystem;

std::vector<std::string> BuildWorld::left_overs() const {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    struct stat info{};
    if (::lstat(entry.path().c_str(), &info) == 0 && info.st_uid >= first_uid_ &&
        info.st_uid < first_uid_ + 200 * 65536U) {
      out.push_back("process " + entry.path().filename().string());
    }
  }
  for (const auto& entry : fs::directory_iterator("/sys/class/net")) {
    if (entry.path().filename().string().starts_with("wv" + installation_))
      out.push_back("interface " + entry.path().string());
  }
  for (const char* controller : {"memory", "pids", "cpu", "."}) {
    const fs::path group = fs::path("/sys/fs/cgroup") / controller / "wisehosting" / installation_ / "builds";
    if (!fs::exists(group)) continue;
    for (const auto& entry : fs::directory_iterator(group)) {
      if (entry.is_directory()) out.push_back("cgroup " + entry.path().string());
    }
  }
  if (base::blocking_read_file("/proc/self/mountinfo").find(folder_.string()) != std::string::npos)
    out.emplace_back("mount");
  for (const auto& entry : fs::directory_iterator(folder_ / "builds" / "work"))
    out.push_back("folder " + entry.path().string());
  return out;
}

std::uint64_t BuildWorld::store_bytes(base::AppEnvironmentId app) const {
  return Stores::blocking_size(folder_ / "builds" / "stores" / app.to_string());
}

bool BuildWorld::store_contains(const std::string& text) const {
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "builds" / "stores")) {
    if (!entry.is_symlink() && entry.is_regular_file() && base::blocking_read_file(entry.path()).contains(text))
      return true;
  }
  return false;
}

}  // namespace builds::testing
