#pragma once

#include "control-plane/app/all_in_one/process.hpp"

namespace all_in_one {

inline constexpr const char* kDatabase = "wisehosting";

/// The private PostgreSQL cluster of one installation: unix socket only, its own unprivileged user. The home may stand
/// beneath a folder that this user cannot enter, so PostgreSQL sees home/postgres at a short path beneath /run, in a
/// mount namespace of its own.
class Cluster {
 public:
  /// Throws `Failure` when the user or the server's programs are missing.
  Cluster(const AllInOneOptions& options, Layout layout);

  bool exists() const;
  /// Makes the folders, and the configuration anew (it always follows this program).
  void blocking_prepare() const;
  /// The commands that make the cluster, in order; then call `blocking_finish_making`. A run that was cut short is
  /// started over: nothing counts before the last rename.
  std::vector<Command> making() const;
  void blocking_finish_making() const;

  Command server() const;
  /// True when the server of this pid accepts connections. One short file read.
  bool ready(pid_t pid) const;

 private:
  Command command(std::vector<std::string> argv) const;

  Layout layout_;
  std::filesystem::path binaries_;
  std::filesystem::path folder_;   ///< home/postgres
  std::filesystem::path visible_;  ///< the same folder as PostgreSQL sees it
  UserIds user_;
};

}  // namespace all_in_one
