#include "worker-agent/host/netns_folder.hpp"

#include <sys/mount.h>

#include <system_error>

namespace host {
namespace {

/// Fails for what is not a mount.
bool share(const std::filesystem::path& folder) {
  return ::mount("", folder.c_str(), "none", MS_SHARED, nullptr) == 0;
}

}  // namespace

bool blocking_share_netns_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (share(folder)) return true;
  if (!std::filesystem::is_empty(folder, error) || error) return false;
  return ::mount(folder.c_str(), folder.c_str(), "none", MS_BIND, nullptr) == 0 && share(folder);
}

}  // namespace host
