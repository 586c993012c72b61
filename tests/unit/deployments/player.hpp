#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/unit/deployments/worlds.hpp"

namespace deployments::rules {

/// Carries decisions out as the reconciler does, on a world in memory, and checks the promises of DESIGN 1 and 3 at
/// each step. Agents, edges, builders, people and time are played by the test.
class Player {
 public:
  World world{a_world()};
  std::map<std::int64_t, State> states;  ///< of every deployment, by number
  bool erased{false};
  int builds_cancelled{0};

  /// Decides and acts until nothing is left to do now.
  void decide_and_act() {
    for (int round = 0; round < 60; ++round) {
      const auto decision = decide(world);
      if (decision.actions.empty()) return;
      for (const auto& action : decision.actions) {
        apply(action);
        check();
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
    FAIL() << "decisions do not come to an end";
  }

  std::int64_t deploy(bool needs_build = true) {
    world.unfinished.push_back(a_deployment(++last_number_, State::queued));
    world.unfinished.back().needs_build = needs_build;
    states[last_number_] = State::queued;
    return last_number_;
  }
  DeploymentView* find(std::int64_t number) {
    const auto found = std::ranges::find(world.unfinished, number, &DeploymentView::number);
    return found == world.unfinished.end() ? nullptr : &*found;
  }

  // The others, doing what they are told.
  void builders_work() {
    for (auto& d : world.unfinished) {
      if (d.build == BuildState::pending || d.build == BuildState::active) d.build = BuildState::succeeded;
    }
  }
  void agents_work() {
    std::erase_if(world.replicas, [](const auto& r) { return r.stopping; });
    for (auto& replica : world.replicas) {
      if (!replica.worker_lost) replica = healthy(replica);
    }
  }
  void edges_work() {
    world.routes_confirmed = true;
    world.routes_confirmed_everywhere = true;
  }
  /// Everything works for a while: what is left is where it ends.
  void settle() {
    world.edges_online = std::max(1, world.edges_online);
    for (int i = 0; i < 200 && !::testing::Test::HasFatalFailure(); ++i) {
      builders_work();
      agents_work();
      edges_work();
      world.now += std::chrono::seconds(11);
      decide_and_act();
    }
  }

  int wanted() const { return world.stopped ? 0 : world.desired_replicas; }
  int serving() const {
    return static_cast<int>(std::ranges::count_if(world.replicas, [](const auto& r) { return r.serving(); }));
  }
  std::int64_t live() const { return live_number_; }
  /// How many replicas of the deployment with this number are there.
  int replicas_of(std::int64_t number) const {
    return static_cast<int>(std::ranges::count_if(
        world.replicas, [&](const auto& r) { return !r.stopping && numbers_.at(r.release) == number; }));
  }
  ReplicaView& replica(base::ReplicaId id) { return *std::ranges::find(world.replicas, id, &ReplicaView::id); }

  void apply(const Action& action) {
    std::visit([this](const auto& a) { on(a); }, action);
  }

 private:
  DeploymentView& deployment(base::DeploymentId id) {
    return *std::ranges::find(world.unfinished, id, &DeploymentView::id);
  }
  void move(base::DeploymentId id, State to) {
    auto& d = deployment(id);
    ASSERT_TRUE(may_become(d.state, to)) << to_string(d.state) << " to " << to_string(to);
    d.state = to;
    states[d.number] = to;
    if (!is_unfinished(to)) std::erase_if(world.unfinished, [id](const auto& other) { return other.id == id; });
  }

  void on(const EnqueueBuild& a) {
    ASSERT_EQ(deployment(a.deployment).build, BuildState::none) << "a second build of one deployment";
    deployment(a.deployment).build = BuildState::pending;
  }
  void on(const CancelBuild& a) {
    deployment(a.deployment).build = BuildState::cancelled;
    ++builds_cancelled;
  }
  void on(const Become& a) { move(a.deployment, a.state); }
  void on(const Fail& a) { move(a.deployment, State::failed); }
  void on(const BeginRollout& a) {
    ASSERT_FALSE(world.rollout) << "two rollouts at a time";
    ASSERT_GT(deployment(a.deployment).number, live_number_) << "an older deployment went on after a newer one";
    const auto release = make_id<base::ReleaseId>();
    numbers_[release] = deployment(a.deployment).number;
    world.rollout = RolloutView{a.deployment, release, world.now + kProgressDeadline};
    move(a.deployment, State::releasing);
  }
  void on(const EndRollout&) {
    ASSERT_TRUE(world.rollout);
    world.rollout.reset();
  }
  void on(const Promote& a) {
    ASSERT_TRUE(world.rollout && world.rollout->deployment == a.deployment);
    if (live_number_ != 0) states[live_number_] = State::superseded;
    world.current_release = world.rollout->to_release;
    live_number_ = numbers_[*world.current_release];
    world.rollout.reset();
    move(a.deployment, State::live);
  }
  void on(const Place& a) {
    const auto same = [&a](const auto& r) {
      return r.release == a.release && r.index == a.index && !r.stopping && !r.worker_lost;
    };
    ASSERT_TRUE(std::ranges::none_of(world.replicas, same)) << "one index was placed twice";
    world.replicas.push_back(a_replica(a.release, a.index));
    const auto counts = [this, &a](const auto& r) {
      const bool stays = r.release == a.release && r.index < wanted();
      return !r.stopping && !r.worker_lost && (stays || r.routing == "ready");
    };
    ASSERT_LE(std::ranges::count_if(world.replicas, counts), wanted() + 1) << "more than one above what is wanted";
  }
  void on(const Route& a) {
    auto& r = replica(a.replica);
    const bool took_requests = r.serving();
    if (a.routing == "ready") {
      ASSERT_TRUE(r.healthy()) << "traffic for a replica that is not healthy";
      r.has_served = true;
      if (world.rollout && r.release == world.rollout->to_release) {
        world.rollout->deadline = world.now + kProgressDeadline;
      }
    }
    r.routing = a.routing;
    r.routing_since = world.now;
    world.routes_confirmed = false;
    world.routes_confirmed_everywhere = false;
    const bool needed = !world.deleting && (world.rollout || world.current_release);
    if (took_requests && a.routing != "ready" && needed) {
      ASSERT_GE(serving(), wanted()) << "a replica that serves was taken away too early";
    }
  }
  void on(const Stop& a) {
    ASSERT_TRUE(replica(a.replica).routing == "none" || replica(a.replica).phase == "failed")
        << "stopped with traffic on it";
    replica(a.replica).stopping = true;
  }
  void on(const Erase&) {
    ASSERT_TRUE(world.replicas.empty()) << "erased with replicas";
    ASSERT_GE(world.now, world.erase_at) << "erased before its time";
    erased = true;
  }

  void check() const {
    if (!world.rollout) return;
    const auto owner = std::ranges::find(world.unfinished, world.rollout->deployment, &DeploymentView::id);
    ASSERT_TRUE(owner != world.unfinished.end()) << "a rollout without its deployment";
  }

  std::map<base::ReleaseId, std::int64_t> numbers_;
  std::int64_t last_number_{0};
  std::int64_t live_number_{0};
};

}  // namespace deployments::rules
