#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "worker-agent/builds/jail/options.hpp"

namespace jail {

struct CgroupEvents {
  std::uint64_t oom_kills{0};
  std::uint64_t pids_refused{0};
};

/// The control groups of one jail, version 1, hybrid or 2 (found out by itself). The limits stand on the parent; the
/// jail's processes live in its child `jail`, so what they see as their root holds no limits to change. All block,
/// throw `base::Failure`.
class Cgroup {
 public:
  /// Makes the groups and sets the limits. Left-over groups of that name are emptied and taken over.
  Cgroup(std::string name, const Limits& limits);
  void add(pid_t pid) const;
  CgroupEvents events() const;
  /// Kills what is left and removes the groups; at most 3 s.
  void remove() const noexcept;

  /// For the agent: what a jail that was killed left behind.
  static void remove_left_over(const std::string& name) noexcept;

 private:
  explicit Cgroup(std::string name);
  void create(const Limits& limits) const;
  std::filesystem::path parent(const std::string& controller) const;
  std::uint64_t counter(const std::filesystem::path& file, const std::string& key) const;

  std::string name_;
  bool unified_;
  std::vector<std::string> controllers_;  ///< version 1 only
};

}  // namespace jail
