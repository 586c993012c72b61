#include "control-plane/modules/deployments/views.hpp"

#include <gmock/gmock.h>

#include "tests/unit/deployments/worlds.hpp"

namespace deployments {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kDisk = "the app wrote 20 MB outside its volumes; it may have 16 MB";

scheduling::Replica serving(const projects::AppEnvironment& env) {
  scheduling::Replica replica;
  replica.app_environment = env.id;
  replica.worker_state = "online";
  replica.phase = "running";
  replica.health = "healthy";
  replica.routing = "ready";
  return replica;
}

projects::AppEnvironment an_environment() {
  projects::AppEnvironment env;
  env.id = rules::make_id<base::AppEnvironmentId>();
  return env;
}

TEST(ReplicaText, ISO_05_a_replica_that_serves_says_what_its_agent_says_of_it) {
  auto replica = serving(an_environment());
  EXPECT_EQ(replica_text(replica), "Serves requests.");

  replica.reason = kDisk;
  EXPECT_EQ(replica_text(replica), "Serves requests. The app wrote 20 MB outside its volumes; it may have 16 MB.");
  replica.routing = "none";
  EXPECT_EQ(replica_text(replica),
            "Is healthy; about to get requests. The app wrote 20 MB outside its volumes; it may have 16 MB.");
}

TEST(ReplicaText, what_an_app_printed_is_no_part_of_the_sentence) {
  auto replica = serving(an_environment());
  replica.phase = "failed";
  replica.health = "unhealthy";
  replica.reason = "the app ended with exit code 2; it printed:\none";

  EXPECT_EQ(replica_text(replica), "Failed: the app ended with exit code 2.");
}

TEST(Warnings, ISO_05_name_each_replica_of_the_app_that_serves_and_is_over_a_limit) {
  const auto env = an_environment();
  auto full = serving(env);
  full.index = 1;
  full.reason = kDisk;
  auto unhealthy = full;
  unhealthy.health = "unhealthy";
  auto drained = full;
  drained.routing = "drain";
  auto stopping = full;
  stopping.desired = "stopped";
  const auto of_another_app = [&] {
    auto replica = full;
    replica.app_environment = an_environment().id;
    return replica;
  }();

  EXPECT_THAT(warnings(env, {serving(env), full, unhealthy, drained, stopping, of_another_app}),
              ElementsAre("Replica 1: the app wrote 20 MB outside its volumes; it may have 16 MB."));
  EXPECT_THAT(warnings(env, {serving(env)}), IsEmpty());
}

}  // namespace
}  // namespace deployments
