#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace host {

/// How one of the agent's own long-lived programs is run (podman's service, haproxy, the registry).
struct DaemonSpec {
  std::string name;                        ///< for messages, e.g. "haproxy"
  std::vector<std::string> argv;           ///< argv[0] is an absolute path; no shell
  std::map<std::string, std::string> env;  ///< exactly this environment
  std::filesystem::path log_file;          ///< standard output and error are appended here (mode 0600)
  std::filesystem::path cwd{"/"};
  std::string processor_group{};  ///< of `blocking_join_first`, where the host lets us; empty: none of its own
};

/// One process on this machine, told apart from a later one that got the same pid.
struct ProcessMark {
  pid_t pid{0};
  std::uint64_t start_time{0};  ///< as `base::start_time_of` says
  bool operator==(const ProcessMark&) const = default;
};

/// The mark of a living process; nothing when it is gone or a zombie.
std::optional<ProcessMark> process_mark(pid_t pid);

/// A program that outlives the agent: own session, nobody's child, recorded on disk before it runs, found again after
/// the agent was restarted or killed. A process is only ever signalled when its start time equals the record's, or, as
/// a fork that outlived the recorded one, when it is of its group with exactly its argv and environment. Not
/// thread-safe; what is called `blocking_` may wait, call it where that is allowed.
class Daemon {
 public:
  enum class Ensured { adopted, started };

  /// `record_file`: where {pid, start time, hash of argv and env} is kept; its folder exists.
  Daemon(DaemonSpec spec, std::filesystem::path record_file);

  /// Makes the program run: adopts the recorded process when it lives and was started with the same argv and env; stops
  /// one that was started differently (SIGTERM, 10 s, SIGKILL); else ends what a dead one forked and left behind, and
  /// starts it. Says nothing about the program being
  /// *ready*. A kill of the agent at any point leaves either no process or a recorded one. Starting takes about 3 ms.
  /// Error `daemon.exec_failed` with the program's name.
  base::Result<Ensured> blocking_ensure();

  /// True while the process that was adopted or started lives. Cheap (one read in /proc).
  bool alive() const;
  pid_t pid() const { return mark_ ? mark_->pid : 0; }
  const DaemonSpec& spec() const { return spec_; }

  /// SIGTERM, SIGKILL to its process group after `grace`, and the record is removed. Idempotent.
  void blocking_stop(base::Duration grace);
  /// The same for a record whose spec is not known any more (`wh-agent stop-host`). No record: nothing happens.
  static void blocking_stop_recorded(const std::filesystem::path& record_file, base::Duration grace);

 private:
  base::Result<void> blocking_start();

  DaemonSpec spec_;
  std::filesystem::path record_file_;
  std::optional<ProcessMark> mark_;
};

}  // namespace host
