#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/nudge.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "worker-agent/edge/answer_log.hpp"
#include "worker-agent/edge/disk.hpp"
#include "worker-agent/edge/drains.hpp"
#include "worker-agent/edge/haproxy.hpp"
#include "worker-agent/edge/layout.hpp"
#include "worker-agent/edge/seen.hpp"
#include "worker-agent/edge/traffic.hpp"
#include "worker-agent/link/capability.hpp"

namespace edge {

struct EdgeSettings {
  std::filesystem::path state_dir;        ///< the edge keeps its files in `state_dir`/edge
  std::filesystem::path socket;           ///< HAProxy's runtime socket, a short path: `runtime_dir`/haproxy.sock
  std::string http_address{"127.0.0.1"};  ///< edge.http_address
  int http_port{7080};                    ///< edge.http_port
  int slots{1000};                        ///< edge.slots: backends at first; the pool grows by reload
  SlotRules slot_rules{};
  base::Duration drain_grace{std::chrono::seconds(30)};  ///< where a route does not say
  /// After the grace of a drain its connections are the app's to end (it is told to stop then); what is left of them
  /// after so long is cut.
  base::Duration last_words{Drains::kLastWords};
  base::Duration request_time{std::chrono::seconds(10)};  ///< for a request's head to arrive
  std::filesystem::path haproxy{"/usr/sbin/haproxy"};
  std::string user{"haproxy"};  ///< HAProxy's user and group when the agent is root
  std::string processor_group;  ///< host::DaemonSpec::processor_group of HAProxy
};

/// What one replica served since it was added to the edge; an HAProxy restart begins at 0.
struct ReplicaCounters {
  base::ReplicaId replica;
  ServerCounters counters;
};

/// Public ingress: keeps HAProxy serving exactly the routes of the newest assignment, through its runtime socket and
/// without a reload. What is served is on disk first, so a restart of HAProxy or of the agent changes nothing.
/// Everything on one executor that runs one thing at a time.
class Edge final : public agent::AssignmentHandler {
 public:
  /// `clock` times the quarantine of slots; drains and timeouts take real time. Throws base::Failure for settings that
  /// cannot stand in a configuration.
  Edge(EdgeSettings settings, async::BlockingPool& pool, const base::Clock& clock,
       boost::asio::any_io_executor executor);

  /// The loop that starts HAProxy, watches it (each 500 ms) and converges. Runs until cancelled; HAProxy stays.
  async::Task<void> run();

  /// Answers `applied` once HAProxy confirmed every host and target. A target in state `drain` takes no new requests
  /// from then on, requests in flight go on. A target that is *absent* takes none either; until it is drained and
  /// deleted, or the route's grace is over, its route is `pending`, and the answer `partial`. So an answer for
  /// a generation without a target, and without its route among the pending, permits stopping its replica. Refused:
  /// anything malformed, a host in two routes; then the set in force stays. `partial` without `pending` when HAProxy
  /// does not run.
  async::Task<agent::ApplyResult> apply(std::vector<agent::ObjectBody> objects, bool shrink) override;
  /// Returns when fewer routes wait for requests in flight than the last answer said.
  async::Task<agent::ApplyResult> settle() override;

  /// Counters of an app's replicas; empty when it has no route. Errors: HAProxy is away.
  async::Task<base::Result<std::vector<ReplicaCounters>>> counters(base::AppEnvironmentId app) const;

  /// Reads HAProxy's answer log for latencies. Runs until cancelled, beside `run`; without it there are no percentiles.
  async::Task<void> read_answers();
  /// For `stats.report`: what changed since the last, and the records of switches.
  protocol::EdgeStats report();
  /// The last report went nowhere.
  void report_lost() { traffic_.tell_again(); }
  /// Called when a switch was opened, came to its last part or is final: worth a report. Set before `run`.
  void on_step(std::function<void()> told) { on_step_ = std::move(told); }

  /// Stops the HAProxy that an agent with this state_dir started, if it lives (`wh-agent stop-host`).
  static void blocking_stop_recorded(const std::filesystem::path& state_dir, base::Duration grace);

 private:
  /// Somebody in `apply` who waits for a set to be served.
  struct Waiter {
    async::Nudge nudge;
    std::uint64_t planned_as{0};  ///< the generation that was planned with it; several may be planned as one
    bool removes{false};          ///< a target had to go
  };

  async::Task<base::Result<void>> tick();
  void note_outcome(const base::Result<void>& outcome);
  async::Task<base::Result<void>> keep_running();
  async::Task<base::Result<void>> adopt_wanted();
  async::Task<base::Result<void>> reload();
  using Rows = std::vector<ServerCounters>;
  async::Task<base::Result<Rows>> converge();
  async::Task<base::Result<void>> advance_drains(Rows rows);
  /// Servers that nothing waits for: all of them, those with idle connections, those with sessions to be cut. And the
  /// backends whose counters are wanted now, for what a server counted goes with it.
  struct Leaving {
    std::vector<std::string> all;
    std::vector<std::string> idle;
    std::vector<std::string> cut;
    std::set<std::string> backends;
    std::map<std::string, std::uint64_t> over;  ///< servers whose grace is, with so many connections
  };
  Leaving leaving(const Rows& rows);
  async::Task<base::Result<void>> remove_servers(Leaving leaving);
  Moment moment() const;
  async::Task<base::Result<void>> count(std::vector<std::string> backends);
  async::Task<base::Result<void>> count_in_time();
  void tell_steps();
  bool is_confirmed(const Waiter& waiter);
  /// The routes with a target on its way out; nothing while that cannot be told.
  std::optional<std::vector<std::string>> pending(bool removes);
  agent::ApplyResult served(std::vector<std::string> waiting);
  std::shared_ptr<Waiter> new_waiter();
  void note_owners();
  void note_planned(const Layout& next, std::uint64_t generation);
  void tell_waiters();
  base::Duration next_wait();

  EdgeSettings settings_;
  async::BlockingPool& pool_;
  const base::Clock& clock_;
  base::SystemClock real_;
  boost::asio::any_io_executor executor_;
  std::string frame_;
  Disk disk_;
  Haproxy haproxy_;
  async::Nudge nudge_;

  Layout layout_;
  bool loaded_{false};
  std::vector<Route> wanted_;
  std::uint64_t wanted_generation_{0};     ///< raised by each accepted apply
  std::uint64_t planned_generation_{0};    ///< what `layout_` holds
  std::uint64_t confirmed_generation_{0};  ///< what HAProxy confirmed
  bool suspect_{true};                     ///< compare with HAProxy although nothing was asked for
  base::SteadyTime compared_at_;
  Drains drains_;
  /// By backend, also of apps that just left: no slot is given out again within its quarantine.
  struct Owner {
    base::AppEnvironmentId app;
    base::Duration grace{};
  };
  std::map<std::string, Owner> owners_;
  std::vector<std::string> told_pending_;  ///< what the last answer said
  int failures_{0};                        ///< ticks in a row that failed
  std::string trouble_;                    ///< why HAProxy does not serve; empty: it does
  std::vector<std::weak_ptr<Waiter>> waiters_;
  bool gone_{false};        ///< HAProxy died and is not back yet
  bool reload_due_{false};  ///< the pool grew, and HAProxy does not have it yet

  Traffic traffic_;
  AnswerLog answers_;
  Haproxy::Totals totals_;
  base::SteadyTime counted_at_;
  base::SteadyTime watched_at_;
  std::uint64_t told_steps_{0};
  std::function<void()> on_step_;
};

}  // namespace edge
