// DEP-10: when a deployment began, what it was at when, and how long it took, as the API tells it.

#include <gmock/gmock.h>

#include "common/json/parse.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;
using std::chrono::minutes;

struct DeploymentTimesTest : testing::Test {
  DeploymentTimesTest() {
    // The database's clock is another one: what it would write is hours off.
    world.clock.advance(std::chrono::hours(3));
    world.create_app("hello");
    agent.greet();
    agent.barrier();
  }
  nlohmann::json get(const std::string& rest) {
    const auto answer =
        world.request({.method = "GET", .target = "/api/v1/orgs/default" + rest, .headers = {}, .body = ""});
    EXPECT_EQ(answer.status, 200) << answer.body;
    return *json::parse_strict(answer.body);
  }
  nlohmann::json told(base::DeploymentId id) { return get("/deployments/" + id.to_string()); }
  /// A deployment that waited for `queued` and has begun to build.
  protocol::JobCommand begin(base::DeploymentId id, minutes queued) {
    world.clock.advance(queued);
    world.settle();
    auto job = agent.expect_job();
    agent.send(protocol::JobAccepted{.job_id = job.job_id, .attempt = job.attempt, .reason = {}});
    world.wait_for_state(id, State::building);
    return job;
  }

  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent{world, worker, {.converge = true, .build = false}};
};

base::UtcTime at(const nlohmann::json& deployment, const char* name) {
  if (!deployment.contains(name) || deployment[name].is_null()) {
    ADD_FAILURE() << name << " is missing in " << deployment.dump();
    return {};
  }
  return base::parse_utc(deployment[name].get<std::string>()).value();
}

/// Whole minutes: what a busy machine adds is less than one.
std::int64_t minutes_between(const nlohmann::json& deployment, const char* from, const char* to) {
  return std::chrono::duration_cast<minutes>(at(deployment, to) - at(deployment, from)).count();
}

bool is_absent(const nlohmann::json& deployment, const char* name) {
  return !deployment.contains(name) || deployment[name].is_null();
}

TEST_F(DeploymentTimesTest, DEP_10_each_state_has_its_time_and_their_differences_are_what_it_took) {
  const auto id = world.deploy("hello").id;
  const auto job = begin(id, minutes(2));
  world.clock.advance(minutes(10));
  EXPECT_EQ(agent.answer_code(agent.send(built(job))), "ack");
  world.wait_for_state(id, State::live);

  const auto live = told(id);

  EXPECT_EQ(minutes_between(live, "created_at", "building_at"), 2);
  EXPECT_EQ(minutes_between(live, "building_at", "built_at"), 10);
  EXPECT_LE(at(live, "built_at"), at(live, "releasing_at"));
  EXPECT_LE(at(live, "releasing_at"), at(live, "live_at"));
  EXPECT_EQ(at(live, "live_at"), at(live, "finished_at"));
  EXPECT_EQ(minutes_between(live, "created_at", "finished_at"), 12);
  for (const auto& item : {get("/apps/hello/deployments")["items"][0], get("/apps/hello")["latest_deployment"]}) {
    for (const auto* name : {"created_at", "building_at", "built_at", "releasing_at", "live_at", "finished_at"})
      EXPECT_EQ(item[name], live[name]) << name;
  }
}

TEST_F(DeploymentTimesTest, DEP_10_what_replaces_it_later_leaves_its_times_as_they_were) {
  const auto first = world.deploy("hello").id;
  EXPECT_EQ(agent.answer_code(agent.send(built(begin(first, minutes(1))))), "ack");
  world.wait_for_state(first, State::live);
  const auto before = told(first);

  world.clock.advance(minutes(30));
  const auto second = world.deploy("hello").id;
  EXPECT_EQ(agent.answer_code(agent.send(built(begin(second, minutes(1))))), "ack");
  world.wait_for_state(second, State::live);

  const auto after = told(first);
  EXPECT_EQ(after["state"], "superseded");
  EXPECT_EQ(after["live_at"], before["live_at"]);
  EXPECT_EQ(after["finished_at"], before["finished_at"]);
  EXPECT_GE(minutes_between(told(second), "created_at", "finished_at"), 1);
  EXPECT_LE(at(before, "finished_at"), at(told(second), "created_at"));
}

TEST_F(DeploymentTimesTest, DEP_10_one_that_failed_or_was_cancelled_ends_where_it_ended) {
  const auto failing = world.deploy("hello").id;
  auto failed = built(begin(failing, minutes(3)));
  failed.outcome = protocol::JobOutcomeKind::failed;
  failed.result.text = R"({"phases":[],"last_lines":[]})";
  failed.error = protocol::JobFailure{.code = "build.failed", .message = "It failed.", .step = "build", .exit_code = 2};
  world.clock.advance(minutes(4));
  EXPECT_EQ(agent.answer_code(agent.send(failed)), "ack");
  world.wait_for_state(failing, State::failed);
  const auto cancelled = world.deploy("hello").id;
  begin(cancelled, minutes(5));
  world.clock.advance(minutes(6));
  const auto call = world.sign_in();
  ASSERT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.cancel(tx, call, cancelled); }));
  world.wait_for_state(cancelled, State::cancelled);

  const auto first = told(failing);
  EXPECT_EQ(minutes_between(first, "created_at", "building_at"), 3);
  EXPECT_EQ(minutes_between(first, "building_at", "finished_at"), 4);
  const auto second = told(cancelled);
  EXPECT_EQ(minutes_between(second, "created_at", "building_at"), 5);
  EXPECT_EQ(minutes_between(second, "building_at", "finished_at"), 6);
  for (const auto& each : {first, second}) {
    for (const auto* name : {"built_at", "releasing_at", "live_at"}) EXPECT_TRUE(is_absent(each, name)) << name;
  }
}

}  // namespace
}  // namespace control_plane_test
