#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "common/base/files.hpp"
#include "common/base/process.hpp"
#include "tests/integration/all_in_one/installation.hpp"

namespace {

using all_in_one_tests::eventually;
using all_in_one_tests::Installation;

TEST(AllInOne, starts_the_database_the_control_plane_and_an_enrolled_agent) {
  Installation installation;

  installation.start();

  ASSERT_TRUE(eventually([&] { return installation.up(); })) << installation.supervisor_log();
  ASSERT_TRUE(eventually([&] { return installation.count("agent started") == 1; }));
  const auto journal = installation.journal();
  EXPECT_EQ(journal[0], "control-plane started crash_at=");
  EXPECT_EQ(journal[1], "token made");
  EXPECT_EQ(journal[2], "agent started token=wh_enrol_x hub=https://127.0.0.1:1 pin=sha256/abc ports=20000-20999");
  EXPECT_TRUE(std::filesystem::is_socket(installation.runtime() / "pg" / ".s.PGSQL.5432"));
}

TEST(AllInOne, waits_until_the_control_plane_says_that_it_is_ready) {
  Installation installation;
  installation.tell("not-ready");

  installation.start();

  ASSERT_TRUE(eventually([&] { return installation.up(); })) << installation.supervisor_log();
  EXPECT_FALSE(std::filesystem::exists(installation.home() / "not-ready"));
}

TEST(AllInOne, keeps_everything_private) {
  Installation installation;

  installation.start();

  ASSERT_TRUE(eventually([&] { return installation.up(); })) << installation.supervisor_log();
  const auto mode = [&](const char* name) {
    struct stat entry{};
    EXPECT_EQ(::stat((installation.home() / name).c_str(), &entry), 0) << name;
    return entry.st_mode & 0777U;
  };
  EXPECT_EQ(mode("secrets"), 0700U);
  EXPECT_EQ(mode("secrets/master.key"), 0600U);
  EXPECT_EQ(mode("postgres"), 0700U);
  EXPECT_EQ(mode("agent"), 0700U);
  EXPECT_EQ(mode("config/enrolment.token"), 0600U);
  EXPECT_EQ(mode("config/enrolment.json"), 0600U);
  EXPECT_EQ(base::blocking_read_file(installation.home() / "secrets/master.key").size(), 32U);
}

TEST(AllInOne, starts_again_what_dies_and_leaves_the_rest_alone) {
  Installation installation;
  installation.start();
  ASSERT_TRUE(eventually([&] { return installation.up(); })) << installation.supervisor_log();
  const auto agent = installation.process("agent");

  for (const char* name : {"control-plane", "postgres"}) {
    const auto before = installation.process(name);
    ::kill(before.pid, SIGKILL);

    ASSERT_TRUE(eventually([&] { return installation.alive(name) && installation.process(name).pid != before.pid; }))
        << name;
  }
  EXPECT_EQ(installation.process("agent").pid, agent.pid);
  EXPECT_EQ(installation.count("token made"), 1);
}

TEST(AllInOne, an_enrolled_agent_is_started_again_without_a_token) {
  Installation installation;
  installation.start();
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(installation.home() / "agent/link/identity.json"); }));

  ::kill(installation.process("agent").pid, SIGKILL);

  ASSERT_TRUE(eventually([&] { return installation.count("agent started") == 2; }));
  EXPECT_EQ(installation.count("token made"), 1);
}

TEST(AllInOne, an_agent_that_died_before_it_registered_gets_a_fresh_token) {
  Installation installation;
  installation.tell("agent-dies");

  installation.start();

  ASSERT_TRUE(eventually([&] { return installation.count("agent started") == 2; })) << installation.supervisor_log();
  EXPECT_EQ(installation.count("token made"), 2);
}

TEST(AllInOne, asks_again_when_no_token_could_be_made) {
  Installation installation;
  installation.tell("token-fails");

  installation.start();

  ASSERT_TRUE(eventually([&] { return installation.count("agent started") == 1; })) << installation.supervisor_log();
  EXPECT_EQ(installation.count("token made"), 2);
}

