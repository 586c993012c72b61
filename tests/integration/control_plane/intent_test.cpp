// SCH-10: what people want is written by the API alone. The reconciler runs here under a database role that may not
// write it, and does all of its work.

#include <gmock/gmock.h>

#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;

const postgres::Statement kBecomeReconciler{"test.become_reconciler", "SET LOCAL ROLE reconciler_of_the_test"};

/// What a reconciler may write: everything observed, and nothing of what people set. Erasing is the end of a deletion
/// that a person asked for.
constexpr const char* kGrants = R"(
  DROP ROLE IF EXISTS reconciler_of_the_test;
  CREATE ROLE reconciler_of_the_test NOLOGIN BYPASSRLS;
  GRANT USAGE ON SCHEMA public TO reconciler_of_the_test;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO reconciler_of_the_test;
  GRANT INSERT ON deployment_logs, feed, jobs, releases, release_variables, rollouts, replicas, released_ports,
                  assignments, assignment_objects, data_keys, abandoned_images TO reconciler_of_the_test;
  GRANT UPDATE ON deployment_logs, jobs, rollouts, replicas, released_ports, assignments, assignment_objects
        TO reconciler_of_the_test;
  GRANT UPDATE (current_release_id, target_release_id, next_release_number, version, reconcile_at, updated_at)
        ON app_environments TO reconciler_of_the_test;
  GRANT UPDATE (state, status_text, building_at, built_at, releasing_at, live_at, finished_at, failure_step,
                failure_code, failure_message, failure_exit_code, failure_lines, failure_hint, commit_id, commit_message,
                image_repository, image_digest, content_hash, release_id) ON deployments TO reconciler_of_the_test;
  GRANT UPDATE ON master_key_in_use TO reconciler_of_the_test;  -- held while values are sealed
  GRANT DELETE ON app_environments, apps, log_chunks, assignment_objects TO reconciler_of_the_test;
)";

/// Columns that hold what people want.
constexpr const char* kIntent[] = {
    "UPDATE app_environments SET desired_replicas = 9",
    "UPDATE app_environments SET stopped = true",
    "UPDATE app_environments SET deleting_at = now()",
    "UPDATE app_environments SET automatic_deploys_paused = true",
    "UPDATE app_environments SET git_url = 'x', branch = 'x', static_directory = 'x'",
    "UPDATE app_environments SET build_image = 'x', install_command = 'x', build_command = 'x', start_command = 'x'",
    "UPDATE app_environments SET cpu_millis = 50, memory_bytes = 33554432, pids = 16, disk_bytes = 16777216, read_only "
    "= true",
    "UPDATE app_environments SET requests_per_minute = 1, request_burst = 1",
    "UPDATE app_environments SET host = 'x'",
    "UPDATE apps SET name = 'x'",
    "UPDATE deployments SET cancel_requested = true",
    "UPDATE deployments SET git_url = 'x', number = 9, trigger = 'manual'",
    "INSERT INTO variables (organization_id, app_environment_id, name, value_sealed, generation) SELECT "
    "organization_id, "
    "id, 'X', '', 1 FROM app_environments",
    "DELETE FROM variables",
    "UPDATE projects SET name = 'x'",
    "UPDATE workers SET cordoned = true",
};

struct IntentTest : testing::Test {
  IntentTest() {
    world.database.run(kGrants);
    world.before_reconcile = [](Tx& tx) { tx.exec(kBecomeReconciler); };
  }
  ~IntentTest() override {
    world.database.run("DROP OWNED BY reconciler_of_the_test; DROP ROLE reconciler_of_the_test");
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }
  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
};

TEST_F(IntentTest, the_reconciler_works_without_a_right_to_write_what_people_want) {
  world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  world.wait_for_state(world.deploy("hello").id, State::live);
  const auto call = world.sign_in();
  projects::AppChange three;
  three.desired_replicas = 3;
  ASSERT_TRUE(world.tx([&](Tx& tx) { return world.modules.projects.change_app(tx, call, "hello", three); }));
  world.until("three", [&] { return value("SELECT count(*) FROM replicas WHERE routing = 'ready'") == "3"; });
  const auto back =
      world.tx([&](Tx& tx) { return world.modules.deployments.roll_back(tx, call, "hello", std::int64_t{1}); });
  ASSERT_TRUE(back);
  world.wait_for_state(back->id, State::live);
  ASSERT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.remove(tx, call, "hello"); }));
  world.clock.advance(std::chrono::hours(25));

  world.until("erased", [&] { return value("SELECT count(*) FROM apps") == "0"; });
}

TEST_F(IntentTest, that_role_is_refused_each_write_of_intent) {
  world.create_app("hello");
  world.deploy("hello");
  for (const auto* sql : kIntent) {
    EXPECT_THAT(world.database.refusal(std::string("SET LOCAL ROLE reconciler_of_the_test; ") + sql),
                testing::HasSubstr("permission denied"))
        << sql;
  }
}

}  // namespace
}  // namespace control_plane_test
