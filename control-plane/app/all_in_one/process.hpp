#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/unique_fd.hpp"
#include "control-plane/app/all_in_one/all_in_one.hpp"

namespace all_in_one {

/// The unprivileged user a program runs as.
struct UserIds {
  uid_t uid;
  gid_t gid;
};

/// A folder that the program sees at another place too, in a mount namespace of its own.
struct BindMount {
  std::filesystem::path from;
  std::filesystem::path to;
};

/// A program to be started: no shell, exactly this environment.
struct Command {
  std::vector<std::string> argv;  ///< argv[0] is an absolute path
  Environment env;
  std::filesystem::path log_file;  ///< standard error, and standard output unless told otherwise; appended
  std::optional<std::filesystem::path> output_file{};  ///< standard output instead; replaced, 0600
  std::string input{};                                 ///< standard input; at most 64 KiB
  std::optional<UserIds> user{};
  std::optional<BindMount> bind{};
  int death_signal{15};  ///< sent by the kernel when the supervisor dies
};

/// How a process ended.
struct Ending {
  int exit_code{0};
  int signal{0};  ///< 0 unless a signal ended it
  bool good() const { return exit_code == 0 && signal == 0; }
  std::string text() const;
};

/// One process on this machine, told apart from a later one with the same pid.
struct ProcessMark {
  std::string name;
  pid_t pid{0};
  std::uint64_t start_time{0};  ///< as `base::start_time_of` says
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("pid", pid);
    f.required("start_time", start_time);
  }
};

/// Signals exactly the marked process; nothing when it is gone.
void signal_marked(const ProcessMark& mark, int signal_number);

/// A child of this process. Not thread-safe.
class Process {
 public:
  /// Starts it; returns when the program runs. Throws `Failure` with the program's path when it cannot.
  /// Costs a fork of a small process: about 1 ms.
  static Process start(const std::string& name, const Command& command);

  const ProcessMark& mark() const { return mark_; }
  int pidfd() const { return pidfd_.get(); }
  void signal(int signal_number) const;
  /// Its ending, once it has ended; reaps it.
  std::optional<Ending> ending();

 private:
  Process(ProcessMark mark, base::UniqueFd pidfd) : mark_(std::move(mark)), pidfd_(std::move(pidfd)) {}
  ProcessMark mark_;
  base::UniqueFd pidfd_;
};

}  // namespace all_in_one
