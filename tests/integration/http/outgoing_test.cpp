#include "common/http_client/outgoing.hpp"

#include <gtest/gtest.h>

#include "common/http_client/networks.hpp"
#include "test_server.hpp"

namespace {

using http_client::Network;
using http_client::OutgoingClient;
using http_client::OutgoingPolicy;
using http_test::TestServer;

/// What a name server says, call by call; the last answer stays. Counts the calls.
struct NameServer {
  std::vector<std::vector<std::string>> answers;
  int asked{0};

  http_client::Resolve resolver() {
    return [this](std::string, base::Deadline) { return answer(); };
  }
  async::Task<base::Result<std::vector<std::string>>> answer() {
    const auto at = std::min(static_cast<std::size_t>(asked++), answers.size() - 1);
    co_return answers[at];
  }
};

async::Task<http::Response> secret(http::Request) {
  co_return http::text_response(200, "secret");
}

/// The server stands on every address of 127.0.0.0/8. 127.0.0.2 plays the internet, the rest the inside.
struct OutgoingTest : testing::Test {
  OutgoingTest() {
    http::RouteTable routes;
    routes.add(http::Method::get, "/", secret);
    routes.add(http::Method::get, "/to/{where}", [this](http::Request request) { return redirect(request); });
    http::ListenerOptions options;
    options.address = "0.0.0.0";
    port = server.server().listen(std::move(options), std::move(routes));
    policy.allowed = {*Network::parse("127.0.0.2/32")};
  }

  async::Task<http::Response> redirect(http::Request request) {
    ++redirected;
    http::Response response;
    response.status = 302;
    const auto where = request.params.at("where");
    response.set_header("Location", where == "loop" ? "/to/loop" : where == "file" ? "file:///etc/passwd" : inside());
    co_return response;
  }
  std::string inside() const { return "http://127.0.0.1:" + std::to_string(port) + "/"; }

  /// The body, or the error's code.
  std::string get(const std::string& url, http_client::Resolve resolve = {}) {
    OutgoingClient client(server.executor(), server.clock(), policy, std::move(resolve));
    const auto response = server.run(client.send(url, {}, server.soon()));
    return response ? response->body : response.error().code;
  }
  std::string get(const std::string& host, const std::string& path, NameServer& names) {
    return get("http://" + host + ":" + std::to_string(port) + path, names.resolver());
  }

