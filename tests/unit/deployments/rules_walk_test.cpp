// A random walk through worlds: whatever happens, in whatever order, the invariants of DESIGN 1 and 3 (player.hpp) hold
// at each step, and the world comes to rest where it shall.

#include <random>

#include "tests/unit/deployments/player.hpp"

namespace deployments::rules {
namespace {

class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) {}

  void step() {
    happen();
    player.decide_and_act();
  }

  Player player;

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void happen() {
    auto& world = player.world;
    switch (pick(13)) {
      case 0: player.deploy(); break;
      case 1: player.deploy(/*needs_build=*/false); break;
      case 2:
        if (!world.unfinished.empty()) world.unfinished.back().cancel_requested = true;
        break;
      case 3: world.stopped = !world.stopped; break;
      case 4: world.desired_replicas = pick(4); break;
      case 5: world.edges_online = pick(2); break;
      case 6: world.now += std::chrono::seconds(pick(700)); break;
      case 7: build(); break;
      case 8:
        if (!world.replicas.empty())
          world.replicas[static_cast<std::size_t>(pick(static_cast<int>(world.replicas.size())))].worker_lost = true;
        break;
      case 9:
        world.deleting = pick(2) == 0;
        world.erase_at = world.now + std::chrono::hours(24);
        break;
      default: observe(); break;
    }
  }

  void build() {
    for (auto& d : player.world.unfinished) {
      if (d.build == BuildState::pending)
        d.build = BuildState::active;
      else if (d.build == BuildState::active)
        d.build = pick(3) == 0 ? BuildState::failed : BuildState::succeeded;
    }
  }

  void observe() {
    auto& world = player.world;
    world.routes_confirmed = pick(3) != 0;
    world.routes_confirmed_everywhere = world.routes_confirmed && pick(3) != 0;
    std::erase_if(world.replicas, [](const auto& r) { return r.stopping; });
    for (auto& replica : world.replicas) {
      const int what = pick(6);
      if (what == 0) {
        replica.phase = "failed";
        replica.health = pick(2) == 0 ? "unhealthy" : "unknown";
        static constexpr const char* kCauses[] = {"", "pull", "create", "port", "exit", "out-of-memory", "health"};
        replica.cause = kCauses[pick(7)];
        replica.observed_since = world.now;
      } else if (what == 1) {
        replica.health = pick(2) == 0 ? "unhealthy" : "unknown";
      } else if (what < 5) {
        replica = healthy(replica);
      }
    }
  }

  std::mt19937 random_;
};

TEST(DeploymentWalk, invariants_hold_and_the_world_settles_for_every_seed) {
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);

    for (int i = 0; i < 60; ++i) {
      walk.step();
      ASSERT_FALSE(HasFatalFailure());
    }
    walk.player.world.deleting = false;
    walk.player.settle();

    ASSERT_FALSE(HasFatalFailure());
    const auto& world = walk.player.world;
    EXPECT_TRUE(world.unfinished.empty()) << "a deployment never ends";
    EXPECT_FALSE(world.rollout.has_value());
    const int wanted = world.current_release ? walk.player.wanted() : 0;
    EXPECT_EQ(static_cast<int>(world.replicas.size()), wanted);
    EXPECT_EQ(walk.player.serving(), wanted);
  }
}

TEST(DeploymentWalk, a_deleted_app_is_erased_after_its_time_for_every_seed) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);
    for (int i = 0; i < 40; ++i) {
      walk.step();
      ASSERT_FALSE(HasFatalFailure());
    }
    walk.player.world.deleting = true;
    walk.player.world.erase_at = walk.player.world.now + std::chrono::hours(24);

    walk.player.settle();
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_FALSE(walk.player.erased);
    EXPECT_TRUE(walk.player.world.replicas.empty());
    EXPECT_TRUE(walk.player.world.unfinished.empty());
    walk.player.world.now = walk.player.world.erase_at;
    for (const auto& action : decide(walk.player.world).actions) walk.player.apply(action);

    EXPECT_TRUE(walk.player.erased);
  }
}

}  // namespace
}  // namespace deployments::rules
