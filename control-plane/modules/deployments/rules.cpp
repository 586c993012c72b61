#include "control-plane/modules/deployments/rules.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace deployments::rules {
namespace {

/// A new release whose process ended this often before it was ever healthy will not come up.
constexpr int kCrashesThatFail = 2;
/// Its agent restarts a replica with back-off; one that stays failed this long is made anew, at another port.
constexpr std::chrono::minutes kReplaceFailedAfter{10};

/// Agents put an app's last output behind this into their reason.
constexpr std::string_view kPrinted = "; it printed:\n";

/// Moves the output from the message into the last lines.
void split_output(Failure& failure) {
  const auto at = failure.message.find(kPrinted);
  if (at == std::string::npos) return;
  std::string line;
  for (const char c : failure.message.substr(at + kPrinted.size())) {
    if (c != '\n') {
      line.push_back(c);
      continue;
    }
    failure.last_lines.push_back(std::exchange(line, {}));
  }
  if (!line.empty()) failure.last_lines.push_back(line);
  failure.message.resize(at);
  failure.message += '.';
}

class Decider {
 public:
  explicit Decider(const World& world) : world_(world) {}

  Decision decide() {
    if (world_.deleting) {
      take_down();
    } else {
      take_in_deployments();
      if (decision_.actions.empty()) run_rollout();
      if (decision_.actions.empty()) keep_current();
      retire();
    }
    return std::move(decision_);
  }

 private:
  template <class A>
  void act(A action) {
    decision_.actions.emplace_back(std::move(action));
  }
  void check_at(base::UtcTime at) {
    if (!decision_.check_at || at < *decision_.check_at) decision_.check_at = at;
  }
  int wanted() const { return world_.stopped ? 0 : world_.desired_replicas; }

  static bool builds(const DeploymentView& d) {
    return d.build == BuildState::pending || d.build == BuildState::active;
  }

  void end(const DeploymentView& d, State state) {
    if (builds(d)) act(CancelBuild{d.id});
    if (world_.rollout && world_.rollout->deployment == d.id) act(EndRollout{to_string(state)});
    act(Become{d.id, state});
  }

  void take_down() {
    for (const auto& d : world_.unfinished) end(d, State::cancelled);
    for (const auto& replica : world_.replicas) take_out(replica, /*drain=*/false);
    if (decision_.actions.empty() && world_.replicas.empty() && world_.routes_confirmed) act(Erase{});
  }

  void take_in_deployments() {
    for (const auto& d : world_.unfinished) {
      if (d.cancel_requested) end(d, State::cancelled);
    }
    if (!decision_.actions.empty() || world_.unfinished.empty()) return;
    const auto& newest = world_.unfinished.back();
    for (const auto& d : world_.unfinished) {
      if (d.number == newest.number) continue;
      // One that is releasing goes on until the newer one is ready to take over.
      if (d.state != State::releasing || newest.state == State::built) end(d, State::superseded);
    }
    if (decision_.actions.empty()) advance(newest);
  }

  void advance(const DeploymentView& d) {
    if (d.state == State::built) {
      act(BeginRollout{d.id});
      return;
    }
    if (d.state == State::releasing) return;
    if (!d.needs_build) {
      act(Become{d.id, State::built});
      return;
    }
    switch (d.build) {
      case BuildState::none: act(EnqueueBuild{d.id}); break;
      case BuildState::pending: break;
      case BuildState::active:
        if (d.state == State::queued) act(Become{d.id, State::building});
        break;
      case BuildState::succeeded: act(Become{d.id, d.state == State::queued ? State::building : State::built}); break;
      case BuildState::failed:
        act(Fail{d.id,
                 Failure{.step = "build", .code = "", .message = "", .exit_code = {}, .last_lines = {}, .hint = ""}});
        break;
      case BuildState::cancelled: act(Become{d.id, State::cancelled}); break;
    }
  }

  std::vector<const ReplicaView*> living(base::ReleaseId release) const {
    std::vector<const ReplicaView*> found;
    for (const auto& replica : world_.replicas) {
      if (replica.release == release && !replica.stopping && !replica.worker_lost) found.push_back(&replica);
    }
    return found;
  }

  static bool gave_up(const ReplicaView& replica) {
    const bool hopeless = !replica.exit_code || replica.restarts + 1 >= kCrashesThatFail;
    return (replica.phase == "failed" && hopeless) || (replica.restarts > kCrashesThatFail && !replica.healthy());
  }

  void run_rollout() {
    if (!world_.rollout) return;
    const auto& rollout = *world_.rollout;
    if (wanted() == 0) {
      act(Promote{rollout.deployment});
      return;
    }
    auto replicas = living(rollout.to_release);
    // What scaling down made surplus is retired, and must not be brought in at the same time.
    std::erase_if(replicas, [this](const auto* r) { return r->index >= wanted(); });
    const auto broken = std::ranges::find_if(replicas, [](const auto* r) { return gave_up(*r); });
    if (broken != replicas.end()) {
      fail_rollout(explain(**broken));
      return;
    }
    if (world_.now >= rollout.deadline) {
      fail_rollout(deadline_failure(replicas));
      return;
    }
    check_at(rollout.deadline);
    bring_in(replicas, rollout.to_release);
    if (decision_.actions.empty()) hand_over(replicas);
  }

  void fail_rollout(Failure failure) {
    act(EndRollout{"failed"});
    act(Fail{world_.rollout->deployment, std::move(failure)});
  }

