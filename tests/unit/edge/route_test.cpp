#include "worker-agent/edge/route.hpp"

#include <gtest/gtest.h>

#include "tests/unit/edge/routes.hpp"

namespace edge {
namespace {

constexpr auto kGrace = std::chrono::seconds(30);
constexpr const char* kApp = "01900000-0000-7000-8000-000000000001";
constexpr const char* kReplica = "01900000-0000-7000-8000-0000000000a1";

std::string route_json(const std::string& host, const std::string& address, const std::string& options = "{}",
                       const std::string& port = "20001") {
  return std::string(R"({"app_environment_id":")") + kApp + R"(","hosts":[")" + host +
         R"("],"targets":[{"replica_id":")" + kReplica + R"(","address":")" + address + R"(","port":)" + port +
         R"(,"weight":100,"state":"ready"}],"options":)" + options + "}";
}

TEST(RouteTest, reads_a_route_object) {
  const auto route = parse_route(route_json("hello.localhost", "127.0.0.1"), kGrace);

  ASSERT_TRUE(route.has_value()) << route.error().message;
  EXPECT_EQ(route->hosts, std::vector<std::string>{"hello.localhost"});
  ASSERT_EQ(route->targets.size(), 1U);
  EXPECT_EQ(route->targets[0].port, 20001);
  EXPECT_EQ(route->targets[0].weight, 100);
  EXPECT_FALSE(route->targets[0].drain);
  EXPECT_EQ(route->drain_grace, kGrace);
  EXPECT_EQ(server_name(route->targets[0]), std::string(kReplica) + "_127.0.0.1_20001");
}

TEST(RouteTest, takes_the_grace_of_a_drain_from_the_options) {
  const auto route = parse_route(route_json("a.b", "10.0.0.1", R"({"drain_grace_s":5,"later":true})"), kGrace);
  const auto endless = parse_route(route_json("a.b", "10.0.0.1", R"({"drain_grace_s":100000})"), kGrace);

  ASSERT_TRUE(route.has_value());
  EXPECT_EQ(route->drain_grace, std::chrono::seconds(5));
  EXPECT_FALSE(endless.has_value());
}

class RefusedHost : public ::testing::TestWithParam<std::string> {};

TEST_P(RefusedHost, never_reaches_the_configuration) {
  EXPECT_FALSE(check_host(GetParam()).has_value());
}

INSTANTIATE_TEST_SUITE_P(Hosts, RefusedHost,
                         ::testing::Values("", ".", "a..b", "-a.b", "a-.b", "a.b.", ".a", "A.b", "a b", "a\nb", "a\rb",
                                           "a;b", "a\tb", "a/b", "a#b", "a\"b", "a'b", "a\\b", "a$b", "a%b", "a{b",
                                           "a,b", "a:80", "a_b.c", "*.a.b", "10.0.0.1", "1", "\xc3\xa4.de",
                                           std::string("a\0b", 3), std::string(64, 'a') + ".b",
                                           std::string(250, 'a') + ".b.c"));

TEST(RouteTest, accepts_ordinary_hosts) {
  for (const auto* host : {"localhost", "hello.localhost", "xn--bcher-kva.example", "a-b.c1", "1a.2b.c3", "3com.com"}) {
    EXPECT_TRUE(check_host(host).has_value()) << host;
  }
}

class RefusedAddress : public ::testing::TestWithParam<std::string> {};

TEST_P(RefusedAddress, never_reaches_the_configuration) {
  EXPECT_FALSE(check_address(GetParam()).has_value());
}

INSTANTIATE_TEST_SUITE_P(Addresses, RefusedAddress,
                         ::testing::Values("", "localhost", "example.com", "127.0.0.1 ", " 127.0.0.1", "127.0.0.1\n",
                                           "127.0.0.1;", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "127.1",
                                           "2130706433", "0x7f.0.0.1", "::", "ff02::1", "::ffff:127.0.0.1",
                                           "fe80::1%eth0", "[::1]", "unix@/run/x", "/run/x",
                                           std::string("127.0.0.1\0x", 11)));

TEST(RouteTest, makes_addresses_canonical) {
  EXPECT_EQ(check_address("10.91.0.7"), "10.91.0.7");
  EXPECT_EQ(check_address("FD00:0:0::0001"), "fd00::1");
}

TEST(RouteTest, refuses_ports_that_are_none) {
  for (const auto* port : {"0", "65536", "-1", "80.5", "\"80\"", "8e1"}) {
    EXPECT_FALSE(parse_route(route_json("a.b", "10.0.0.1", "{}", port), kGrace).has_value()) << port;
  }
}

TEST(RouteTest, refuses_injections_in_a_whole_object) {
  EXPECT_FALSE(parse_route(route_json("a.b\\nshutdown", "10.0.0.1"), kGrace).has_value());
  EXPECT_FALSE(parse_route(route_json("a.b; disable server", "10.0.0.1"), kGrace).has_value());
  EXPECT_FALSE(parse_route(route_json("a.b", "10.0.0.1 weight 256"), kGrace).has_value());
  EXPECT_FALSE(parse_route("{}", kGrace).has_value());
  EXPECT_FALSE(parse_route("", kGrace).has_value());
}

TEST(RouteTest, refuses_a_host_or_an_app_in_two_routes) {
  const auto shared_host = check_routes({route(1, {}, {"a.b", "c.d"}), route(2, {}, {"c.d"})});
  const auto same_app = check_routes({route(1, {}, {"a.b"}), route(1, {}, {"c.d"})});
  const auto distinct = check_routes({route(1, {}, {"a.b"}), route(2, {}, {"c.d"})});

  EXPECT_FALSE(shared_host.has_value());
  EXPECT_FALSE(same_app.has_value());
  EXPECT_TRUE(distinct.has_value());
}

}  // namespace
}  // namespace edge
