#include "control-plane/modules/deployments/rules.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace deployments::rules {
namespace {

/// A new release whose process ended this often before it was ever healthy will not come up.
constexpr int kCrashesThatFail = 2;
/// Its agent restarts a replica with back-off; one that stays failed this long is made anew, at another port.
constexpr std::chrono::minutes kReplaceFailedAfter{10};
/// How many replicas more than wanted there may be while others take over.
constexpr int kSurge = 1;
/// How long an old replica stays for edges that are away.
constexpr std::chrono::minutes kWaitForUnreachableEdges{10};

class Decider {
 public:
  explicit Decider(const World& world) : world_(world) {}

  Decision decide() {
    if (world_.deleting) {
      take_down();
      return std::move(decision_);
    }
    take_in_deployments();
    if (decision_.actions.empty()) run_rollout();
    if (decision_.actions.empty()) keep_current();
    if (!turns_) retire();
    return std::move(decision_);
  }

 private:
  template <class A>
  void act(A action) {
    // What is wanted is another thing afterwards: who leaves is for the next look.
    turns_ = turns_ || std::is_same_v<A, BeginRollout> || std::is_same_v<A, EndRollout> || std::is_same_v<A, Promote>;
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
    if (world_.now < world_.erase_at) {
      check_at(world_.erase_at);
    } else if (decision_.actions.empty() && world_.replicas.empty() && world_.routes_confirmed) {
      act(Erase{});
    }
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

  /// What its agent tries again and may yet succeed, however often it failed: the registry or the engine is away.
  static bool may_yet_start(const ReplicaView& replica) { return replica.cause == "pull" || replica.cause == "create"; }

  static bool gave_up(const ReplicaView& replica) {
    if (may_yet_start(replica) || replica.cause == "port") return false;
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
      fail_rollout(explain_deadline(replicas, world_.edges_online > 0));
      return;
    }
    check_at(rollout.deadline);
    const auto healthy = std::ranges::count_if(replicas, [](const auto* r) { return r->healthy(); });
    decision_.progress = Progress{static_cast<int>(healthy), wanted()};
    bring_in(replicas, rollout.to_release);
    if (decision_.actions.empty()) promote_when_alone(replicas);
  }

  void fail_rollout(Failure failure) {
    act(EndRollout{"failed"});
    act(Fail{world_.rollout->deployment, std::move(failure)});
  }

  /// Healthy ones get traffic, also those that were just being drained; what cannot have its port gets another one;
  /// missing ones are placed.
  void bring_in(const std::vector<const ReplicaView*>& replicas, base::ReleaseId release) {
    for (const auto* replica : replicas) {
      if (replica->phase == "failed" && replica->cause == "port") act(Stop{replica->id});
      if (replica->healthy() && replica->routing != "ready") act(Route{replica->id, "ready"});
    }
    place_missing(replicas, release);
  }

  /// At most one more than wanted at a time (surge 1), not counting those that are on their way out.
  void place_missing(const std::vector<const ReplicaView*>& replicas, base::ReleaseId release) {
    const auto counts = [](const ReplicaView& r) { return !r.stopping && !r.worker_lost; };
    int room = wanted() + kSurge;
    for (const auto& replica : world_.replicas) {
      const bool stays = replica.release == release && replica.index < wanted();
      if (counts(replica) && (stays || replica.routing == "ready")) --room;
    }
    for (int index = 0; index < wanted() && room > 0; ++index) {
      const bool there = std::ranges::any_of(replicas, [index](const auto* r) { return r->index == index; });
      if (there) continue;
      act(Place{release, index});
      --room;
    }
  }

  /// Live means that every new request gets the new release.
  void promote_when_alone(const std::vector<const ReplicaView*>& replicas) {
    const auto ready = std::ranges::count_if(replicas, [](const auto* r) { return r->healthy() && r->serving(); });
    if (!world_.routes_confirmed || world_.edges_online == 0 || ready < wanted()) return;
    const auto other = [this](const auto& r) {
      return r.release != world_.rollout->to_release && r.routing == "ready";
    };
    if (std::ranges::none_of(world_.replicas, other)) act(Promote{world_.rollout->deployment});
  }

  void keep_current() {
    if (!world_.current_release || world_.rollout) return;
    auto replicas = living(*world_.current_release);
    std::erase_if(replicas, [this](const auto* r) { return r->index >= wanted(); });
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
    bring_in(replicas, *world_.current_release);
    if (decision_.actions.empty()) step_aside(replicas);
  }

  /// A sick replica gets no requests as long as another one takes them; the last route is never taken away.
  void step_aside(const std::vector<const ReplicaView*>& replicas) {
    if (!world_.routes_confirmed || serving() == 0) return;
    for (const auto* replica : replicas) {
      if (replica->routing == "ready" && !replica->serving()) act(Route{replica->id, "none"});
    }
  }

  int serving() const {
    return static_cast<int>(std::ranges::count_if(world_.replicas, [](const auto& r) { return r.serving(); }));
  }

  bool is_wanted(const ReplicaView& replica) const {
    if (replica.worker_lost || replica.stopping) return false;
    const auto release = world_.rollout ? world_.rollout->to_release : world_.current_release;
    return release && replica.release == *release && replica.index < wanted();
  }

  /// Those that are not wanted leave, but never so many that fewer than wanted serve (unavailable 0). What is neither
  /// current nor new goes first, so that a return to the current release finds as much of it as can be.
  void retire() {
    std::vector<const ReplicaView*> leaving;
    for (const bool of_current : {false, true}) {
      for (const auto& replica : world_.replicas) {
        if (!is_wanted(replica) && (replica.release == world_.current_release) == of_current)
          leaving.push_back(&replica);
      }
    }
    const bool nobody_needed = wanted() == 0 || (!world_.rollout && !world_.current_release);
    int surplus = nobody_needed ? static_cast<int>(leaving.size()) : 0;
    if (!nobody_needed && world_.routes_confirmed && world_.edges_online > 0) surplus = serving() - wanted();
    for (const auto* replica : leaving) {
      if (replica->serving() && surplus-- <= 0) continue;
      take_out(*replica, /*drain=*/!replica->worker_lost && replica->phase != "failed");
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
    if (!world_.routes_confirmed && world_.edges_online > 0) return;
    // An edge that cannot be reached may still send requests: those before the break, and its clients know no other.
    const auto until = replica.routing_since + kWaitForUnreachableEdges;
    const bool served = drain && replica.has_served;
    if (served && !world_.routes_confirmed_everywhere && world_.now < until) {
      check_at(until);
      return;
    }
    act(Stop{replica.id});
  }

  const World& world_;
  Decision decision_;
  bool turns_{false};
};

}  // namespace

Decision decide(const World& world) {
  return Decider(world).decide();
}

}  // namespace deployments::rules
