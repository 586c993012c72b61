#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "worker-agent/edge/disk.hpp"
#include "worker-agent/edge/runtime_socket.hpp"
#include "worker-agent/edge/seen.hpp"
#include "worker-agent/host/daemon.hpp"

namespace edge {

/// The HAProxy process (master and worker) and its runtime API. Everything on the caller's one executor, one call at a
/// time; files and processes are touched on the pool.
class Haproxy {
 public:
  /// `program` is HAProxy's absolute path, `group` its host::DaemonSpec::processor_group. The configuration in `disk`
  /// must be written before `ensure`.
  Haproxy(std::filesystem::path program, std::string group, std::filesystem::path socket, const Disk& disk,
          async::BlockingPool& pool);

  /// True while the process that `ensure` found or started lives. One read in /proc.
  bool alive() const { return daemon_.alive(); }
  /// Adopts the running HAProxy or starts it, and waits until it answers (at most 10 s). One that runs with another
  /// frame or number of slots is reloaded. Errors: `edge.start` with where its log is, `daemon.exec_failed`.
  async::Task<base::Result<void>> ensure(std::string frame, int slots);
  /// Tests the configuration on disk, then has it loaded by a new worker; the old one ends its requests by itself (at
  /// most 10 min). Error `edge.bad_config`: nothing changed.
  async::Task<base::Result<void>> reload(std::string frame, int slots);

  struct Look {
    Seen seen;
    std::vector<ServerCounters> rows;
  };
  /// What it serves, and what these backends counted, in one conversation.
  async::Task<base::Result<Look>> see(std::vector<std::string> counted) const;
  /// As RuntimeSocket::order.
  async::Task<base::Result<void>> order(std::vector<std::string> commands) const;
  /// Has a server that takes no requests any more close the connections that it keeps open for the next: HAProxy 2.6
  /// closes them when an address changes, and deletes no server that has one.
  async::Task<base::Result<void>> close_idle(std::vector<std::string> paths) const;
  /// Puts servers into maintenance, then has their backends' rows told, then cuts the sessions of some: in one
  /// conversation. Error `edge.haproxy_refused`.
  async::Task<base::Result<std::vector<ServerCounters>>> retire(std::vector<std::string> paths,
                                                                std::vector<std::string> backends,
                                                                std::vector<std::string> cut) const;
  /// Deletes servers that are in maintenance; answers with those that are gone. One with a connection stays.
  async::Task<base::Result<std::vector<std::string>>> remove(std::vector<std::string> paths) const;
  /// The servers of a backend.
  async::Task<base::Result<std::vector<ServerCounters>>> counters(std::string backend) const;
  /// Servers and the backend's own row of each of these backends, or ("-1") of all.
  async::Task<base::Result<std::vector<ServerCounters>>> rows(std::vector<std::string> backends) const;
  struct Totals {
    std::uint64_t requests{0};
    std::uint64_t connections{0};
  };
  /// Of all hosts together; cheap.
  async::Task<base::Result<Totals>> totals() const;
  /// True while a worker from before a reload still has requests in flight.
  bool old_worker_alive();

 private:
  async::Task<base::Result<std::vector<std::string>>> ask_all(std::vector<std::string> commands) const;
  async::Task<base::Result<pid_t>> worker_pid() const;
  async::Task<base::Result<void>> wait_for_worker_other_than(pid_t old_worker);
  async::Task<base::Result<void>> test_config() const;

  const Disk& disk_;
  async::BlockingPool& pool_;
  base::SystemClock clock_;  // deadlines of sockets and processes are real time
  RuntimeSocket socket_;
  host::Daemon daemon_;
  std::vector<host::ProcessMark> old_workers_;
};

}  // namespace edge