TEST(AllInOne, stops_in_order_within_ten_seconds_when_told_to) {
  Installation installation;
  const pid_t supervisor = installation.start();
  ASSERT_TRUE(eventually([&] { return installation.count("agent started") == 1; })) << installation.supervisor_log();
  const auto postgres = installation.process("postgres");

  const auto began = std::chrono::steady_clock::now();
  ::kill(supervisor, SIGTERM);

  EXPECT_EQ(installation.wait(supervisor), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  const auto journal = installation.journal();
  ASSERT_GE(journal.size(), 5U);
  EXPECT_EQ(journal[journal.size() - 2], "agent stopped");
  EXPECT_EQ(journal[journal.size() - 1], "control-plane stopped");
  EXPECT_NE(base::start_time_of(postgres.pid), postgres.start_time);
  EXPECT_FALSE(std::filesystem::exists(installation.home() / "postgres/data/postmaster.pid"));
}

TEST(AllInOne, kills_what_does_not_stop) {
  Installation installation;
  installation.tell("agent-hangs");
  const pid_t supervisor = installation.start();
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(installation.home() / "agent/link/identity.json"); }));

  ::kill(supervisor, SIGTERM);

  EXPECT_EQ(installation.wait(supervisor), 0);
  EXPECT_EQ(installation.count("control-plane stopped"), 1);
}

TEST(AllInOne, nothing_outlives_a_killed_supervisor_and_the_next_one_goes_on_with_the_same_data) {
  Installation installation;
  const pid_t first = installation.start();
  ASSERT_TRUE(eventually([&] { return installation.count("agent started") == 1; })) << installation.supervisor_log();
  const auto key = base::blocking_read_file(installation.home() / "secrets/master.key");
  const auto cluster = base::blocking_read_file(installation.home() / "postgres/data/global/pg_control");
  ::kill(first, SIGKILL);
  installation.wait(first);
  for (const char* name : {"agent", "control-plane", "postgres"}) {
    EXPECT_TRUE(eventually([&] { return !installation.alive(name); })) << name;
  }

  installation.start();

  ASSERT_TRUE(eventually([&] { return installation.count("agent started") == 2 && installation.up(); }))
      << installation.supervisor_log();
  EXPECT_EQ(base::blocking_read_file(installation.home() / "secrets/master.key"), key);
  // The first eight bytes are the cluster's identifier: it was not made anew.
  EXPECT_EQ(base::blocking_read_file(installation.home() / "postgres/data/global/pg_control").substr(0, 8),
            cluster.substr(0, 8));
}

TEST(AllInOne, one_home_is_run_once) {
  Installation installation;
  installation.start();
  ASSERT_TRUE(eventually([&] { return installation.up(); })) << installation.supervisor_log();

  const pid_t second = installation.start();

  EXPECT_EQ(installation.wait(second), 2);
  EXPECT_TRUE(installation.up());
}

TEST(AllInOne, a_crash_point_is_handed_to_the_first_start_only) {
  Installation installation;
  installation.start({{"WH_CRASH_AT", "build.pushed"}});
  ASSERT_TRUE(eventually([&] { return installation.up(); })) << installation.supervisor_log();

  ::kill(installation.process("control-plane").pid, SIGKILL);

  ASSERT_TRUE(eventually([&] { return installation.count("control-plane started") == 2; }));
  EXPECT_EQ(installation.count("control-plane started crash_at=build.pushed"), 1);
}

TEST(AllInOne, a_half_made_cluster_is_made_anew) {
  Installation installation;
  std::filesystem::create_directories(installation.home() / "postgres/data.new/base");

  installation.start();

  EXPECT_TRUE(eventually([&] { return installation.up(); })) << installation.supervisor_log();
  EXPECT_FALSE(std::filesystem::exists(installation.home() / "postgres/data.new"));
}

TEST(AllInOne, refuses_a_master_key_that_others_can_read_or_that_is_too_short) {
  Installation installation;
  const auto key = installation.home() / "secrets/master.key";
  std::filesystem::create_directories(key.parent_path());
  base::blocking_write_file(key, std::string(32, 'k'), 0644);

  EXPECT_EQ(installation.wait(installation.start()), 1);
  base::blocking_write_file(key, "short", 0600);
  EXPECT_EQ(installation.wait(installation.start()), 1);
  EXPECT_EQ(base::blocking_read_file(key), "short");
}

}  // namespace
