#include <gtest/gtest.h>

#include "control-plane/app/all_in_one/all_in_one.hpp"
#include "control-plane/app/all_in_one/restart_policy.hpp"

namespace {

using namespace std::chrono_literals;
using all_in_one::options_from;

TEST(AllInOneOptions, defaults_suit_a_machine_with_one_installation) {
  const auto options = options_from({{"HOME", "/home"}}, "/opt/wh/wh-control-plane");

  ASSERT_TRUE(options);
  EXPECT_EQ(options->home, "/home/.local/share/wisehosting");
  EXPECT_EQ(options->agent_binary, "/opt/wh/wh-agent");
  EXPECT_EQ(options->ports.dashboard, 7070);
  EXPECT_EQ(options->ports.replicas.first, 20000);
}

TEST(AllInOneOptions, an_offset_moves_every_port_and_a_port_of_its_own_wins) {
  const auto options = options_from(
      {{"WISEHOSTING_HOME", "/data"}, {"WISEHOSTING_PORT_OFFSET", "100"}, {"WISEHOSTING_EDGE_PORT", "80"}}, "/x/cp");

  ASSERT_TRUE(options);
  EXPECT_EQ(options->ports.dashboard, 7170);
  EXPECT_EQ(options->ports.hub, 7171);
  EXPECT_EQ(options->ports.registry, 7150);
  EXPECT_EQ(options->ports.edge, 80);
  EXPECT_EQ(options->ports.replicas.first, 21000);
  EXPECT_EQ(options->ports.replicas.last, 21999);
}

TEST(AllInOneOptions, a_range_of_ports_for_replicas_of_its_own_wins) {
  const auto options = options_from({{"WISEHOSTING_HOME", "/data"}, {"WISEHOSTING_PUBLISH_PORTS", "9000-9099"}}, "/cp");

  ASSERT_TRUE(options);
  EXPECT_EQ(options->ports.replicas.first, 9000);
  EXPECT_EQ(options->ports.replicas.last, 9099);
}

TEST(AllInOneOptions, what_is_no_range_of_ports_is_refused) {
  for (const char* text : {"9000", "9099-9000", "80-90", "9000-", "-9000", "9000-99999", "9000-9001-9002"}) {
    const auto options = options_from({{"WISEHOSTING_HOME", "/data"}, {"WISEHOSTING_PUBLISH_PORTS", text}}, "/cp");
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().fields.at(0).pointer, "WISEHOSTING_PUBLISH_PORTS");
  }
}

TEST(AllInOneOptions, an_offset_that_would_share_the_containers_ports_with_another_installation_is_refused) {
  const auto options = options_from({{"WISEHOSTING_HOME", "/data"}, {"WISEHOSTING_PORT_OFFSET", "150"}}, "/x/cp");

  ASSERT_FALSE(options);
  ASSERT_EQ(options.error().fields.size(), 1U);
  EXPECT_EQ(options.error().fields[0].pointer, "WISEHOSTING_PORT_OFFSET");
}

TEST(AllInOneOptions, reports_every_mistake_at_once) {
  const auto options = options_from({{"WISEHOSTING_HOME", "relative"},
                                     {"WISEHOSTING_PORT_OFFSET", "many"},
                                     {"WISEHOSTING_HUB_PORT", "70000"},
                                     {"WISEHOSTING_EDGE_PORT", "7070"}},
                                    "/x/cp");

  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(options.error().fields.size(), 4U);
}

TEST(AllInOneOptions, hands_on_our_variables_and_no_others) {
  const auto options =
      options_from({{"HOME", "/h"}, {"WISEHOSTING_X", "1"}, {"WH_CRASH_AT", "a"}, {"SECRET", "s"}}, "/x/cp");

  ASSERT_TRUE(options);
  EXPECT_EQ(options->passed_on, (all_in_one::Environment{{"WISEHOSTING_X", "1"}, {"WH_CRASH_AT", "a"}}));
}

TEST(AllInOneLayout, sockets_stand_at_a_short_path_that_differs_by_home) {
  const auto first = all_in_one::layout_of("/data/a");
  const auto second = all_in_one::layout_of("/data/b");

  EXPECT_EQ(first.runtime, all_in_one::layout_of("/data/a").runtime);
  EXPECT_NE(first.runtime, second.runtime);
  EXPECT_LT(first.postgres_socket_folder.string().size(), 60U);  // a unix socket's path ends at 107
}

TEST(AllInOneRestartPolicy, waits_longer_each_time_up_to_ten_seconds) {
  all_in_one::RestartPolicy policy;

  EXPECT_EQ(policy.delay_after(0s), 200ms);
  EXPECT_EQ(policy.delay_after(1s), 400ms);
  for (int i = 0; i < 10; ++i) policy.delay_after(0s);
  EXPECT_EQ(policy.delay_after(0s), 10s);
}

TEST(AllInOneRestartPolicy, starts_at_once_what_had_lived_well) {
  all_in_one::RestartPolicy policy;
  for (int i = 0; i < 10; ++i) policy.delay_after(0s);

  EXPECT_EQ(policy.delay_after(5s), 0s);
  EXPECT_EQ(policy.delay_after(0s), 200ms);
}

}  // namespace
