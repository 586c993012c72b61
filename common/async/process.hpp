#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"

namespace async {

/// A program to run. Never a shell; `argv[0]` without a slash is looked for in PATH of `env` (or the usual folders).
/// The program sees exactly `env`, descriptors 0–2 and default signal handling.
struct ProcessSpec {
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;
  std::optional<std::filesystem::path> cwd{};
  std::string stdin_data{};                            ///< empty: /dev/null
  std::size_t output_limit{std::size_t{1} << 20U};     ///< bytes kept of each stream; the tail is kept
  bool new_session{true};                              ///< setsid; else only a process group of its own
  std::optional<std::filesystem::path> stdout_file{};  ///< standard output goes here (made 0600), not into `out`
  bool append_to_file{false};                          ///< do not empty stdout_file first
  bool die_with_parent{true};                          ///< killed when this process dies
  std::optional<mode_t> umask{};                       ///< nothing: this process's
};

struct ProcessResult {
  int exit_code{-1};  ///< -1 when a signal ended it
  int signal{0};
  std::string out;
  std::string err;
  bool timed_out{false};
  bool ok() const { return exit_code == 0 && !timed_out; }
};

/// Runs a program to its end. When the deadline passes (`timed_out`) or the caller is cancelled (throws
/// operation_aborted), its whole process group gets SIGTERM, 2 s later SIGKILL, and is reaped before this returns.
/// Errors: `process.start` when it cannot be started. A program that leaves helpers behind with its pipes open is
/// waited for at most 1 s longer. On the caller's executor; nothing blocks.
Task<base::Result<ProcessResult>> run_process(ProcessSpec spec, base::Deadline deadline);

/// A program that lives long. All members on `executor`, which must run one thing at a time.
class ChildProcess {
 public:
  explicit ChildProcess(boost::asio::any_io_executor executor);
  /// Kills the group and reaps when `die_with_parent`; else leaves it running (it is reaped later).
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Once. Standard output and error are merged: into `stdout_file` when given, else for `read_some`. Error:
  /// `process.start`.
  base::Result<void> start(const ProcessSpec& spec);
  pid_t pid() const;
  bool running() const;
  /// The exit code, or 128 + signal. Also after the end. When the leader ends, what is left of the group is killed
  /// if `die_with_parent`. One caller at a time (`terminate` may be one more).
  Task<int> wait();
  /// SIGTERM to the group, after `grace` SIGKILL; then as `wait`.
  Task<int> terminate(base::Duration grace);
  /// To the whole group; nothing when it has ended.
  void send_signal(int signal_number);
  /// The next bytes of output, at most 64 KiB; empty at the end. Nobody reading stops the program once the pipe is
  /// full.
  Task<base::Result<std::string>> read_some();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace async
