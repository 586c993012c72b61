#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"
#include "common/base/id.hpp"
#include "common/base/unique_fd.hpp"
#include "worker-agent/logs/intake.hpp"
#include "worker-agent/logs/replica_spool.hpp"

namespace logs {

struct CollectorOptions {
  std::filesystem::path raw_folder;         ///< where conmon writes, one file a replica
  std::filesystem::path spool_folder;       ///< made when absent
  std::uint64_t raw_file_bytes{16 << 20U};  ///< at which conmon replaces a file
  IntakeLimits limits;
  std::uint64_t most_bytes_a_replica{64 << 20U};
  std::uint64_t most_bytes{std::uint64_t{4} << 30U};  ///< of all replicas; the oldest of the largest go first
  std::chrono::hours keep_after_end{72};              ///< logs of replicas that left this host
  std::chrono::milliseconds tidy_every{30'000};       ///< looks for what is over and what is too much
  std::chrono::milliseconds let_go_after{10'000};     ///< a log of a replica that left is closed
};

/// Takes over what this host's containers print, on a thread of its own: told by inotify, it looks at a file that grew
/// within a millisecond or two. A file is not touched before `know` said what must be hidden in it. Thread-safe.
class Collector {
 public:
  explicit Collector(CollectorOptions options);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// `values` must not be shown in this replica's log; from here on its output is taken over.
  void know(base::ReplicaId replica, const std::vector<std::string>& values);
  /// Whether this replica's output is being taken over.
  bool knows(base::ReplicaId replica) const;
  /// Makes the log of a replica that has not printed anything yet.
  void expect(base::ReplicaId replica);
  /// The replica's log; null when there is none and it is not known.
  std::shared_ptr<ReplicaSpool> spool(base::ReplicaId replica);
  /// True when all that the replica printed so far is in its log.
  bool drained(base::ReplicaId replica) const;
  /// Closes the files of logs whose replicas left this host, are taken over and read by nobody; each keeps three open.
  /// They can be read later all the same. To be called now and then.
  void let_go(const std::function<bool(base::ReplicaId)>& is_here);
  /// Makes durable what was committed; blocks. To be called each second.
  void blocking_sync();

 private:
  struct Log {
    std::shared_ptr<ReplicaSpool> spool;
    std::unique_ptr<Intake> intake;  ///< of the collector's thread
    bool grew{true};
    bool drained{false};
    std::uint64_t replaced{0};
    base::SteadyTime due{};
    base::SteadyTime left{};  ///< since when the replica is not on this host any more
  };
  using Logs = std::map<base::ReplicaId, std::shared_ptr<Log>>;

  void run();
  /// Waits for the host's next word, at most so long.
  void wait(base::Duration at_most);
  void read_events();
  base::Duration look_at_all();
  void look_at(Log& log, base::SteadyTime now);
  void tidy();
  bool is_over(base::ReplicaId replica) const;
  using Sizes = std::map<base::ReplicaId, std::uint64_t>;
  void keep_within_bound(Sizes sizes);
  std::shared_ptr<Log> find_or_open(Logs& logs, base::ReplicaId replica, bool make);
  std::filesystem::path raw_file(base::ReplicaId replica) const;
  void wake();

  CollectorOptions options_;
  base::SystemClock clock_;
  base::UniqueFd inotify_;
  base::UniqueFd wake_;
  std::atomic<bool> stopping_{false};
  base::Guarded<Logs> logs_;
  base::SteadyTime tidied_{};
  std::set<base::ReplicaId> unreadable_;  ///< whose folders cannot be read, told already
  base::SteadyTime looked_at_all_{};
  std::thread thread_;
};

}  // namespace logs
