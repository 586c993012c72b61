#include "control-plane/platform/http/route_table.hpp"

#include <gtest/gtest.h>

#include "control-plane/platform/http/target.hpp"

namespace {

using http::Method;

http::Handler nothing() {
  return [](http::Request) -> async::Task<http::Response> { co_return http::Response{}; };
}

std::string pattern_of(const http::RouteTable& table, Method method, std::string_view path) {
  const auto match = table.match(method, path);
  return match.route == nullptr ? "" : match.route->pattern();
}

TEST(RouteTable, gives_path_parameters_by_name) {
  http::RouteTable table;
  table.add(Method::get, "/api/v1/orgs/{org}/apps/{app}", nothing());

  const auto match = table.match(Method::get, "/api/v1/orgs/acme/apps/shop");

  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.params.at("org"), "acme");
  EXPECT_EQ(match.params.at("app"), "shop");
}

TEST(RouteTable, prefers_literal_segments_and_still_finds_the_other_way) {
  http::RouteTable table;
  table.add(Method::get, "/apps/{app}", nothing());
  table.add(Method::get, "/apps/new", nothing());
  table.add(Method::get, "/apps/{app}/logs", nothing());
  table.add(Method::get, "/apps/new/form", nothing());

  EXPECT_EQ(pattern_of(table, Method::get, "/apps/new"), "/apps/new");
  EXPECT_EQ(pattern_of(table, Method::get, "/apps/other"), "/apps/{app}");
  EXPECT_EQ(pattern_of(table, Method::get, "/apps/new/logs"), "/apps/{app}/logs");
}

TEST(RouteTable, tells_unknown_paths_from_unknown_methods) {
  http::RouteTable table;
  table.add(Method::get, "/apps", nothing());
  table.add(Method::post, "/apps", nothing());

  EXPECT_TRUE(table.match(Method::get, "/other").allowed.empty());
  EXPECT_EQ(table.match(Method::del, "/apps").allowed, (std::vector<Method>{Method::get, Method::post}));
  EXPECT_EQ(table.match(Method::del, "/apps").route, nullptr);
}

TEST(RouteTable, takes_neither_empty_parameters_nor_more_segments) {
  http::RouteTable table;
  table.add(Method::get, "/apps/{app}", nothing());

  EXPECT_EQ(table.match(Method::get, "/apps/").route, nullptr);
  EXPECT_EQ(table.match(Method::get, "/apps").route, nullptr);
  EXPECT_EQ(table.match(Method::get, "/apps/a/").route, nullptr);
  EXPECT_EQ(table.match(Method::get, "//apps/a").route, nullptr);
  EXPECT_EQ(table.match(Method::get, "/appsx/a").route, nullptr);
}

TEST(RouteTable, keeps_an_endpoint_and_a_websocket_of_one_path_apart) {
  http::RouteTable table;
  table.add(Method::get, "/logs", nothing());
  table.upgrade("/logs", [](http::Request, http::Upgrade&) -> async::Task<void> { co_return; });

  const auto match = table.match(Method::get, "/logs");

  EXPECT_FALSE(match.route->is_upgrade());
  EXPECT_TRUE(match.upgrade->is_upgrade());
}

TEST(RouteTable, aborts_when_a_route_is_added_twice) {
  http::RouteTable table;
  table.add(Method::get, "/apps/{app}", nothing());

  EXPECT_DEATH(table.add(Method::get, "/apps/{other}", nothing()), "added twice");
}

TEST(Target, decodes_the_path_and_the_query_once) {
  const auto target = http::parse_target("/apps/caf%C3%A9%2525?q=a+b%26c&empty=&flag");

  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->path, "/apps/café%25");
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"q", "a b&c"}, {"empty", ""}, {"flag", ""}}));
}

TEST(Target, takes_the_absolute_and_the_asterisk_form) {
  EXPECT_EQ(http::parse_target("http://host:7070/a?b=c")->path, "/a");
  EXPECT_EQ(http::parse_target("http://host")->path, "/");
  EXPECT_EQ(http::parse_target("*")->path, "*");
}

TEST(Target, refuses_what_two_readers_could_read_differently) {
  for (const auto* target : {"/a/../b",    "/a/..",   "/..",          "/.",        "/a/%2e%2e/b",
                             "/a/%2E%2e",  "/a%2Fb",  "/a%2fb",       "/a%5cb",    "/a\\b",
                             "/a%00",      "/a%0a",   "/%zz",         "/%4",       "/%",
                             "/%ff",       "/%c0%ae", "/a#b",         "/a b",      "/caf\xc3\xa9",
                             "a",          "",        "ftp://host/a", "http:///a", "http://host?a=b",
                             "/a?x=1&x=2", "/a?x=%",  "/a?%00=1"}) {
    const auto parsed = http::parse_target(target);

    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(parsed.error().kind, base::ErrorKind::malformed) << target;
  }
}

}  // namespace
