#include <gmock/gmock.h>
#include <unistd.h>

#include <future>
#include <set>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "control-plane/platform/postgres/migrate.hpp"
#include "control-plane/platform/postgres/pool.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

using support::Database;

const std::string kOrganization = "01900000-0000-7000-8000-000000000001";
const std::string kForeign = "01900000-0000-7000-8000-000000000002";
const std::string kProject = "01900000-0000-7000-8000-000000000011";
const std::string kEnvironment = "01900000-0000-7000-8000-000000000012";
const std::string kApp = "01900000-0000-7000-8000-000000000013";
const std::string kAppEnvironment = "01900000-0000-7000-8000-000000000014";
const std::string kDeployment = "01900000-0000-7000-8000-000000000015";
const std::string kRelease = "01900000-0000-7000-8000-000000000016";

std::string q(const std::string& text) {
  return "'" + text + "'";
}

/// Two organizations; the first has an app with one deployment and one release.
void fill(const Database& database) {
  const auto digest = "sha256:" + std::string(64, 'a');
  database.run("INSERT INTO organizations (id, slug, name) VALUES (" + q(kOrganization) + ", 'acme', 'Acme'), (" +
               q(kForeign) + ", 'other', 'Other')");
  database.run("INSERT INTO projects (id, organization_id, slug, name) VALUES (" + q(kProject) + "," +
               q(kOrganization) + ",'p','P')");
  database.run("INSERT INTO environments (id, organization_id, project_id, name) VALUES (" + q(kEnvironment) + "," +
               q(kOrganization) + "," + q(kProject) + ",'production')");
  database.run("INSERT INTO apps (id, organization_id, project_id, name) VALUES (" + q(kApp) + "," + q(kOrganization) +
               "," + q(kProject) + ",'hello')");
  database.run(
      "INSERT INTO app_environments (id, organization_id, app_id, environment_id, host, git_url, branch) VALUES (" +
      q(kAppEnvironment) + "," + q(kOrganization) + "," + q(kApp) + "," + q(kEnvironment) +
      ",'hello.localhost','https://g/h','main')");
  database.run(
      "INSERT INTO deployments (id, organization_id, app_environment_id, number, trigger, git_url, branch, created_by) "
      "VALUES (" +
      q(kDeployment) + "," + q(kOrganization) + "," + q(kAppEnvironment) + ",1,'manual','https://g/h','main','me')");
  database.run(
      "INSERT INTO releases (id, organization_id, app_environment_id, deployment_id, number, image_repository, "
      "image_digest, port, "
      "health_path, cpu_millis, memory_bytes, pids) VALUES (" +
      q(kRelease) + "," + q(kOrganization) + "," + q(kAppEnvironment) + "," + q(kDeployment) + ",1,'acme/hello'," +
      q(digest) + ",8080,'/',1000,536870912,512)");
}

TEST(Schema, every_statement_of_the_program_prepares) {
  World world;
  EXPECT_GT(postgres::Statement::all().size(), 100U);
  EXPECT_THAT(world.pool.blocking_prepare_all(), testing::IsEmpty());
}

/// The test above would find it. In a process of its own, for statements are known for good.
TEST(Schema, a_statement_that_does_not_fit_the_schema_is_named) {
  const Database database;
  const auto finds_it = [&] {
    const postgres::Statement broken{"test.broken", "SELECT no_such_column FROM apps"};
    postgres::Pool pool({.dsn = database.dsn(), .size = 1});
    const auto bad = pool.blocking_prepare_all();
    ::_exit(bad.size() == 1 && bad[0].starts_with("test.broken: ") ? 0 : 1);
  };
  EXPECT_EXIT(finds_it(), testing::ExitedWithCode(0), "");
}

TEST(Schema, names_of_statements_are_unique) {
  std::set<std::string> names;
  for (const auto* statement : postgres::Statement::all())
    EXPECT_TRUE(names.insert(statement->name()).second) << statement->name();
}

TEST(Schema, equals_the_snapshot_in_the_repository) {
  const Database database;
  if (std::getenv("WH_UPDATE_SCHEMA") != nullptr) base::blocking_write_file(WH_SCHEMA_FILE, database.schema(), 0644);
  EXPECT_EQ(database.schema(), base::blocking_read_file(WH_SCHEMA_FILE))
      << "a migration changed the schema: run this test with WH_UPDATE_SCHEMA=1 and look at the difference";
}

TEST(Migrations, a_second_run_changes_nothing) {
  const Database database;
  const auto before = database.schema();

  const auto report = postgres::blocking_migrate(database.dsn());

  EXPECT_EQ(report.applied, 0);
  EXPECT_EQ(report.version, static_cast<int>(postgres::embedded_migrations().size()));
  EXPECT_EQ(database.schema(), before);
}

TEST(Migrations, a_file_changed_after_it_was_applied_is_refused) {
  const Database database;
  auto changed = postgres::embedded_migrations();
  const auto sql = std::string(changed[1].sql) + "\n-- one more line";
  changed[1].sql = sql;

  EXPECT_THROW(postgres::blocking_migrate(database.dsn(), changed), base::Failure);
}

TEST(Migrations, a_database_of_a_newer_version_is_refused) {
  const Database database;
  auto fewer = postgres::embedded_migrations();
  fewer.pop_back();

  EXPECT_THROW(postgres::blocking_migrate(database.dsn(), fewer), base::Failure);
}

