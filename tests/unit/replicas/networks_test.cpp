#include "worker-agent/runtime/networks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace runtime {
namespace {

using ::testing::HasSubstr;

TEST(Networks, SSRF_01_apps_reach_nothing_that_gives_machines_their_credentials) {
  const auto script =
      render_firewall({.installation = "0123abcd", .bridges = {"whn0123aaaaaaaa"}, .resolvers = {"168.63.129.16"}});

  const auto elements = script.substr(script.find("set not_internet"));
  for (const char* address : {"169.254.0.0/16", "168.63.129.16,", "100.64.0.0/10"})
    EXPECT_THAT(elements.substr(0, elements.find('\n')), HasSubstr(address));
  EXPECT_LT(script.find("ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept"),
            script.find("ip daddr @not_internet counter drop"))
      << "a name server at such an address still answers";
}

}  // namespace
}  // namespace runtime
