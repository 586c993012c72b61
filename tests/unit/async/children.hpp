#pragma once

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "common/async/process.hpp"
#include "common/base/unique_fd.hpp"

namespace testing_async {

inline async::ProcessSpec helper(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), PROCESS_HELPER);
  return async::ProcessSpec{.argv = std::move(arguments), .env = {{"ASAN_OPTIONS", "detect_leaks=0"}}};
}

/// True when the process is gone or ends within `at_most`.
inline bool ends(pid_t pid, std::chrono::milliseconds at_most = std::chrono::seconds(30)) {
  const base::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) return errno == ESRCH;
  pollfd waiting{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(at_most.count())) == 1;
}

/// True when this process has no child at all, not even an ended one.
inline bool childless() {
  return ::waitpid(-1, nullptr, WNOHANG | __WALL) == -1 && errno == ECHILD;
}

}  // namespace testing_async
