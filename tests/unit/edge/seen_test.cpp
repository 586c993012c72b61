#include "worker-agent/edge/seen.hpp"

#include <gtest/gtest.h>

namespace edge {
namespace {

// As HAProxy 2.6.12 wrote it, columns cut from the header on.
constexpr const char* kState =
    "1\n"
    "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight …\n"
    "4 app-1 1 aa_127.0.0.1_18200 127.0.0.1 0 1 10 10 0 1 0 0 2 0 0 0 - 18200 - 0 0 - - 0\n"
    "4 app-1 2 bb_127.0.0.1_18201 127.0.0.1 2 8 7 10 0 1 0 1 6 0 0 0 - 18201 - 0 0 - - 0\n";

TEST(SeenTest, reads_servers_and_their_states) {
  const auto servers = parse_servers_state(kState);

  ASSERT_TRUE(servers.has_value());
  ASSERT_EQ(servers->size(), 2U);
  EXPECT_EQ((*servers)[0].path(), "app-1/aa_127.0.0.1_18200");
  EXPECT_TRUE((*servers)[0].maintenance);
  EXPECT_FALSE((*servers)[0].checked);
  EXPECT_FALSE((*servers)[1].maintenance);
  EXPECT_TRUE((*servers)[1].draining);
  EXPECT_TRUE((*servers)[1].checked);
  EXPECT_EQ((*servers)[1].weight, 7);
}

TEST(SeenTest, reads_a_map_and_notes_repeated_hosts) {
  Seen seen;

  ASSERT_TRUE(parse_map("0x1 a.b app-1\n0x2 c.d app-2\n0x3 a.b app-9", seen).has_value());

  EXPECT_EQ(seen.hosts, (std::map<std::string, std::string>{{"a.b", "app-1"}, {"c.d", "app-2"}}));
  EXPECT_EQ(seen.repeated_hosts, std::vector<std::string>{"a.b"});
}

TEST(SeenTest, reads_counters_by_the_names_of_their_columns) {
  const auto servers = parse_counters(
      "# pxname,svname,scur,stot,econ,eresp,wretr,status,hrsp_4xx,hrsp_5xx,dreq,\n"
      "app-1,aa,2,1234,3,4,5,UP 1/2,6,7,8,\n");

  ASSERT_TRUE(servers.has_value());
  ASSERT_EQ(servers->size(), 1U);
  const auto& server = servers->front();
  EXPECT_EQ(server.in_flight, 2U);
  EXPECT_EQ(server.requests, 1234U);
  EXPECT_EQ(server.connect_errors, 3U);
  EXPECT_EQ(server.response_errors, 4U);
  EXPECT_EQ(server.retries, 5U);
  EXPECT_EQ(server.responses_4xx, 6U);
  EXPECT_EQ(server.responses_5xx, 7U);
  EXPECT_EQ(server.denied, 8U);
  EXPECT_TRUE(server.healthy);
}

TEST(SeenTest, another_form_is_an_error_and_not_an_empty_answer) {
  Seen seen;
  EXPECT_FALSE(parse_servers_state("").has_value());
  EXPECT_FALSE(parse_servers_state("Unknown command").has_value());
  EXPECT_FALSE(parse_servers_state("1\n4 app-1 1 aa 127.0.0.1 x").has_value());
  EXPECT_FALSE(parse_map("Unknown map identifier.", seen).has_value());
  EXPECT_FALSE(parse_counters("").has_value());
  EXPECT_FALSE(parse_counters("Unknown").has_value());
}

}  // namespace
}  // namespace edge