  TestServer server;
  OutgoingPolicy policy;
  std::uint16_t port{0};
  std::atomic<int> redirected{0};
};

TEST_F(OutgoingTest, ssrf_01_refuses_every_address_that_is_not_public) {
  for (const std::string host : {"127.0.0.1",
                                 "[::1]",
                                 "0.0.0.0",
                                 "10.50.0.1",
                                 "169.254.169.254",
                                 "[::ffff:10.50.0.1]",
                                 "[::ffff:127.0.0.1]",
                                 "2130706433",
                                 "0x7f.1",
                                 "0x7f000001",
                                 "127.1",
                                 "localhost",
                                 "metadata.localhost",
                                 "[fd00::1]",
                                 "[fe80::1]",
                                 "192.168.1.1",
                                 "172.16.0.1",
                                 "100.64.0.1",
                                 "224.0.0.1",
                                 "255.255.255.255",
                                 "[64:ff9b::7f00:1]",
                                 "[2002:7f00:1::]",
                                 "[::]"}) {
    EXPECT_EQ(get("http://" + host + ":" + std::to_string(port) + "/"), "outgoing.refused") << host;
  }
}

TEST_F(OutgoingTest, ssrf_01_refuses_user_information_in_a_url) {
  EXPECT_EQ(get("http://a@10.50.0.1/"), "url.malformed");
  EXPECT_EQ(get("http://example.com@10.50.0.1/"), "url.malformed");
}

TEST_F(OutgoingTest, ssrf_01_refuses_a_public_name_of_a_private_address) {
  NameServer names{{{"10.50.0.1"}}};

  EXPECT_EQ(get("localtest.me", "/", names), "outgoing.refused");
}

TEST_F(OutgoingTest, ssrf_01_refuses_a_name_of_which_one_address_of_several_is_private) {
  NameServer names{{{"127.0.0.2", "127.0.0.1"}}};

  EXPECT_EQ(get("both.example", "/", names), "outgoing.refused");
}

TEST_F(OutgoingTest, a_host_without_an_address_is_refused) {
  NameServer names{{{}}};

  EXPECT_EQ(get("nowhere.example", "/", names), "outgoing.refused");
}

TEST_F(OutgoingTest, reaches_what_is_permitted_and_asks_for_it_by_its_name) {
  NameServer names{{{"127.0.0.2"}}};

  EXPECT_EQ(get("public.example", "/", names), "secret");
  EXPECT_EQ(names.asked, 1);
}

TEST_F(OutgoingTest, dns_rebinding_cannot_change_the_address_between_check_and_connect) {
  NameServer names{{{"127.0.0.2"}, {"127.0.0.1"}}};

  EXPECT_EQ(get("rebind.example", "/", names), "secret");
  EXPECT_EQ(names.asked, 1) << "a second look-up is a second chance to lie";
  EXPECT_EQ(get("rebind.example", "/", names), "outgoing.refused") << "and each request is checked anew";
}

TEST_F(OutgoingTest, what_is_refused_stays_refused_though_allowed_or_public) {
  policy.refused = {*Network::parse("127.0.0.0/24"), *Network::parse("192.0.2.0/24")};
  NameServer mesh{{{"127.0.0.2"}}};

  EXPECT_EQ(get("mesh.example", "/", mesh), "outgoing.refused");
}

TEST_F(OutgoingTest, ssrf_03_follows_no_redirect_unless_told_to) {
  NameServer names{{{"127.0.0.2"}}};

  EXPECT_EQ(get("public.example", "/to/inside", names), "");
  EXPECT_EQ(redirected, 1);
}

TEST_F(OutgoingTest, ssrf_03_checks_the_target_of_a_redirect) {
  policy.redirects = 3;
  const auto resolver = http_client::system_resolver(server.executor());
  const std::string outside = "http://127.0.0.2:" + std::to_string(port);

  EXPECT_EQ(get(outside + "/to/inside", resolver), "outgoing.refused");
  EXPECT_EQ(get(outside + "/to/file", resolver), "url.malformed");
}

TEST_F(OutgoingTest, ssrf_03_follows_three_redirects_at_most) {
  policy.redirects = 50;
  NameServer names{{{"127.0.0.2"}}};

  EXPECT_EQ(get("public.example", "/to/loop", names), "outgoing.redirects");
  EXPECT_EQ(redirected, 4);
  EXPECT_EQ(names.asked, 4);
}

TEST_F(OutgoingTest, ssrf_03_speaks_http_and_https_only) {
  for (const std::string url : {"gopher://127.0.0.2/", "file:///etc/passwd", "ftp://127.0.0.2/", "ws://127.0.0.2/",
                                "wss://127.0.0.2/", "//127.0.0.2/", "http:127.0.0.2"}) {
    EXPECT_EQ(get(url), "url.malformed") << url;
  }
}

TEST_F(OutgoingTest, refusals_do_not_tell_what_is_there) {
  NameServer names{{{"10.50.0.1"}}};
  OutgoingClient client(server.executor(), server.clock(), policy, names.resolver());

  const auto response = server.run(client.send("http://name.example/", {}, server.soon()));

  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().message.find("10.50"), std::string::npos);
}

TEST(Networks, know_the_public_internet) {
  for (const char* address : {"8.8.8.8", "1.1.1.1", "172.32.0.1", "192.167.0.1", "100.128.0.1", "2606:4700::1111",
                              "2a00:1450::1", "64:ff9b::808:808"}) {
    EXPECT_TRUE(http_client::is_public_address(address)) << address;
  }
  for (const char* address : {"",
                              "x",
                              "8.8.8",
                              "8.8.8.8 ",
                              "::ffff:8.8.8.8",
                              "203.0.113.7",
                              "2001:db8::1",
                              "2001::1",
                              "3fff::1",
                              "ff02::1",
                              "fec0::1",
                              "1000::1",
                              "127.0.0.1",
                              "10.50.0.1",
                              "169.254.169.254",
                              "192.168.1.1",
                              "172.31.255.255",
                              "100.64.0.1",
                              "0.0.0.0",
                              "224.0.0.1",
                              "255.255.255.255",
                              "198.18.0.1",
                              "::1",
                              "::",
                              "fe80::1",
                              "fd00::1",
                              "::ffff:10.50.0.1",
                              "64:ff9b::a32:1",
                              "2002:0a32:0001::1",
                              "2001:0:1::1",
                              "nonsense"}) {
    EXPECT_FALSE(http_client::is_public_address(address)) << address;
  }
}

TEST(Networks, are_read_strictly_and_hold_what_they_say) {
  for (const char* text : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "x/8", "::/129"}) {
    EXPECT_FALSE(Network::parse(text).has_value()) << text;
  }
  EXPECT_TRUE(Network::parse("10.0.0.0/8")->contains("10.255.0.1"));
  EXPECT_FALSE(Network::parse("10.0.0.0/8")->contains("11.0.0.1"));
  EXPECT_TRUE(Network::parse("10.0.0.0/8")->contains("::ffff:10.0.0.1"));
  EXPECT_TRUE(Network::parse("fd00::/7")->contains("fc12::1"));
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains("1.2.3.4"));
}

}  // namespace
