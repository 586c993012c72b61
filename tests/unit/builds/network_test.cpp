#include "worker-agent/builds/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker-agent/builds/addresses.hpp"

namespace builds {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RulesInput input() {
  return RulesInput{.installation = "0011aabb",
                    .bridge = "whb0011aabb",
                    .subnet = 7,
                    .registry_port = 7050,
                    .resolvers = {"10.1.2.3", "9.9.9.9"}};
}

TEST(SourceAddresses, SSRF_01_where_clouds_keep_credentials_is_known_in_every_form) {
  for (const char* address :
       {"169.254.169.254", "169.254.170.2", "::ffff:169.254.169.254", "fe80::1", "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"}) {
    EXPECT_TRUE(holds_credentials_of_machines(address)) << address;
  }
  for (const char* address : {"127.0.0.1", "10.0.0.1", "192.168.1.5", "169.253.1.1", "100.100.100.201", "fd00::1",
                              "::1", "93.184.216.34", "no address"}) {
    EXPECT_FALSE(holds_credentials_of_machines(address)) << address;
  }
}

TEST(Rules, let_builds_reach_registry_and_resolvers_and_nothing_private) {
  const std::string rules = render_rules(input());

  EXPECT_THAT(rules, HasSubstr("iifname \"whb0011aabb\" ip daddr 10.91.7.1 tcp dport 7050 accept"));
  EXPECT_THAT(rules, HasSubstr("ip daddr { 10.1.2.3, 9.9.9.9 } meta l4proto { tcp, udp } th dport 53 accept"));
  EXPECT_THAT(rules, HasSubstr("iifname \"whb0011aabb\" ip daddr @private drop"));
  EXPECT_THAT(rules, HasSubstr("169.254.0.0/16"));
  EXPECT_THAT(rules, HasSubstr("168.63.129.16")) << "where Azure keeps credentials of its machines";
  EXPECT_THAT(rules, HasSubstr("ip saddr 10.91.7.0/24 oifname != \"whb0011aabb\" masquerade"));
}

TEST(Rules, replace_their_own_table_only) {
  const std::string rules = render_rules(input());

  EXPECT_TRUE(rules.starts_with("table inet wh_build_0011aabb\ndelete table inet wh_build_0011aabb\n"));
}

TEST(Rules, do_without_resolvers) {
  RulesInput none = input();
  none.resolvers.clear();

  EXPECT_THAT(render_rules(none), Not(HasSubstr("dport 53")));
}

TEST(Subnet, is_the_first_that_nobody_has) {
  EXPECT_EQ(first_free_subnet({}), 0);
  EXPECT_EQ(first_free_subnet({0, 1, 3}), 2);
  std::set<int> all;
  for (int n = 0; n < 256; ++n) all.insert(n);
  EXPECT_EQ(first_free_subnet(all), -1);
}

TEST(Lease, gives_each_jail_an_address_and_takes_it_back) {
  BuildNetwork network(
      {.installation = "0011aabb", .state_file = "/nonexistent", .subnet = 3, .registry_port = 1, .resolvers = {}});

  const auto first = network.lease().value();
  const auto second = network.lease().value();
  network.release(first);
  const auto third = network.lease().value();

  EXPECT_NE(first.address, second.address);
  EXPECT_EQ(third.address, first.address);
  EXPECT_LE(first.veth.size(), 15U);
}

TEST(Getent, lists_each_address_once) {
  EXPECT_THAT(addresses_of_getent("::1             STREAM localhost\n::1             DGRAM\n127.0.0.1       STREAM\n"),
              ::testing::ElementsAre("::1", "127.0.0.1"));
  EXPECT_TRUE(addresses_of_getent("").empty());
}

}  // namespace
}  // namespace builds
