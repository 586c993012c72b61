#include "control-plane/modules/deployments/rules.hpp"

#include <gtest/gtest.h>

#include "tests/unit/deployments/worlds.hpp"

namespace deployments::rules {
namespace {

/// A world with a rollout of a new release over a serving old one.
struct Rolling {
  Rolling() : world(a_world()), old_release(make_id<base::ReleaseId>()), new_release(make_id<base::ReleaseId>()) {
    world.current_release = old_release;
    world.unfinished.push_back(a_deployment(2, State::releasing, BuildState::succeeded));
    world.rollout = RolloutView{world.unfinished.front().id, new_release, world.now + std::chrono::minutes(10)};
    world.replicas.push_back(routed(healthy(a_replica(old_release))));
  }
  World world;
  base::ReleaseId old_release;
  base::ReleaseId new_release;
};

TEST(DeploymentRules, queues_a_build_for_a_new_deployment) {
  auto world = a_world();
  world.unfinished.push_back(a_deployment(1, State::queued));

  const auto decision = decide(world);

  ASSERT_EQ(count_of<EnqueueBuild>(decision), 1);
}

TEST(DeploymentRules, waits_while_the_build_waits) {
  auto world = a_world();
  world.unfinished.push_back(a_deployment(1, State::queued, BuildState::pending));

  EXPECT_TRUE(decide(world).actions.empty());
}

TEST(DeploymentRules, a_copy_of_a_release_needs_no_build) {
  auto world = a_world();
  world.unfinished.push_back(a_deployment(1, State::queued));
  world.unfinished.front().needs_build = false;

  const auto decision = decide(world);

  ASSERT_NE(first_of<Become>(decision), nullptr);
  EXPECT_EQ(first_of<Become>(decision)->state, State::built);
}

TEST(DeploymentRules, a_failed_build_fails_the_deployment_and_leaves_the_old_release_serving) {
  auto world = a_world();
  const auto old_release = make_id<base::ReleaseId>();
  world.current_release = old_release;
  world.replicas.push_back(routed(healthy(a_replica(old_release))));
  world.unfinished.push_back(a_deployment(2, State::building, BuildState::failed));

  const auto decision = decide(world);

  EXPECT_EQ(count_of<Fail>(decision), 1);
  EXPECT_EQ(count_of<Route>(decision) + count_of<Stop>(decision), 0);
}

TEST(DeploymentRules, a_newer_deployment_supersedes_queued_and_building_ones) {
  auto world = a_world();
  world.unfinished.push_back(a_deployment(1, State::building, BuildState::active));
  world.unfinished.push_back(a_deployment(2, State::queued, BuildState::pending));
  world.unfinished.push_back(a_deployment(3, State::queued));

  const auto decision = decide(world);

  EXPECT_EQ(count_of<CancelBuild>(decision), 2);
  EXPECT_EQ(count_of<Become>(decision), 2);
}

TEST(DeploymentRules, a_releasing_deployment_goes_on_until_the_newer_one_is_built) {
  Rolling rolling;
  rolling.world.unfinished.push_back(a_deployment(3, State::building, BuildState::active));

  EXPECT_EQ(count_of<EndRollout>(decide(rolling.world)), 0);
  rolling.world.unfinished.back() = a_deployment(3, State::built, BuildState::succeeded);

  const auto decision = decide(rolling.world);

  ASSERT_NE(first_of<EndRollout>(decision), nullptr);
  EXPECT_EQ(first_of<EndRollout>(decision)->state, "superseded");
}

TEST(DeploymentRules, cancelling_ends_build_and_rollout) {
  Rolling rolling;
  rolling.world.unfinished.front().cancel_requested = true;

  const auto decision = decide(rolling.world);

  EXPECT_EQ(count_of<EndRollout>(decision), 1);
  ASSERT_NE(first_of<Become>(decision), nullptr);
  EXPECT_EQ(first_of<Become>(decision)->state, State::cancelled);
}

TEST(DeploymentRules, a_rollout_places_its_replica_beside_the_old_one) {
  const Rolling rolling;

  const auto decision = decide(rolling.world);

  ASSERT_EQ(count_of<Place>(decision), 1);
  EXPECT_EQ(first_of<Place>(decision)->release, rolling.new_release);
  EXPECT_EQ(count_of<Route>(decision), 0);
}

TEST(DeploymentRules, a_replica_gets_no_request_before_it_is_healthy) {
  Rolling rolling;
  rolling.world.replicas.push_back(a_replica(rolling.new_release));
  EXPECT_EQ(count_of<Route>(decide(rolling.world)), 0);
  rolling.world.replicas.back() = healthy(rolling.world.replicas.back());

  const auto decision = decide(rolling.world);

  ASSERT_EQ(count_of<Route>(decision), 1);
  EXPECT_EQ(first_of<Route>(decision)->routing, "ready");
}

TEST(DeploymentRules, is_promoted_only_when_an_online_edge_confirmed_the_routes) {
  Rolling rolling;
  rolling.world.replicas.front().routing = "drain";
  rolling.world.replicas.push_back(routed(healthy(a_replica(rolling.new_release))));
  rolling.world.routes_confirmed = false;
  EXPECT_EQ(count_of<Promote>(decide(rolling.world)), 0);
  rolling.world.routes_confirmed = true;
  rolling.world.edges_online = 0;
  EXPECT_EQ(count_of<Promote>(decide(rolling.world)), 0);
  rolling.world.edges_online = 1;

  EXPECT_EQ(count_of<Promote>(decide(rolling.world)), 1);
}

TEST(DeploymentRules, new_requests_go_to_the_new_release_alone_before_it_is_called_live) {
  Rolling rolling;
  rolling.world.replicas.push_back(routed(healthy(a_replica(rolling.new_release))));

  const auto decision = decide(rolling.world);

  EXPECT_EQ(count_of<Promote>(decision), 0);
  ASSERT_NE(first_of<Route>(decision), nullptr);
  EXPECT_EQ(first_of<Route>(decision)->routing, "drain");
}

TEST(DeploymentRules, the_old_replica_is_drained_before_it_is_stopped) {
  auto world = a_world();
  const auto old_release = make_id<base::ReleaseId>();
  world.current_release = make_id<base::ReleaseId>();
  world.replicas.push_back(routed(healthy(a_replica(*world.current_release))));
  world.replicas.push_back(routed(healthy(a_replica(old_release))));

  ASSERT_NE(first_of<Route>(decide(world)), nullptr);
  EXPECT_EQ(first_of<Route>(decide(world))->routing, "drain");
  world.replicas[1].routing = "drain";
  EXPECT_TRUE(decide(world).actions.empty());
  EXPECT_EQ(decide(world).check_at, world.now + kDrainTime);
  world.now += kDrainTime;
  EXPECT_EQ(first_of<Route>(decide(world))->routing, "none");
  world.replicas[1].routing = "none";
  world.routes_confirmed = false;
  EXPECT_TRUE(decide(world).actions.empty());
  world.routes_confirmed = true;

  EXPECT_EQ(count_of<Stop>(decide(world)), 1);
}

TEST(DeploymentRules, an_app_that_crashes_at_start_fails_with_its_exit_code) {
  Rolling rolling;
  auto broken = a_replica(rolling.new_release);
  broken.phase = "failed";
  broken.has_run = true;
  broken.restarts = 1;
  broken.exit_code = 3;
  broken.reason = "It ended with code 3.";
  rolling.world.replicas.push_back(broken);

  const auto decision = decide(rolling.world);

  ASSERT_NE(first_of<Fail>(decision), nullptr);
  EXPECT_EQ(first_of<Fail>(decision)->failure.step, "start");
  EXPECT_EQ(first_of<Fail>(decision)->failure.exit_code, 3);
}

TEST(DeploymentRules, a_rollout_without_progress_fails_at_its_deadline_and_says_what_lacks) {
  Rolling rolling;
  rolling.world.now = rolling.world.rollout->deadline;

  const auto decision = decide(rolling.world);

  ASSERT_NE(first_of<Fail>(decision), nullptr);
  EXPECT_EQ(first_of<Fail>(decision)->failure.step, "place");
}

TEST(DeploymentRules, a_replica_on_a_lost_worker_is_made_elsewhere) {
  auto world = a_world();
  world.current_release = make_id<base::ReleaseId>();
  auto lost = routed(healthy(a_replica(*world.current_release)));
  lost.worker_lost = true;
  world.replicas.push_back(lost);

  EXPECT_EQ(count_of<Place>(decide(world)), 1);
}

TEST(DeploymentRules, a_stopped_app_keeps_its_release_and_no_replica) {
  auto world = a_world();
  world.stopped = true;
  world.current_release = make_id<base::ReleaseId>();
  world.replicas.push_back(routed(healthy(a_replica(*world.current_release))));

  ASSERT_NE(first_of<Route>(decide(world)), nullptr);
  world.replicas.clear();

  EXPECT_TRUE(decide(world).actions.empty());
}

TEST(DeploymentRules, a_deleted_app_goes_only_after_its_replicas_and_routes) {
  auto world = a_world();
  world.deleting = true;
  world.current_release = make_id<base::ReleaseId>();
  world.replicas.push_back(routed(healthy(a_replica(*world.current_release))));
  world.unfinished.push_back(a_deployment(2, State::building, BuildState::active));
  EXPECT_EQ(count_of<Erase>(decide(world)), 0);
  world.unfinished.clear();
  world.replicas.clear();
  world.routes_confirmed = false;
  EXPECT_EQ(count_of<Erase>(decide(world)), 0);
  world.routes_confirmed = true;

  EXPECT_EQ(count_of<Erase>(decide(world)), 1);
}

}  // namespace
}  // namespace deployments::rules
