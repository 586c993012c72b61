#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace runtime {

/// The full ids of the containers that have a control group beneath `parent` (e.g. "/wh-1f2e3d4c"), in the pids tree of
/// version 1 or in the one tree of version 2. Reads one folder of the kernel's memory.
std::set<std::string> containers_with_groups(const std::string& parent);

/// Sends SIGKILL to every process of the container's group. Returns how many there were.
int kill_group(const std::string& parent, const std::string& container);

/// Removes the groups at `path` ("/wh-1f2e3d4c", "/wh-1f2e3d4c/libpod-…") and beneath it in every tree. A group that
/// still holds a process stays; none there: nothing to do.
void remove_groups(const std::string& path);

}  // namespace runtime