  Failure deadline_failure(const std::vector<const ReplicaView*>& replicas) const {
    Failure failure;
    failure.code = "progress_deadline";
    if (replicas.empty()) {
      failure.step = "place";
      failure.message = "No worker could take a replica within 10 minutes.";
      failure.hint = "Look at wh workers: is one online, with enough free memory?";
    } else if (std::ranges::all_of(replicas, [](const auto* r) { return r->healthy(); })) {
      failure.step = "route";
      failure.message = world_.edges_online == 0 ? "No edge is online to serve it."
                                                 : "The edges did not confirm the routes within 10 minutes.";
      failure.hint = "Look at wh workers: a worker with the capability edge must be online.";
    } else {
      failure.step = "start";
      failure.message = "It was not healthy within 10 minutes.";
    }
    return failure;
  }

  /// Healthy ones get traffic; missing ones are placed, one more at a time than are healthy (surge 1).
  void bring_in(const std::vector<const ReplicaView*>& replicas, base::ReleaseId release) {
    int healthy = 0;
    for (const auto* replica : replicas) {
      if (!replica->healthy()) continue;
      ++healthy;
      if (replica->routing != "ready") act(Route{replica->id, "ready"});
    }
    const int allowed = std::min(wanted(), healthy + 1);
    place_missing(replicas, release, allowed);
  }

  void place_missing(const std::vector<const ReplicaView*>& replicas, base::ReleaseId release, int allowed) {
    int present = static_cast<int>(replicas.size());
    for (int index = 0; index < wanted() && present < allowed; ++index) {
      const bool there = std::ranges::any_of(replicas, [index](const auto* r) { return r->index == index; });
      if (there) continue;
      act(Place{release, index});
      ++present;
    }
  }

  /// Old ones leave as new ones are confirmed; at the end the release is promoted.
  void hand_over(const std::vector<const ReplicaView*>& replicas) {
    const auto serving = [](const auto* r) { return r->healthy() && r->routing == "ready"; };
    const int ready = static_cast<int>(std::ranges::count_if(replicas, serving));
    if (!world_.routes_confirmed || world_.edges_online == 0) return;
    if (ready >= wanted()) {
      drain_old_ones();
      // Live means that every new request gets the new release.
      if (decision_.actions.empty()) act(Promote{world_.rollout->deployment});
      return;
    }
    int surplus = ready - wanted();
    for (const auto& replica : world_.replicas) {
      if (replica.release != world_.rollout->to_release && replica.routing == "ready") ++surplus;
    }
    for (const auto& replica : world_.replicas) {
      if (surplus <= 0) break;
      if (replica.release == world_.rollout->to_release || replica.routing != "ready") continue;
      act(Route{replica.id, "drain"});
      --surplus;
    }
  }

  void drain_old_ones() {
    for (const auto& replica : world_.replicas) {
      if (replica.release != world_.rollout->to_release && replica.routing == "ready") act(Route{replica.id, "drain"});
    }
  }

  void keep_current() {
    if (!world_.current_release || world_.rollout) return;
    const auto replicas = living(*world_.current_release);
    for (const auto* replica : replicas) {
      if (replica->phase != "failed" || !replica->observed_since) continue;
      const auto replace_at = *replica->observed_since + kReplaceFailedAfter;
      if (world_.now >= replace_at) {
        act(Stop{replica->id});
      } else {
        check_at(replace_at);
      }
    }
    if (!decision_.actions.empty()) return;
    for (const auto* replica : replicas) {
      if (replica->healthy() && replica->routing == "none" && replica->index < wanted())
        act(Route{replica->id, "ready"});
    }
    place_missing(replicas, *world_.current_release, wanted());
  }

  bool is_wanted(const ReplicaView& replica) const {
    if (replica.worker_lost || replica.stopping) return false;
    if (world_.rollout && replica.release == world_.rollout->to_release) return replica.index < wanted();
    if (!world_.current_release || replica.release != *world_.current_release) return false;
    return replica.index < wanted() && replica.routing != "drain";
  }

  void retire() {
    for (const auto& replica : world_.replicas) {
      if (!is_wanted(replica)) take_out(replica, /*drain=*/!replica.worker_lost);
    }
  }

  /// ready → drain → none → stopped; each step only after the edges confirmed the one before.
  void take_out(const ReplicaView& replica, bool drain) {
    if (replica.stopping && replica.routing == "none") return;
    if (replica.routing == "ready" && drain) {
      act(Route{replica.id, "drain"});
      return;
    }
    if (replica.routing == "drain" && drain) {
      const auto until = replica.routing_since + kDrainTime;
      if (world_.now < until) {
        check_at(until);
        return;
      }
    }
    if (replica.routing != "none") {
      act(Route{replica.id, "none"});
      return;
    }
    if (world_.routes_confirmed || world_.edges_online == 0) act(Stop{replica.id});
  }

  const World& world_;
  Decision decision_;
};

}  // namespace

Failure explain(const ReplicaView& replica) {
  Failure failure;
  failure.exit_code = replica.exit_code;
  failure.message = replica.reason.empty() ? "The app did not start." : replica.reason;
  split_output(failure);
  if (replica.exit_code) {
    failure.step = "start";
    failure.code = "app_exited";
    failure.hint = "Run the image's command locally, or look at its output in the logs: wh logs APP.";
  } else if (replica.has_run) {
    failure.step = "health";
    failure.code = "app_not_healthy";
    failure.hint = "The app must listen on 0.0.0.0 at the port in $PORT and answer its health path below 500.";
  } else {
    failure.step = "start";
    failure.code = "app_not_started";
  }
  return failure;
}

Decision decide(const World& world) {
  return Decider(world).decide();
}

}  // namespace deployments::rules
