#include <gtest/gtest.h>

#include "control-plane/modules/scheduling/api.hpp"

namespace scheduling {
namespace {

Replica a_replica(const std::string& phase, const std::string& health = "unknown") {
  Replica replica;
  replica.phase = phase;
  replica.health = health;
  return replica;
}

TEST(ReplicaState, is_one_word_for_phase_and_health) {
  EXPECT_EQ(replica_state(a_replica("pulling")), "pulling");
  EXPECT_EQ(replica_state(a_replica("running")), "checking");
  EXPECT_EQ(replica_state(a_replica("running", "healthy")), "healthy");
  EXPECT_EQ(replica_state(a_replica("running", "unhealthy")), "unhealthy");
  EXPECT_EQ(replica_state(a_replica("failed", "unhealthy")), "failed");
}

TEST(ReplicaState, a_failed_one_that_starts_again_is_restarting_and_from_the_third_start_on_crash_looping) {
  auto replica = a_replica("failed", "unhealthy");
  replica.restart_at = *base::parse_utc("2026-11-21T10:00:00.000Z");
  EXPECT_EQ(replica_state(replica), "restarting");
  replica.restarts = 2;
  EXPECT_EQ(replica_state(replica), "crash-looping");
}

TEST(ReplicaState, a_reason_is_told_without_the_output) {
  EXPECT_EQ(first_sentence("the app aborted itself (SIGABRT, exit code 134); it printed:\none\ntwo"),
            "the app aborted itself (SIGABRT, exit code 134)");
  EXPECT_EQ(first_sentence("the app did not answer; it printed nothing"), "the app did not answer");
  EXPECT_EQ(first_sentence("the registry is away"), "the registry is away");
}

}  // namespace
}  // namespace scheduling
