// A random walk through worlds: whatever happens, in whatever order, the invariants of DESIGN 1 and 3 hold at each
// step.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/deployments/worlds.hpp"

namespace deployments::rules {
namespace {

/// Carries decisions out as the reconciler does, on a world in memory, and plays agents, edges, people and time.
class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed), world_(a_world()) {}

  void step() {
    happen();
    for (int round = 0; round < 60; ++round) {
      const auto decision = decide(world_);
      if (decision.actions.empty()) return;
      for (const auto& action : decision.actions) {
        apply(action);
        check();
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
    FAIL() << "decisions do not come to an end";
  }

  /// Lets everything that was asked for succeed, until nothing moves any more.
  void settle() {
    world_.edges_online = 1;
    for (int i = 0; i < 400; ++i) {
      world_.routes_confirmed = true;
      for (auto& replica : world_.replicas) {
        if (!replica.stopping) replica = healthy(replica);
      }
      std::erase_if(world_.replicas,
                    [](const auto& r) { return r.stopping || (r.worker_lost && r.routing == "none"); });
      for (auto& d : world_.unfinished) {
        if (d.build == BuildState::pending || d.build == BuildState::active) d.build = BuildState::succeeded;
      }
      world_.now += std::chrono::seconds(11);
      for (const auto& action : decide(world_).actions) apply(action);
    }
  }

  const World& world() const { return world_; }
  bool erased() const { return erased_; }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void happen() {
    switch (pick(12)) {
      case 0: world_.unfinished.push_back(a_deployment(++last_number_, State::queued)); break;
      case 1:
        world_.unfinished.push_back(a_deployment(++last_number_, State::queued));
        world_.unfinished.back().needs_build = false;
        break;
      case 2:
        if (!world_.unfinished.empty()) world_.unfinished.back().cancel_requested = true;
        break;
      case 3: world_.stopped = !world_.stopped; break;
      case 4: world_.desired_replicas = pick(4); break;
      case 5: world_.edges_online = pick(2); break;
      case 6: world_.now += std::chrono::seconds(pick(700)); break;
      case 7: {
        for (auto& d : world_.unfinished) {
          if (d.build == BuildState::pending)
            d.build = BuildState::active;
          else if (d.build == BuildState::active)
            d.build = pick(3) == 0 ? BuildState::failed : BuildState::succeeded;
        }
        break;
      }
      case 8:
        if (!world_.replicas.empty())
          world_.replicas[static_cast<std::size_t>(pick(static_cast<int>(world_.replicas.size())))].worker_lost = true;
        break;
      default: observe(); break;
    }
  }

  void observe() {
    world_.routes_confirmed = pick(3) != 0;
    std::erase_if(world_.replicas, [](const auto& r) { return r.stopping; });
    for (auto& replica : world_.replicas) {
      const int what = pick(5);
      if (what == 0) {
        replica.phase = "failed";
        replica.health = pick(2) == 0 ? "unhealthy" : "unknown";
        replica.observed_since = world_.now;
      } else if (what < 4) {
        replica = healthy(replica);
      }
    }
  }

  void apply(const Action& action) {
    std::visit([this](const auto& a) { on(a); }, action);
  }
  DeploymentView& deployment(base::DeploymentId id) {
    return *std::ranges::find(world_.unfinished, id, &DeploymentView::id);
  }
  ReplicaView& replica(base::ReplicaId id) { return *std::ranges::find(world_.replicas, id, &ReplicaView::id); }
  void move(base::DeploymentId id, State to) {
    auto& d = deployment(id);
    ASSERT_TRUE(may_become(d.state, to)) << to_string(d.state) << " to " << to_string(to);
    d.state = to;
    if (!is_unfinished(to)) std::erase_if(world_.unfinished, [id](const auto& other) { return other.id == id; });
  }

  void on(const EnqueueBuild& a) {
    ASSERT_EQ(deployment(a.deployment).build, BuildState::none) << "a second build of one deployment";
    deployment(a.deployment).build = BuildState::pending;
  }
  void on(const CancelBuild& a) { deployment(a.deployment).build = BuildState::cancelled; }
  void on(const Become& a) { move(a.deployment, a.state); }
  void on(const Fail& a) { move(a.deployment, State::failed); }
  void on(const BeginRollout& a) {
    ASSERT_FALSE(world_.rollout) << "two rollouts at a time";
    ASSERT_GT(deployment(a.deployment).number, live_number_) << "an older deployment went on after a newer one";
    const auto release = make_id<base::ReleaseId>();
    numbers_[release] = deployment(a.deployment).number;
    world_.rollout = RolloutView{a.deployment, release, world_.now + kProgressDeadline};
    move(a.deployment, State::releasing);
  }
  void on(const EndRollout&) {
    ASSERT_TRUE(world_.rollout);
    world_.rollout.reset();
  }
  void on(const Promote& a) {
    ASSERT_TRUE(world_.rollout && world_.rollout->deployment == a.deployment);
    world_.current_release = world_.rollout->to_release;
    live_number_ = numbers_[*world_.current_release];
    world_.rollout.reset();
    move(a.deployment, State::live);
  }
  void on(const Place& a) {
    const auto same = [&a](const auto& r) {
      return r.release == a.release && r.index == a.index && !r.stopping && !r.worker_lost;
    };
    ASSERT_TRUE(std::ranges::none_of(world_.replicas, same)) << "one index was placed twice";
    world_.replicas.push_back(a_replica(a.release, a.index));
  }
  void on(const Route& a) {
    auto& r = replica(a.replica);
    if (a.routing == "ready") ASSERT_TRUE(r.healthy()) << "traffic for a replica that is not healthy";
    r.routing = a.routing;
    r.routing_since = world_.now;
    world_.routes_confirmed = false;
  }
  void on(const Stop& a) {
    ASSERT_TRUE(replica(a.replica).routing == "none" || replica(a.replica).phase == "failed")
        << "stopped with traffic on it";
    replica(a.replica).stopping = true;
  }
  void on(const Erase&) { erased_ = true; }

  void check() const {
    if (!world_.rollout) return;
    const auto owner = std::ranges::find(world_.unfinished, world_.rollout->deployment, &DeploymentView::id);
    ASSERT_TRUE(owner != world_.unfinished.end()) << "a rollout without its deployment";
  }

  std::mt19937 random_;
  World world_;
  std::map<base::ReleaseId, std::int64_t> numbers_;
  std::int64_t last_number_{0};
  std::int64_t live_number_{0};
  bool erased_{false};
};

TEST(DeploymentWalk, invariants_hold_and_the_world_settles_for_every_seed) {
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);

    for (int i = 0; i < 60; ++i) {
      walk.step();
      ASSERT_FALSE(HasFatalFailure());
    }
    walk.settle();

    ASSERT_FALSE(HasFatalFailure());
    const auto& world = walk.world();
    EXPECT_TRUE(world.unfinished.empty()) << "a deployment never ends";
    EXPECT_FALSE(world.rollout.has_value());
    const int wanted = world.stopped || !world.current_release ? 0 : world.desired_replicas;
    EXPECT_EQ(static_cast<int>(world.replicas.size()), wanted);
    for (const auto& replica : world.replicas) EXPECT_EQ(replica.routing, "ready");
  }
}

}  // namespace
}  // namespace deployments::rules