TEST(Migrations, a_file_that_fails_leaves_nothing_behind) {
  const Database database;
  auto more = postgres::embedded_migrations();
  const auto number = static_cast<int>(more.size()) + 1;
  more.push_back({number, "bad.sql", "CREATE TABLE half_made (id integer); SELECT 1 / 0"});

  EXPECT_THROW(postgres::blocking_migrate(database.dsn(), more), base::Failure);
  EXPECT_EQ(database.value("SELECT to_regclass('half_made')"), "");
  EXPECT_EQ(postgres::blocking_migrate(database.dsn()).applied, 0);
}

TEST(Migrations, two_at_once_apply_each_file_once) {
  const Database fresh = Database::empty();

  auto first = std::async(std::launch::async, [&] { return postgres::blocking_migrate(fresh.dsn()).applied; });
  auto second = std::async(std::launch::async, [&] { return postgres::blocking_migrate(fresh.dsn()).applied; });

  EXPECT_EQ(first.get() + second.get(), static_cast<int>(postgres::embedded_migrations().size()));
  EXPECT_EQ(fresh.schema(), Database().schema());
}

TEST(SchemaRules, deployments_take_only_the_steps_of_the_state_machine) {
  const Database database;
  fill(database);
  const auto move = [&](const std::string& from, const std::string& to) {
    database.run("ALTER TABLE deployments DISABLE TRIGGER deployments_change; UPDATE deployments SET state = " +
                 q(from) + ", failure_step = CASE WHEN " + q(from) +
                 " = 'failed' THEN 'build' END; "
                 "ALTER TABLE deployments ENABLE TRIGGER deployments_change");
    return database
        .refusal("UPDATE deployments SET state = " + q(to) + ", failure_step = CASE WHEN " + q(to) +
                 " = 'failed' THEN 'build' END")
        .empty();
  };
  using deployments::State;
  for (const auto from : {State::queued, State::building, State::built, State::releasing, State::live, State::failed,
                          State::cancelled, State::superseded}) {
    for (const auto to : {State::queued, State::building, State::built, State::releasing, State::live, State::failed,
                          State::cancelled, State::superseded}) {
      if (from == to) continue;
      EXPECT_EQ(move(deployments::to_string(from), deployments::to_string(to)), deployments::may_become(from, to))
          << deployments::to_string(from) << " to " << deployments::to_string(to);
    }
  }
}

TEST(SchemaRules, a_built_deployment_never_changes) {
  const Database database;
  fill(database);
  database.run(
      "UPDATE deployments SET state = 'building', commit_id = 'abc'; UPDATE deployments SET state = 'built', "
      "image_digest = 'x'");

  for (const char* change : {"commit_id = 'def'", "image_digest = 'y'", "git_url = 'https://evil/'", "number = 7"}) {
    EXPECT_THAT(database.refusal("UPDATE deployments SET " + std::string(change)), testing::HasSubstr("immutable"))
        << change;
  }
}

TEST(SchemaRules, what_is_append_only_stays_as_it_is) {
  const Database database;
  fill(database);
  database.run("INSERT INTO audit_events (id, actor_kind, action) VALUES (gen_random_uuid(), 'system', 'test')");

  for (const char* change : {"UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events",
                             "TRUNCATE audit_events", "UPDATE releases SET port = 1"}) {
    EXPECT_THAT(database.refusal(change), testing::HasSubstr("append-only")) << change;
  }
}

TEST(SchemaRules, ids_of_another_organization_are_refused) {
  const Database database;
  fill(database);
  const auto id = "gen_random_uuid()";
  const std::vector<std::string> foreign{
      "INSERT INTO environments (id, organization_id, project_id, name) VALUES (" + std::string(id) + "," +
          q(kForeign) + "," + q(kProject) + ",'e')",
      "INSERT INTO apps (id, organization_id, project_id, name) VALUES (" + std::string(id) + "," + q(kForeign) + "," +
          q(kProject) + ",'e')",
      "INSERT INTO app_environments (id, organization_id, app_id, environment_id, host, git_url, branch) VALUES (" +
          std::string(id) + "," + q(kForeign) + "," + q(kApp) + "," + q(kEnvironment) + ",'h','g','b')",
      "INSERT INTO deployments (id, organization_id, app_environment_id, number, trigger, git_url, branch, created_by) "
      "VALUES (" +
          std::string(id) + "," + q(kForeign) + "," + q(kAppEnvironment) + ",2,'manual','g','b','me')",
      "INSERT INTO variables (organization_id, app_environment_id, name, value_sealed, generation) VALUES (" +
          q(kForeign) + "," + q(kAppEnvironment) + ",'A','x',1)",
      "INSERT INTO release_variables (organization_id, release_id, name, value_sealed, generation) VALUES (" +
          q(kForeign) + "," + q(kRelease) + ",'A','x',1)",
      "INSERT INTO jobs (id, organization_id, app_environment_id, deployment_id, kind) VALUES (" + std::string(id) +
          "," + q(kForeign) + "," + q(kAppEnvironment) + "," + q(kDeployment) + ",'build')",
      "INSERT INTO deployment_logs (deployment_id, organization_id) VALUES (" + q(kDeployment) + "," + q(kForeign) +
          ")",
      "UPDATE app_environments SET organization_id = " + q(kForeign),
  };
  for (const auto& statement : foreign)
    EXPECT_THAT(database.refusal(statement), testing::HasSubstr("foreign key")) << statement;
}

}  // namespace
}  // namespace control_plane_test
