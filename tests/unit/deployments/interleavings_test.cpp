// The table of interleavings: what happens while something else is under way, and the state that must result. Each row
// is one test. Invariants of every step (no replica that serves is taken away too early, never more than one above what
// is wanted, one rollout at a time …) are checked by the player itself.
// This file is long because it is one table.

#include "tests/unit/deployments/player.hpp"

namespace deployments::rules {
namespace {

struct Interleavings : testing::Test {
  Player play;
  World& world{play.world};

  /// An app with `replicas` of deployment 1 live.
  void live(int replicas = 1) {
    world.desired_replicas = replicas;
    play.deploy();
    play.settle();
    ASSERT_EQ(play.live(), 1);
    ASSERT_EQ(play.serving(), replicas);
  }
  /// One more deployment whose build is done, with its first replica just placed.
  std::int64_t begin_release() {
    const auto number = play.deploy();
    play.decide_and_act();
    play.builders_work();
    play.decide_and_act();
    EXPECT_EQ(play.states[number], State::releasing);
    return number;
  }
  /// Everybody works once.
  void turn() {
    play.agents_work();
    play.edges_work();
    world.now += std::chrono::seconds(1);
    play.decide_and_act();
  }
  void expect_live(std::int64_t number, int replicas) {
    EXPECT_EQ(play.live(), number);
    EXPECT_EQ(play.states[number], State::live);
    EXPECT_EQ(play.serving(), replicas);
    EXPECT_EQ(play.replicas_of(number), replicas);
    EXPECT_EQ(static_cast<int>(world.replicas.size()), replicas) << "something is left over";
    EXPECT_FALSE(world.rollout);
  }
  ReplicaView& newest_replica() { return world.replicas.back(); }
  void fail(ReplicaView& replica, const char* cause, std::optional<int> code, int restarts) {
    replica.phase = "failed";
    replica.health = "unhealthy";
    replica.cause = cause;
    replica.exit_code = code;
    replica.restarts = restarts;
    replica.has_run = code.has_value();
    replica.reason = std::string("the reason: ") + cause;
    replica.observed_since = world.now;
  }
};

TEST_F(Interleavings, cancel_while_queued) {
  live();
  const auto two = play.deploy();
  play.find(two)->cancel_requested = true;
  play.settle();
  EXPECT_EQ(play.states[two], State::cancelled);
  expect_live(1, 1);
}

TEST_F(Interleavings, cancel_while_building) {
  live();
  const auto two = play.deploy();
  play.decide_and_act();
  play.find(two)->build = BuildState::active;
  play.decide_and_act();
  ASSERT_EQ(play.states[two], State::building);
  play.find(two)->cancel_requested = true;
  play.decide_and_act();
  EXPECT_EQ(play.builds_cancelled, 1);
  EXPECT_EQ(play.states[two], State::cancelled);
  play.settle();
  expect_live(1, 1);
}

TEST_F(Interleavings, cancel_while_releasing) {
  live(3);
  const auto two = begin_release();
  turn();
  play.find(two)->cancel_requested = true;
  play.settle();
  EXPECT_EQ(play.states[two], State::cancelled);
  expect_live(1, 3);
}

TEST_F(Interleavings, cancel_at_the_moment_of_going_live) {
  live();
  const auto two = begin_release();
  bool about_to_promote = false;
  for (int i = 0; i < 30 && !about_to_promote; ++i) {
    play.agents_work();
    play.edges_work();
    const auto decision = decide(world);
    about_to_promote = count_of<Promote>(decision) > 0;
    if (about_to_promote) break;
    for (const auto& action : decision.actions) play.apply(action);
  }
  ASSERT_TRUE(about_to_promote);
  play.find(two)->cancel_requested = true;  // it was asked for before the promotion was committed
  play.settle();
  EXPECT_EQ(play.states[two], State::cancelled);
  expect_live(1, 1);
}

TEST_F(Interleavings, two_quick_deploys) {
  live();
  const auto two = play.deploy();
  play.decide_and_act();
  const auto three = play.deploy();
  play.settle();
  EXPECT_EQ(play.states[two], State::superseded);
  EXPECT_EQ(play.states[1], State::superseded);
  expect_live(three, 1);
}

TEST_F(Interleavings, a_deploy_while_another_one_rolls_out_takes_over_without_a_gap) {
  live(3);
  const auto two = begin_release();
  turn();
  turn();
  turn();
  ASSERT_GT(play.replicas_of(two), 1) << "the first rollout is in its middle";
  const auto three = play.deploy();
  play.settle();
  EXPECT_EQ(play.states[two], State::superseded);
  expect_live(three, 3);
}

TEST_F(Interleavings, a_newer_deploy_that_fails_to_build_lets_the_rollout_go_on) {
  live();
  const auto two = begin_release();
  const auto three = play.deploy();
  play.decide_and_act();
  play.find(three)->build = BuildState::failed;
  play.settle();
  EXPECT_EQ(play.states[three], State::failed);
  expect_live(two, 1);
}

TEST_F(Interleavings, rollback_during_a_rollout) {
  live(2);
  const auto two = begin_release();
  turn();
  const auto back = play.deploy(/*needs_build=*/false);
  play.settle();
  EXPECT_EQ(play.states[two], State::superseded);
  expect_live(back, 2);
}

TEST_F(Interleavings, push_during_a_rollback) {
  live();
  const auto back = play.deploy(/*needs_build=*/false);
  play.decide_and_act();
  ASSERT_EQ(play.states[back], State::releasing);
  const auto pushed = play.deploy();  // one that a person asked for; a push of a paused app makes none
  play.decide_and_act();
  EXPECT_EQ(play.states[back], State::releasing) << "the rollback goes on while the newer one builds";
  play.settle();
  EXPECT_EQ(play.states[back], State::superseded);
  expect_live(pushed, 1);
}

TEST_F(Interleavings, delete_while_building) {
  live();
  const auto two = play.deploy();
  play.decide_and_act();
  world.deleting = true;
  world.erase_at = world.now + std::chrono::hours(24);
  play.settle();
  EXPECT_EQ(play.states[two], State::cancelled);
  EXPECT_TRUE(world.replicas.empty());
  EXPECT_FALSE(play.erased);
}

TEST_F(Interleavings, delete_in_mid_rollout_stops_all_at_once) {
  live(3);
  const auto two = begin_release();
  turn();
  turn();
  world.deleting = true;
  world.erase_at = world.now + std::chrono::hours(24);
  turn();
  turn();
  turn();
  EXPECT_EQ(play.states[two], State::cancelled);
  EXPECT_TRUE(world.replicas.empty()) << "nothing waits for a drain";
  EXPECT_FALSE(world.rollout);
}

TEST_F(Interleavings, undo_of_a_delete_in_mid_rollout_brings_the_old_release_back) {
  live(3);
  const auto two = begin_release();
  turn();
  world.deleting = true;
  world.erase_at = world.now + std::chrono::hours(24);
  turn();
  turn();
  turn();
  world.deleting = false;
  play.settle();
  EXPECT_EQ(play.states[two], State::cancelled);
  expect_live(1, 3);
}

TEST_F(Interleavings, undo_while_the_replicas_are_still_stopping) {
  live(2);
  world.deleting = true;
  world.erase_at = world.now + std::chrono::hours(24);
  play.decide_and_act();
  world.deleting = false;
  play.settle();
  expect_live(1, 2);
}

TEST_F(Interleavings, restart_during_a_delete) {
  live();
  const auto again = play.deploy(/*needs_build=*/false);
  world.deleting = true;
  world.erase_at = world.now + std::chrono::hours(24);
  play.settle();
  EXPECT_EQ(play.states[again], State::cancelled);
  EXPECT_TRUE(world.replicas.empty());
}

TEST_F(Interleavings, the_time_of_a_deleted_app_is_over_while_an_edge_is_slow) {
  live();
  world.deleting = true;
  world.erase_at = world.now + std::chrono::hours(24);
  play.settle();
  world.now = world.erase_at;
  world.routes_confirmed = false;
  play.decide_and_act();
  EXPECT_FALSE(play.erased) << "its host may not be given away while an edge still has it";
  world.routes_confirmed = true;
  for (const auto& action : decide(world).actions) play.apply(action);
  EXPECT_TRUE(play.erased);
}

TEST_F(Interleavings, scale_up_in_mid_rollout) {
  live(1);
  const auto two = begin_release();
  world.desired_replicas = 3;
  play.settle();
  expect_live(two, 3);
}

TEST_F(Interleavings, scale_down_in_mid_rollout) {
  live(3);
  const auto two = begin_release();
  turn();
  turn();
  world.desired_replicas = 1;
  play.settle();
  expect_live(two, 1);
}

TEST_F(Interleavings, scale_to_nothing_in_mid_rollout_makes_it_live_at_once) {
  live(2);
  const auto two = begin_release();
  world.desired_replicas = 0;
  play.settle();
  expect_live(two, 0);
}

TEST_F(Interleavings, stop_in_mid_rollout_and_start_again) {
  live(2);
  const auto two = begin_release();
  world.stopped = true;
  play.settle();
  expect_live(two, 0);
  world.stopped = false;
  play.settle();
  expect_live(two, 2);
}

TEST_F(Interleavings, scale_up_and_down_at_once) {
  live(1);
  world.desired_replicas = 5;
  play.decide_and_act();
  world.desired_replicas = 2;
  play.settle();
  expect_live(1, 2);
}

TEST_F(Interleavings, edge_restarted_in_mid_rollout) {
  live(2);
  const auto two = begin_release();
  play.agents_work();
  play.decide_and_act();
  world.edges_online = 0;  // while it is away nothing is confirmed, and nothing may leave
  for (int i = 0; i < 30; ++i) {
    play.agents_work();
    world.routes_confirmed = true;  // of no edge at all
    world.now += std::chrono::seconds(1);
    play.decide_and_act();
  }
  EXPECT_EQ(play.replicas_of(1), 2);
  EXPECT_EQ(play.states[two], State::releasing);
  world.edges_online = 1;
  play.settle();
  expect_live(two, 2);
}

TEST_F(Interleavings, one_of_two_edges_is_away_when_the_old_replicas_leave) {
  live(1);
  const auto two = begin_release();
  const auto began = world.now;
  int old_ones = 1;
  for (int i = 0; i < 400 && old_ones > 0; ++i) {
    play.agents_work();
    world.routes_confirmed = true;  // the online one
    world.routes_confirmed_everywhere = false;
    world.now += std::chrono::seconds(5);
    play.decide_and_act();
    old_ones = play.replicas_of(1);
  }
  EXPECT_EQ(play.live(), two) << "live does not wait for it";
  EXPECT_GE(world.now - began, std::chrono::minutes(10)) << "the old replica stays for the edge that is away";
  EXPECT_LT(world.now - began, std::chrono::minutes(12));
}

TEST_F(Interleavings, the_edge_that_was_away_comes_back) {
  live(1);
  const auto two = begin_release();
  for (int i = 0; i < 30; ++i) {
    play.agents_work();
    world.routes_confirmed = true;
    world.routes_confirmed_everywhere = false;
    world.now += std::chrono::seconds(1);
    play.decide_and_act();
  }
  ASSERT_EQ(play.live(), two);
  ASSERT_EQ(play.replicas_of(1), 1);
  turn();
  EXPECT_EQ(play.replicas_of(1), 0);
}

TEST_F(Interleavings, registry_down_while_the_image_is_pulled) {
  live();
  const auto two = begin_release();
  for (int i = 0; i < 20; ++i) {
    fail(newest_replica(), "pull", std::nullopt, 0);
    world.now += std::chrono::seconds(20);
    play.decide_and_act();
  }
  EXPECT_EQ(play.states[two], State::releasing) << "its agent tries again";
  EXPECT_EQ(play.serving(), 1);
  play.settle();  // it is back
  expect_live(two, 1);
}

TEST_F(Interleavings, registry_down_for_longer_than_the_deadline) {
  live(3);
  const auto two = begin_release();
  for (int i = 0; i < 40 && play.find(two) != nullptr; ++i) {
    fail(newest_replica(), "pull", std::nullopt, 0);
    world.now += std::chrono::seconds(20);
    play.edges_work();
    play.decide_and_act();
    EXPECT_EQ(play.serving(), 3);
  }
  EXPECT_EQ(play.states[two], State::failed);
  play.settle();
  expect_live(1, 3);
}

TEST_F(Interleavings, podman_restarted_while_a_replica_is_made) {
  live();
  const auto two = begin_release();
  fail(newest_replica(), "create", std::nullopt, 0);
  play.decide_and_act();
  EXPECT_EQ(play.states[two], State::releasing);
  play.settle();
  expect_live(two, 1);
}

TEST_F(Interleavings, agent_restarted_in_mid_rollout_takes_nobody_out_of_service) {
  live(3);
  const auto two = begin_release();
  turn();
  turn();
  const auto before = play.serving();
  for (auto& replica : world.replicas) {
    if (replica.phase == "running") replica.health = "unknown";  // adopted, and not probed yet
  }
  play.edges_work();
  play.decide_and_act();
  EXPECT_GE(play.serving(), 3);
  EXPECT_GE(before, 3);
  play.settle();
  expect_live(two, 3);
}

TEST_F(Interleavings, control_plane_restarted_decides_the_same) {
  live(3);
  begin_release();
  turn();
  const World copy = world;
  const auto first = decide(world);
  const auto again = decide(copy);
  EXPECT_EQ(first.actions.size(), again.actions.size());
  EXPECT_EQ(first.check_at, again.check_at);
}

TEST_F(Interleavings, disk_full_on_the_worker) {
  live(2);
  const auto two = begin_release();
  fail(newest_replica(), "disk-full", std::nullopt, 0);
  newest_replica().reason = "the worker's disk is full";
  const auto decision = decide(world);
  ASSERT_NE(first_of<Fail>(decision), nullptr);
  EXPECT_EQ(first_of<Fail>(decision)->failure.code, "worker_disk_full");
  play.decide_and_act();
  play.settle();
  EXPECT_EQ(play.states[two], State::failed);
  expect_live(1, 2);
}

TEST_F(Interleavings, worker_clock_five_minutes_off) {
  live();
  // The agent's `since` is 5 minutes ahead or behind; what counts is when the control plane saw it.
  auto& replica = world.replicas.front();
  fail(replica, "exit", 1, 1);
  replica.observed_since = world.now;
  world.now += std::chrono::minutes(9);
  EXPECT_EQ(count_of<Stop>(decide(world)), 0);
  world.now += std::chrono::minutes(1);
  EXPECT_EQ(count_of<Stop>(decide(world)), 1);
}

TEST_F(Interleavings, worker_lost_in_mid_rollout_is_made_up_for_in_the_same_rollout) {
  live(2);
  const auto two = begin_release();
  turn();
  newest_replica().worker_lost = true;
  play.decide_and_act();
  EXPECT_EQ(play.states[two], State::releasing);
  play.settle();
  expect_live(two, 2);
}

TEST_F(Interleavings, worker_of_the_old_release_lost_in_mid_rollout) {
  live(2);
  const auto two = begin_release();
  for (auto& replica : world.replicas) {
    if (play.replicas_of(1) > 0 && replica.release == *world.current_release) replica.worker_lost = true;
  }
  play.settle();
  expect_live(two, 2);
}

TEST_F(Interleavings, worker_lost_and_no_other_has_room_until_the_deadline) {
  live(1);
  const auto two = begin_release();
  world.replicas.pop_back();  // no placement succeeds
  world.now = world.rollout->deadline;
  const auto decision = decide(world);
  ASSERT_NE(first_of<Fail>(decision), nullptr);
  EXPECT_EQ(first_of<Fail>(decision)->failure.step, "place");
  play.settle();
  EXPECT_EQ(play.states[two], State::failed);
  expect_live(1, 1);
}

TEST_F(Interleavings, deadline_in_mid_rollout_makes_the_stopped_old_replicas_again) {
  live(3);
  const auto two = begin_release();
  for (int i = 0; i < 3; ++i) turn();
  world.now += std::chrono::seconds(11);
  turn();
  int old_ones = 3;
  for (int i = 0; i < 130 && play.find(two) != nullptr; ++i) {
    std::erase_if(world.replicas, [](const auto& r) { return r.stopping; });
    for (auto& replica : world.replicas) {
      if (!replica.has_served) replica.phase = "starting";  // the next ones never come up
    }
    play.edges_work();
    world.now += std::chrono::seconds(10);
    play.decide_and_act();
    EXPECT_GE(play.serving(), 3);
    if (play.find(two) != nullptr) old_ones = std::min(old_ones, play.replicas_of(1));
  }
  EXPECT_LT(old_ones, 3) << "some of the old ones were stopped before the deadline";
  EXPECT_EQ(play.states[two], State::failed);
  play.settle();
  expect_live(1, 3);
}

TEST_F(Interleavings, each_newly_healthy_replica_renews_the_deadline) {
  live(3);
  const auto two = begin_release();
  const auto began = world.now;
  for (int i = 0; i < 12 && play.find(two) != nullptr; ++i) {
    world.now += std::chrono::minutes(4);  // slow, but it goes on
    turn();
  }
  EXPECT_GT(world.now - began, std::chrono::minutes(15));
  play.settle();
  expect_live(two, 3);
}

TEST_F(Interleavings, the_last_replica_crashes_in_mid_rollout) {
  live(3);
  const auto two = begin_release();
  turn();
  turn();
  fail(newest_replica(), "exit", 1, 1);
  play.decide_and_act();
  EXPECT_EQ(play.states[two], State::failed);
  play.settle();
  expect_live(1, 3);
}

TEST_F(Interleavings, the_port_is_taken_by_a_stranger) {
  live();
  const auto two = begin_release();
  const auto first = newest_replica().id;
  fail(newest_replica(), "port", std::nullopt, 0);
  play.decide_and_act();
  EXPECT_TRUE(play.replica(first).stopping) << "another one gets another port";
  play.settle();
  expect_live(two, 1);
}

TEST_F(Interleavings, the_current_release_crashes_while_nothing_is_deployed) {
  live(2);
  fail(world.replicas.front(), "exit", 139, 3);
  play.decide_and_act();
  EXPECT_EQ(world.replicas.front().routing, "none") << "the other one takes the requests";
  EXPECT_EQ(world.replicas.back().routing, "ready");
  fail(world.replicas.back(), "exit", 139, 3);
  play.edges_work();
  play.decide_and_act();
  EXPECT_EQ(world.replicas.back().routing, "ready") << "the last route is never taken away";
  play.settle();
  expect_live(1, 2);
}

TEST_F(Interleavings, a_deploy_that_mends_a_crashing_release) {
  live(2);
  for (auto& replica : world.replicas) fail(replica, "exit", 1, 5);
  const auto two = play.deploy();
  play.decide_and_act();
  play.builders_work();
  play.decide_and_act();
  for (int i = 0; i < 60 && play.live() != two; ++i) {
    std::erase_if(world.replicas, [](const auto& r) { return r.stopping; });
    for (auto& replica : world.replicas) {
      if (replica.release != *world.current_release) replica = healthy(replica);
    }
    play.edges_work();
    world.now += std::chrono::seconds(1);
    play.decide_and_act();
  }
  play.settle();
  expect_live(two, 2);
}

}  // namespace
}  // namespace deployments::rules
