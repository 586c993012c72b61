#pragma once

#include <sys/types.h>

#include "common/async/process.hpp"
#include "common/base/unique_fd.hpp"

namespace async::detail {

/// A child that has been started. It must be reaped through `reap` or handed to `reap_later`.
struct Spawned {
  pid_t pid{-1};
  base::UniqueFd pidfd;
};

/// Starts the program with these descriptors as 0, 1 and 2. Halts the calling thread until the program is executed
/// (about a millisecond), and leaves the other threads alone. Error: `process.start`.
base::Result<Spawned> spawn_child(const ProcessSpec& spec, int in, int out, int err);
/// Takes the status of a child that has ended (blocks when it has not): exit code, or minus the signal.
int reap(int pidfd);
/// For children that go on without us: their status is taken whenever another child is started.
void reap_later(base::UniqueFd pidfd);
/// A signal to the whole group; only before the leader is reaped, for then the number may belong to somebody else.
void signal_group(pid_t leader, int signal_number);

/// Where the child reads: /dev/null, or memory that holds `data`.
base::Result<base::UniqueFd> open_stdin(const std::string& data);
/// Where the child writes, when that is a file.
base::Result<base::UniqueFd> open_output_file(const std::filesystem::path& path, bool append);
struct Pipe {
  base::UniqueFd read_end;  ///< does not block
  base::UniqueFd write_end;
};
base::Result<Pipe> open_pipe();

}  // namespace async::detail
