#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSession =
    R"({"person":{"id":"1","name":"Ada"},"organization":{"id":"2","slug":"acme","name":"Acme"},"role":"owner","server":{"version":"0.1.0"}})";
constexpr const char* kApp =
    R"({"id":"01900000-0000-7000-8000-000000000001","name":"hello","url":"http://hello.localhost:7080","state":"live",
        "source":{"kind":"git","git_url":"https://e.x/hello.git","branch":"main"},"port":8080,"health_path":"/",
        "desired_replicas":1,"current_release":{"number":3},"latest_deployment":null,"staged_changes":0,"later":true})";

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() { person_.sign_in(api_); }
  FakeApi api_;
  Person person_;
};

TEST(LoginTest, redeems_a_setup_link_and_keeps_the_session_private) {
  FakeApi api;
  Person person;
  api.tell("POST /api/v1/setup", {200, kSession, "Set-Cookie: wh_session=abc123; Path=/; HttpOnly\r\n", false});

  const int code = person.wh({"login", api.url() + "/setup#tok_en-1"});

  EXPECT_EQ(code, 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("as Ada"));
  EXPECT_EQ(api.last("POST", "/api/v1/setup").body, R"({"token":"tok_en-1"})");
  EXPECT_THAT(read(person.context_file()), HasSubstr("abc123"));
  struct stat info{};
  ASSERT_EQ(::stat(person.context_file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(LoginTest, reads_the_link_from_standard_input) {
  FakeApi api;
  Person person;
  person.types = api.url() + "/setup#fromstdin\n";
  api.tell("POST /api/v1/setup", {200, kSession, "Set-Cookie: wh_session=x; Path=/\r\n", false});

  EXPECT_EQ(person.wh({"login", "-"}), 0) << person.complaints();

  EXPECT_EQ(api.last("POST", "/api/v1/setup").body, R"({"token":"fromstdin"})");
}

TEST(LoginTest, refuses_what_is_no_setup_link) {
  Person person;
  for (const std::string link :
       {"http://localhost:1/setup", "sometoken", "http://localhost:1/setup#", "http://localhost:1/#a b"}) {
    EXPECT_EQ(person.wh({"login", link}), 2) << link;
  }
}

TEST(LoginTest, without_a_session_everything_asks_to_sign_in) {
  Person person;

  EXPECT_EQ(person.wh({"apps"}), 3);
  EXPECT_THAT(person.complaints(), HasSubstr("wh login"));
}

TEST(LoginTest, a_server_that_is_away_is_exit_code_5) {
  Person person;

  EXPECT_EQ(person.wh({"login", "http://127.0.0.1:1/setup#tok"}), 5);
}

TEST_F(CommandsTest, a_session_goes_only_to_the_server_that_gave_it) {
  FakeApi other;

  EXPECT_EQ(person_.wh({"apps", "--server", other.url()}), 3);
  EXPECT_TRUE(other.asked().empty());
}

TEST_F(CommandsTest, a_context_that_others_may_read_is_not_used) {
  ::chmod(person_.context_file().c_str(), 0644);

  EXPECT_EQ(person_.wh({"apps"}), 1);
  EXPECT_TRUE(api_.asked().empty());
}

TEST_F(CommandsTest, whoami_says_who_and_where) {
  api_.tell("GET /api/v1/session", {200, kSession, "", false});

  EXPECT_EQ(person_.wh({"whoami"}), 0);

  EXPECT_THAT(person_.seen(), HasSubstr("Ada, owner of Acme (acme) at " + api_.url()));
  EXPECT_EQ(api_.last("GET", "/api/v1/session").headers.at("cookie"), "wh_session=s3cret");
}

TEST_F(CommandsTest, logout_ends_the_session_on_both_sides) {
  api_.tell("DELETE /api/v1/session", {204, "", "", false});

  EXPECT_EQ(person_.wh({"logout"}), 0);

  EXPECT_EQ(api_.last("DELETE", "/api/v1/session").headers.at("x-wh-csrf"), "1");
  EXPECT_EQ(read(person_.context_file()), "");
}

TEST_F(CommandsTest, lists_apps_over_all_pages) {
  api_.tell("GET /api/v1/orgs/acme/apps?limit=100",
            {200, std::string(R"({"items":[)") + kApp + R"(],"next_cursor":"c/2"})", "", false});
  api_.tell("GET /api/v1/orgs/acme/apps?limit=100&cursor=c%2F2",
            {200, R"({"items":[{"id":"x","name":"second","state":"empty"}],"next_cursor":null})", "", false});

  EXPECT_EQ(person_.wh({"apps"}), 0) << person_.complaints();
  EXPECT_THAT(person_.seen(), HasSubstr("hello   live   3        http://hello.localhost:7080"));
  EXPECT_THAT(person_.seen(), HasSubstr("second"));
}

TEST_F(CommandsTest, json_keeps_what_the_server_sent) {
  api_.tell("GET /api/v1/orgs/acme/apps/hello", {200, kApp, "", false});

  EXPECT_EQ(person_.wh({"apps", "show", "hello", "--json"}), 0);

  EXPECT_EQ(person_.seen(), std::string(kApp) + "\n");
}

TEST_F(CommandsTest, creates_an_app_with_csrf_header_and_idempotency_key) {
  api_.tell("POST /api/v1/orgs/acme/apps", {201, kApp, "", false});

  EXPECT_EQ(person_.wh({"apps", "create", "hello", "--git", "https://e.x/hello.git", "--port", "3000"}), 0);

  const auto asked = api_.last("POST", "/api/v1/orgs/acme/apps");
  EXPECT_EQ(asked.body, R"({"name":"hello","source":{"git_url":"https://e.x/hello.git"},"port":3000,"deploy":false})");
  EXPECT_EQ(asked.headers.at("x-wh-csrf"), "1");
  EXPECT_EQ(asked.headers.at("idempotency-key").size(), 36U);
  EXPECT_EQ(asked.headers.at("content-type"), "application/json");
}

TEST_F(CommandsTest, BLD_04_an_app_of_commands_needs_an_image_and_what_is_started) {
  api_.tell("POST /api/v1/orgs/acme/apps", {201, kApp, "", false});

  EXPECT_EQ(person_.wh({"apps", "create", "web", "--git", "https://e.x/w.git", "--image", "node:22",
                        "--install-command", "npm ci && echo 'x'", "--start-command", "npm start"}),
            0)
      << person_.complaints();
  EXPECT_EQ(
      api_.last("POST", "/api/v1/orgs/acme/apps").body,
      R"({"name":"web","source":{"git_url":"https://e.x/w.git","commands":{"image":"node:22","install_command":"npm ci && echo 'x'","start_command":"npm start"}},"deploy":false})");
  EXPECT_EQ(person_.wh({"apps", "create", "web", "--git", "https://e.x/w.git", "--build-command", "make"}), 2);
  EXPECT_THAT(person_.complaints(), HasSubstr("needs both --image and --start-command"));
}

TEST_F(CommandsTest, a_problem_is_one_sentence_with_its_fields) {
  api_.tell(
      "POST /api/v1/orgs/acme/apps",
      {422,
       R"({"status":422,"code":"invalid","detail":"The app cannot be made.","errors":[{"pointer":"/name","message":"No capitals."}]})",
       "", false});

  EXPECT_EQ(person_.wh({"apps", "create", "Hello", "--git", "https://e.x/y.git"}), 2);

  EXPECT_EQ(person_.complaints(), "wh: The app cannot be made.\n  name: No capitals.\n");
}

TEST_F(CommandsTest, an_unknown_app_is_exit_code_4) {
  EXPECT_EQ(person_.wh({"ps", "nothing"}), 4);
  EXPECT_THAT(person_.complaints(), HasSubstr("wh apps"));
  EXPECT_EQ(person_.wh({"ps", "nothing", "--json"}), 4);
  EXPECT_THAT(person_.complaints(), HasSubstr(R"({"error":{"code":"route.not_found")"));
}

TEST_F(CommandsTest, an_ended_session_is_exit_code_3) {
  api_.tell("GET /api/v1/orgs/acme/workers?limit=100", {401, R"({"detail":"Your session ended."})", "", false});

  EXPECT_EQ(person_.wh({"workers"}), 3);
}

TEST_F(CommandsTest, sets_variables_and_takes_one_from_standard_input) {
  api_.tell("PUT /api/v1/orgs/acme/apps/hello/variables/A", {200, "{}", "", false});
  api_.tell("PUT /api/v1/orgs/acme/apps/hello/variables/KEY", {200, "{}", "", false});
  person_.types = "line one\nline two\n";

  EXPECT_EQ(person_.wh({"env", "hello", "set", "A=b=c", "KEY=-"}), 0) << person_.complaints();

  EXPECT_EQ(api_.last("PUT", "/api/v1/orgs/acme/apps/hello/variables/A").body, R"({"value":"b=c"})");
  EXPECT_EQ(api_.last("PUT", "/api/v1/orgs/acme/apps/hello/variables/KEY").body, R"({"value":"line one\nline two"})");
  EXPECT_THAT(person_.seen(), Not(HasSubstr("line one")));
}

TEST_F(CommandsTest, a_bad_variable_sends_nothing) {
  for (const std::string bad : {"KEY", "1A=x", "A-B=x", "=x"}) {
    EXPECT_EQ(person_.wh({"env", "hello", "set", "GOOD=1", bad}), 2) << bad;
  }
  EXPECT_TRUE(api_.asked().empty());
}

TEST_F(CommandsTest, delete_wants_the_name) {
  api_.tell("GET /api/v1/orgs/acme/apps/hello", {200, kApp, "", false});
  const std::string app = "/api/v1/orgs/acme/apps/hello";
  api_.tell(
      "GET " + app + "/deletion",
      {200,
       R"({"app":"hello","url":"http://hello.localhost:7080","replicas":3,"deployments":9,"releases":1,"variables":2,
                 "log_bytes":5,"undo_hours":24})",
       "", false});
  api_.tell("DELETE " + app, {202, kApp, "", false});
  api_.tell("DELETE " + app + "?now=true", {202, kApp, "", false});

  person_.types = "hallo\n";
  EXPECT_EQ(person_.wh({"delete", "hello"}), 1);
  EXPECT_THAT(person_.complaints(),
              HasSubstr("3 replicas at once; after 24 hours also 9 deployments, 1 release with their "
                        "images, 2 variables"));
  EXPECT_EQ(api_.last("DELETE", "/").method, "");
  person_.types = "hello\n";
  EXPECT_EQ(person_.wh({"delete", "hello"}), 0);

  EXPECT_EQ(api_.last("DELETE", "/").target, app);
  EXPECT_EQ(person_.wh({"delete", "hello", "--yes", "--now"}), 0);
  EXPECT_EQ(api_.last("DELETE", "/").target, app + "?now=true");
}

TEST_F(CommandsTest, scale_sends_only_what_was_said) {
  const std::string app = "/api/v1/orgs/acme/apps/hello";
  api_.tell("GET /api/v1/orgs/acme/apps/hello", {200, kApp, "", false});
  api_.tell("PATCH " + app, {200, kApp, "", false});

  EXPECT_EQ(person_.wh({"scale", "hello", "3"}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"desired_replicas":3})");
  EXPECT_EQ(person_.wh({"scale", "hello", "--cpu", "250", "--memory", "64"}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"limits":{"cpu_millis":250,"memory_bytes":67108864}})");
  EXPECT_EQ(person_.wh({"scale", "hello"}), 2);
  EXPECT_EQ(person_.wh({"scale", "hello", "101"}), 2);
}

TEST_F(CommandsTest, undo_resume_and_apply_ask_for_just_that) {
  for (const std::string verb : {"undo", "resume"}) {
    api_.tell("POST /api/v1/orgs/acme/apps/hello/" + verb, {202, kApp, "", false});
    EXPECT_EQ(person_.wh({verb, "hello"}), 0) << verb;
    EXPECT_EQ(api_.last("POST", "/").target, "/api/v1/orgs/acme/apps/hello/" + verb);
  }
  EXPECT_EQ(person_.wh({"undo"}), 2);
}

TEST_F(CommandsTest, an_empty_log_says_how_to_wait_for_it_beside_what_is_printed) {
  api_.tell("GET /api/v1/orgs/acme/apps/hello/logs", {200, "", "", false});

  EXPECT_EQ(person_.wh({"logs", "hello"}), 0);

  EXPECT_EQ(person_.seen(), "");
  EXPECT_THAT(person_.complaints(), HasSubstr("wh logs hello -f"));
  EXPECT_THAT(person_.complaints(), HasSubstr("wh logs hello --build"));
}

TEST_F(CommandsTest, logs_are_filtered) {
  api_.tell("GET /api/v1/orgs/acme/apps/hello/logs?tail=5", {200, "a\x1b[2J\x1b[31mred\x1b[0m\n", "", false});

  EXPECT_EQ(person_.wh({"logs", "hello", "--tail", "5"}), 0);
  EXPECT_EQ(person_.seen(), "ared\n");
  person_.at_terminal = true;
  EXPECT_EQ(person_.wh({"logs", "hello", "--tail", "5"}), 0);
  EXPECT_EQ(person_.seen(), "a\x1b[31mred\x1b[0m\n");
}

TEST_F(CommandsTest, following_a_log_shows_no_line_twice_after_a_break) {
  const std::string stream = "/api/v1/orgs/acme/apps/hello/logs/stream?tail=100&since=10m&replica=0";
  api_.tell("GET " + stream,
            {200, "id: r:4\nevent: log\ndata: {\"replica\":\"r\",\"text\":\"one\\n\"}\n\n", "", false});
  api_.tell("GET " + stream, {200,
                              "event: gap\ndata: {\"replica\":\"r\",\"text\":\"[2 lines left out]\"}\n\n"
                              "event: log\ndata: {\"replica\":\"r\",\"text\":\"two\\n\"}\n\nevent: end\ndata: {}\n\n",
                              "", false});

  EXPECT_EQ(person_.wh({"logs", "hello", "-f", "-q", "--since", "10m", "--tail", "100", "--replica", "0"}), 0)
      << person_.complaints();

  EXPECT_EQ(person_.seen(), "one\n[2 lines left out]\ntwo\n");
  EXPECT_EQ(api_.last("GET", stream).headers.at("last-event-id"), "r:4");
}

TEST_F(CommandsTest, a_build_log_can_begin_late) {
  const std::string path = "GET /api/v1/orgs/acme/deployments/01900000-0000-7000-8000-0000000000d1/log";
  api_.tell(path + "?tail=1&limit=262144", {200, "two\n", "X-WH-Next-Offset: 8\r\nX-WH-Complete: true\r\n", false});
  api_.tell(path + "?offset=8&limit=262144", {200, "", "X-WH-Next-Offset: 8\r\nX-WH-Complete: true\r\n", false});

  EXPECT_EQ(person_.wh({"logs", "hello", "--tail", "1", "--build", "01900000-0000-7000-8000-0000000000d1"}), 0);

  EXPECT_EQ(person_.seen(), "two\n");
}

TEST_F(CommandsTest, a_build_log_is_read_piece_by_piece) {
  const std::string base = "GET /api/v1/orgs/acme/deployments/01900000-0000-7000-8000-0000000000d1/log?";
  api_.tell(base + "limit=262144", {200, "one ", "X-WH-Next-Offset: 4\r\nX-WH-Complete: false\r\n", false});
  api_.tell(base + "offset=4&limit=262144", {200, "two\n", "X-WH-Next-Offset: 8\r\nX-WH-Complete: true\r\n", false});
  api_.tell(base + "offset=8&limit=262144", {200, "", "X-WH-Next-Offset: 8\r\nX-WH-Complete: true\r\n", false});

  EXPECT_EQ(person_.wh({"logs", "hello", "--build", "01900000-0000-7000-8000-0000000000d1"}), 0)
      << person_.complaints();

  EXPECT_EQ(person_.seen(), "one two\n");
}

}  // namespace
}  // namespace cli_test
