#include <gmock/gmock.h>

#include <atomic>
#include <barrier>
#include <sstream>
#include <thread>

#include "common/base/failure.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

using testing::ElementsAre;

/// The queue of builds over rows of the test's own; nothing is built.
struct QueueTest : testing::Test {
  QueueTest() { world.create_app("seed"); }

  /// Apps app-1 … app-n like `seed`.
  void make_apps(int n) {
    world.database.run(
        "WITH seed AS (SELECT e.*, a.project_id FROM app_environments e JOIN apps a ON a.id = e.app_id), made AS ("
        "INSERT INTO apps (id, organization_id, project_id, name) SELECT gen_random_uuid(), organization_id, "
        "project_id, 'app-' || n FROM seed, generate_series(1, " +
        std::to_string(n) +
        ") n RETURNING id, name) "
        "INSERT INTO app_environments (id, organization_id, app_id, environment_id, host, git_url, branch) SELECT "
        "gen_random_uuid(), seed.organization_id, made.id, seed.environment_id, made.name || '.localhost', "
        "seed.git_url, seed.branch FROM made, seed");
  }
  /// A deployment of app-`app` with its job; ids of jobs sort as their numbers.
  void queue(int app, int job, int priority = 0) {
    std::ostringstream sql;
    sql << "WITH d AS (INSERT INTO deployments (id, organization_id, app_environment_id, number, trigger, git_url, "
           "branch, created_by) SELECT gen_random_uuid(), e.organization_id, e.id, "
        << job << ", 'manual', e.git_url, e.branch, 'test' FROM app_environments e JOIN apps a ON a.id = e.app_id "
        << "WHERE a.name = 'app-" << app << "' RETURNING id, organization_id, app_environment_id) "
        << "INSERT INTO jobs (id, organization_id, app_environment_id, deployment_id, kind, priority) SELECT "
        << "('01993b2e-7c00-7000-8000-' || lpad('" << job << "', 12, '0'))::uuid, organization_id, "
        << "app_environment_id, id, 'build', " << priority << " FROM d";
    world.database.run(sql.str());
  }
  void builders(int n) {
    for (int i = 0; i < n; ++i) world.enrol("builder-" + std::to_string(i), {"build"});
    world.database.run("UPDATE workers SET state = 'online'");
  }
  /// Gives out what can be given; the numbers of the jobs that are with a worker now.
  std::vector<int> active_after_assigning() {
    world.plain([&](Tx& tx) { return world.modules.builds.assign(tx); });
    std::vector<int> numbers;
    std::istringstream list(
        world.database.value("SELECT string_agg(right(id::text, 12)::int::text, ' ' ORDER BY id) FROM jobs WHERE "
                             "state = 'assigned'"));
    for (int number = 0; list >> number;) numbers.push_back(number);
    return numbers;
  }
  void end(int job) {
    world.database.run("UPDATE jobs SET state = 'succeeded', finished_at = now() WHERE right(id::text, 12)::int = " +
                       std::to_string(job));
  }

  World world;
};

TEST_F(QueueTest, BLD_01_eight_claimers_at_once_give_each_of_a_hundred_jobs_out_once) {
  make_apps(100);
  for (int i = 1; i <= 100; ++i) queue(i, i);
  builders(50);
  std::atomic<int> given{0};
  std::barrier start(8);
  {
    std::vector<std::jthread> claimers;
    for (int i = 0; i < 8; ++i) {
      claimers.emplace_back([&] {
        postgres::Pool own({.dsn = world.database.dsn(), .size = 1});
        start.arrive_and_wait();
        for (int idle = 0; idle < 2;) {
          const auto now =
              own.blocking_on_pool([&](Tx& tx) -> base::Result<int> { return world.modules.builds.assign(tx); });
          given += *now;
          idle = *now == 0 ? idle + 1 : 0;
        }
        own.stop();
      });
    }
  }

  EXPECT_EQ(given, 100) << "what the claimers were told that they gave out";
  EXPECT_EQ(world.database.value("SELECT count(*) FROM jobs WHERE state = 'assigned' AND worker_id IS NOT NULL"),
            "100");
}

TEST_F(QueueTest, SCH_03_a_higher_priority_overtakes_others_keep_their_order_and_one_app_builds_one_at_a_time) {
  make_apps(4);
  for (int i = 1; i <= 3; ++i) queue(i, i);
  queue(1, 4);
  queue(4, 5, 10);
  builders(1);  // with two slots

  EXPECT_THAT(active_after_assigning(), ElementsAre(1, 5));
  end(5);
  EXPECT_THAT(active_after_assigning(), ElementsAre(1, 2));
  end(2);
  EXPECT_THAT(active_after_assigning(), ElementsAre(1, 3));
  end(3);
  EXPECT_THAT(active_after_assigning(), ElementsAre(1)) << "app-1 is being built";
  end(1);
  EXPECT_THAT(active_after_assigning(), ElementsAre(4));
}

TEST_F(QueueTest, two_jobs_of_one_app_do_not_keep_the_others_from_being_given_out) {
  make_apps(2);
  queue(1, 1);
  queue(2, 2);
  queue(1, 3);
  builders(2);

  EXPECT_THAT(active_after_assigning(), ElementsAre(1, 2));
  EXPECT_THAT(active_after_assigning(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace control_plane_test
