#include "control-plane/platform/http/forwarded.hpp"

#include <gtest/gtest.h>

namespace http {
namespace {

std::vector<http_client::Network> proxies() {
  return {*http_client::Network::parse("10.0.0.0/8"), *http_client::Network::parse("2001:db8::/32")};
}

std::string asked(const std::string& peer, const std::string& header) {
  return client_address(peer, {{"X-Forwarded-For", header}}, proxies());
}

TEST(Forwarded, a_header_of_somebody_who_is_no_proxy_is_not_read) {
  EXPECT_EQ(asked("203.0.113.9", "127.0.0.1"), "203.0.113.9");
  EXPECT_EQ(client_address("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1"}}, {}), "10.0.0.1");
}

TEST(Forwarded, the_last_address_that_is_no_proxy_asked) {
  EXPECT_EQ(asked("10.0.0.1", "198.51.100.1"), "198.51.100.1");
  EXPECT_EQ(asked("10.0.0.1", "127.0.0.1, 198.51.100.1, 10.0.0.2"), "198.51.100.1") << "what the client wrote is void";
  EXPECT_EQ(asked("2001:db8::1", "2001:0:1::7"), "2001:0:1::7");
  EXPECT_EQ(
      client_address("10.0.0.1", {{"x-forwarded-for", "198.51.100.1"}, {"X-Forwarded-For", "10.0.0.3"}}, proxies()),
      "198.51.100.1");
}

TEST(Forwarded, what_is_no_address_ends_the_search) {
  EXPECT_EQ(asked("10.0.0.1", "198.51.100.1, evil<script>"), "10.0.0.1");
  EXPECT_EQ(asked("10.0.0.1", "198.51.100.1:8080, 10.0.0.2"), "10.0.0.2");
  EXPECT_EQ(asked("10.0.0.1", ""), "10.0.0.1");
}

TEST(Forwarded, no_other_header_is_read) {
  EXPECT_EQ(client_address("10.0.0.1", {{"Forwarded", "for=198.51.100.1"}, {"X-Real-IP", "198.51.100.1"}}, proxies()),
            "10.0.0.1");
}

}  // namespace
}  // namespace http
