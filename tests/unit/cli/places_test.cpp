// Several servers, slow lines, and looking at everything.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSession =
    R"({"person":{"id":"1","name":"Ada"},"organization":{"id":"2","name":"Acme","slug":"acme"},"role":"owner"})";
constexpr const char* kApps = "GET /api/v1/orgs/acme/apps?limit=100";

std::string app(const std::string& name, const std::string& state, const std::string& latest = "null") {
  return R"({"id":"id-)" + name + R"(","name":")" + name + R"(","url":"http://)" + name + R"(.localhost","state":")" +
         state + R"(","latest_deployment":)" + latest + "}";
}
std::string items(const std::string& all) {
  return R"({"items":[)" + all + R"(],"next_cursor":null})";
}

struct PlacesTest : ::testing::Test {
  PlacesTest() { person.sign_in(api); }
  FakeApi api;
  Person person;
};

TEST_F(PlacesTest, a_second_server_has_a_context_of_its_own) {
  FakeApi other;
  other.tell("GET /api/v1/session", {200, kSession, "", false});
  other.tell(kApps, {200, items(app("there", "live")), "", false});
  api.tell(kApps, {200, items(app("here", "live")), "", false});

  ASSERT_EQ(person.wh({"context", "add", "far", "wh_pat_x", "--server", other.url()}), 0) << person.complaints();

  EXPECT_EQ(person.wh({"apps"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("there"));
  EXPECT_EQ(person.wh({"--context", "default", "apps"}), 0);
  EXPECT_THAT(person.seen(), HasSubstr("here"));
  person.env["WISEHOSTING_CONTEXT"] = "default";
  EXPECT_EQ(person.wh({"apps"}), 0);
  EXPECT_THAT(person.seen(), HasSubstr("here"));
  person.env.clear();
  EXPECT_EQ(person.wh({"context", "list"}), 0);
  EXPECT_THAT(person.seen(), HasSubstr(other.url()));
  EXPECT_THAT(person.seen(), HasSubstr(api.url()));
  EXPECT_THAT(person.seen(), Not(HasSubstr("wh_pat_x")));
}

TEST_F(PlacesTest, a_context_that_is_removed_is_forgotten_and_signed_out) {
  FakeApi other;
  other.tell("GET /api/v1/session", {200, kSession, "", false});
  ASSERT_EQ(person.wh({"context", "add", "far", "wh_pat_x", "--server", other.url()}), 0) << person.complaints();

  EXPECT_EQ(person.wh({"context", "remove", "far"}), 0) << person.complaints();

  EXPECT_EQ(other.last("DELETE", "/api/v1/session").headers.at("authorization"), "Bearer wh_pat_x");
  EXPECT_EQ(person.wh({"context", "use", "far"}), 2);
  EXPECT_THAT(person.complaints(), HasSubstr("there is default"));
  EXPECT_EQ(person.wh({"--context", "../x", "apps"}), 2);
}

TEST_F(PlacesTest, a_read_is_asked_again_while_the_server_falters_and_a_write_is_not) {
  api.tell(kApps, {503, "{}", "", false});
  api.tell(kApps, {502, "{}", "", false});
  api.tell(kApps, {200, items(app("hello", "live")), "", false});
  api.tell("POST /api/v1/orgs/acme/apps/hello/stop", {503, "{}", "", false});

  EXPECT_EQ(person.wh({"apps"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("hello"));
  EXPECT_EQ(person.wh({"stop", "hello"}), 1);
  EXPECT_EQ(std::ranges::count(api.asked(), std::string("POST"), &Asked::method), 1);
}

TEST_F(PlacesTest, a_mistyped_app_is_answered_with_the_one_that_was_meant) {
  api.tell("GET /api/v1/orgs/acme/apps/helo",
           {404, R"({"title":"x","status":404,"code":"app.not_found","detail":"The app was not found."})", "", false});
  api.tell(kApps, {200, items(app("hello", "live") + "," + app("shop", "live")), "", false});

  EXPECT_EQ(person.wh({"apps", "show", "helo"}), 4);

  EXPECT_THAT(person.complaints(), HasSubstr("Did you mean: hello"));
}

TEST_F(PlacesTest, status_tells_what_needs_somebody_and_with_which_command) {
  api.tell("GET /api/v1/session", {200, kSession, "", false});
  const std::string failed = R"({"id":"d1","number":4,"state":"failed","created_at":"2026-11-21T20:00:00.000Z"})";
  api.tell(kApps, {200, items(app("hello", "live", failed) + "," + app("shop", "live")), "", false});
  api.tell("GET /api/v1/orgs/acme/workers?limit=100", {200, items(R"({"name":"w1","state":"lost"})"), "", false});

  EXPECT_EQ(person.wh({"status"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("wh deployment show hello"));
  EXPECT_THAT(person.seen(), HasSubstr("w1 is lost"));
  EXPECT_EQ(person.wh({"status", "--json"}), 0);
  EXPECT_THAT(person.seen(), testing::StartsWith(R"({"session":{)"));
}

TEST_F(PlacesTest, open_prints_the_address_and_starts_no_browser_where_nobody_looks) {
  api.tell("GET /api/v1/orgs/acme/apps/hello", {200, app("hello", "live"), "", false});

  EXPECT_EQ(person.wh({"open", "hello"}), 0);
  EXPECT_EQ(person.seen(), "http://hello.localhost\n");
  EXPECT_EQ(person.wh({"open"}), 0);
  EXPECT_EQ(person.seen(), api.url() + "/\n");
}

TEST_F(PlacesTest, events_are_followed_filtered_and_named) {
  const auto event = [](int id, const std::string& kind, const std::string& of) {
    return "event: change\nid: " + std::to_string(id) + "\ndata: " + R"({"kind":")" + kind + R"(","app_id":")" + of +
           R"(","at":"2026-11-21T20:00:00.000Z","data":{"state":"live"}})" + "\n\n";
  };
  api.tell(kApps, {200, items(app("hello", "live")), "", false});
  api.tell("GET /api/v1/orgs/acme/apps/hello", {200, app("hello", "live"), "", false});
  api.tell("GET /api/v1/orgs/acme/feed",
           {200,
            event(1, "replica.state", "id-hello") + event(2, "deployment.state", "id-other") +
                event(3, "deployment.state", "id-hello"),
            "Content-Type: text/event-stream\r\n", false});

  EXPECT_EQ(person.wh({"events", "hello", "--kind", "deployment.", "--limit", "1"}), 0) << person.complaints();

  EXPECT_THAT(person.seen(), HasSubstr(R"(deployment.state  hello  {"state":"live"})"));
  EXPECT_THAT(person.seen(), Not(HasSubstr("replica.state")));
}

TEST_F(PlacesTest, watching_shows_what_changed_until_somebody_ends_it) {
  api.tell(kApps, {200, items(app("hello", "deploying")), "", false});
  api.tell(kApps, {200, items(app("hello", "live")), "", false});
  api.on_request([asked = 0](const Asked&) mutable {
    if (++asked == 3) ::kill(::getpid(), SIGINT);
  });

  EXPECT_EQ(person.wh({"apps", "--watch"}), 130);

  EXPECT_THAT(person.seen(), HasSubstr("deploying"));
  EXPECT_THAT(person.seen(), HasSubstr("live"));
}

}  // namespace
}  // namespace cli_test
