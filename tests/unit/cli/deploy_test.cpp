#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kId = "01900000-0000-7000-8000-0000000000d1";
const std::string kPath = "/api/v1/orgs/acme/deployments/" + kId;
const std::string kStart = "POST /api/v1/orgs/acme/apps/hello/deployments";
constexpr const char* kApp =
    R"({"id":"a","name":"hello","url":"http://hello.localhost:7080","state":"live","current_release":{"number":2}})";

std::string deployment(const std::string& state, const std::string& more = "") {
  return R"({"id":")" + kId + R"(","app_name":"hello","number":3,"trigger":"manual","state":")" + state +
         R"(","source":{"git_url":"https://e.x/h.git","branch":"main"},"status_text":"Now )" + state +
         R"(.","created_at":"2026-11-21T10:00:00.000Z")" + more + "}";
}

const std::string kBuilding = R"(,"building_at":"2026-11-21T10:00:00.100Z")";
const std::string kLive =
    kBuilding +
    R"(,"built_at":"2026-11-21T10:00:03.300Z","releasing_at":"2026-11-21T10:00:03.400Z","live_at":"2026-11-21T10:00:04.400Z")";

const std::string kReceipt =
    R"(,"receipt":{"state":"open","complete":true,"gaps":[],"edges":1,"opened_at":"2026-11-21T10:00:03.500Z",)"
    R"("requests_old":520,"requests_new":70,"failed":2,"errors":{"app":0,"connect":0,"response":2,"unserved":0,"cut":0},)"
    R"("aborted":0,"retries":1,"connections_drained":3,"longest_drain_ms":1500,)"
    R"("before":{"seconds":60,"requests":6000,"failed":0,"app_errors":0,"p50_ms":0.8,"p99_ms":4},)"
    R"("during":{"seconds":1,"requests":590,"failed":2,"app_errors":0,"p50_ms":1,"p99_ms":12.4},)"
    R"("after":{"seconds":0,"requests":0,"failed":0,"app_errors":0,"p50_ms":null,"p99_ms":null}})";

class DeployTest : public ::testing::Test {
 protected:
  DeployTest() {
    person_.sign_in(api_);
    api_.tell(kStart, {202, deployment("queued"), "", false});
    api_.tell("GET /api/v1/orgs/acme/apps/hello", {200, kApp, "", false});
    api_.tell("GET " + kPath + "/log/stream", {200,
                                               "id: 6\nevent: log\ndata: {\"offset\":0,\"text\":\"STEP "
                                               "1\\n\"}\n\nevent: end\ndata: {\"state\":\"built\"}\n\n",
                                               "Content-Type: text/event-stream\r\n", false});
  }
  FakeApi api_;
  Person person_;
};

TEST_F(DeployTest, shows_phases_log_address_and_times) {
  api_.tell("GET " + kPath, {200, deployment("building", kBuilding), "", false});
  api_.tell("GET " + kPath, {200, deployment("live", kLive), "", false});

  const int code = person_.wh({"deploy", "hello"});

  EXPECT_EQ(code, 0) << person_.complaints();
  EXPECT_THAT(person_.seen(), HasSubstr("> Now queued."));
  EXPECT_THAT(person_.seen(), HasSubstr("> Now building."));
  EXPECT_THAT(person_.seen(), HasSubstr("STEP 1\n"));
  EXPECT_THAT(person_.seen(), HasSubstr("Live  http://hello.localhost:7080\n"));
  EXPECT_THAT(person_.seen(), HasSubstr("queued 100 ms · build 3.2 s · waiting 100 ms · release 1.0 s · 4.4 s in all"));
}

TEST_F(DeployTest, ends_with_what_the_switch_did_to_requests) {
  api_.tell("GET " + kPath, {200, deployment("live", kLive + kReceipt), "", false});

  person_.wh({"deploy", "hello"});

  EXPECT_THAT(person_.seen(), HasSubstr("590 requests (520 old, 70 new), 2 failed (2 response)"
                                        " · 3 connections drained, the longest 1.5 s\n"));
  EXPECT_THAT(person_.seen(), HasSubstr("p50/p99 ms: before 0.8/4.0 · during 1.0/12 · after -/-\n"));
  EXPECT_THAT(person_.seen(), HasSubstr("wh deployment show " + kId));
}

TEST_F(DeployTest, a_deployment_is_shown_with_its_receipt) {
  api_.tell("GET " + kPath, {200, deployment("live", kLive + kReceipt), "", false});

  person_.wh({"deployment", "show", kId});

  EXPECT_THAT(person_.seen(), HasSubstr("Receipt   590 requests (520 old, 70 new), 2 failed"));
  EXPECT_THAT(person_.seen(), HasSubstr("Still counting."));
}

TEST_F(DeployTest, a_failure_names_step_exit_code_and_last_lines) {
  api_.tell(
      "GET " + kPath,
      {200, deployment("failed", kBuilding + R"(,"failure":{"step":"build","code":"x","message":"RUN make failed.",
                                 "exit_code":2,"last_lines":["gcc: no","make: *** [all]"],"hint":"Look at the Makefile."})"),
       "", false});

  const int code = person_.wh({"deploy", "hello"});

  EXPECT_EQ(code, 1);
  EXPECT_THAT(person_.complaints(),
              HasSubstr("Deployment 3 of hello failed in step build (exit code 2): RUN make failed."));
  EXPECT_THAT(person_.complaints(), HasSubstr("  | gcc: no\n  | make: *** [all]\n"));
  EXPECT_THAT(person_.complaints(), HasSubstr("Look at the Makefile."));
  EXPECT_THAT(person_.complaints(),
              HasSubstr("Usual causes: " + api_.url() + "/docs/troubleshooting#a-deployment-failed\n"));
  EXPECT_THAT(person_.complaints(), HasSubstr("Release 2 goes on serving http://hello.localhost:7080"));
}

TEST_F(DeployTest, no_wait_prints_the_id_and_ends) {
  EXPECT_EQ(person_.wh({"deploy", "hello", "--no-wait", "--quiet"}), 0);

  EXPECT_EQ(person_.seen(), kId + "\n");
}

TEST_F(DeployTest, quiet_prints_the_address_alone) {
  api_.tell("GET " + kPath, {200, deployment("live", kLive), "", false});

  EXPECT_EQ(person_.wh({"deploy", "hello", "-q"}), 0);

  EXPECT_EQ(person_.seen(), "http://hello.localhost:7080\n");
}

TEST_F(DeployTest, json_prints_the_final_deployment_alone) {
  const std::string final = deployment("live", kLive);
  api_.tell("GET " + kPath, {200, final, "", false});

  EXPECT_EQ(person_.wh({"deploy", "hello", "--json"}), 0);

  EXPECT_EQ(person_.seen(), final + "\n");
}

TEST_F(DeployTest, a_log_that_breaks_off_is_taken_up_where_it_ended) {
  FakeApi api;
  person_.sign_in(api);
  api.tell(kStart, {202, deployment("building", kBuilding), "", false});
  api.tell("GET /api/v1/orgs/acme/apps/hello", {200, kApp, "", false});
  api.tell("GET " + kPath + "/log/stream",
           {200, "id: 4\nevent: log\ndata: {\"offset\":0,\"text\":\"one\\n\"}\n\n", "", false});
  api.tell("GET " + kPath + "/log/stream",
           {200, "id: 8\nevent: log\ndata: {\"offset\":4,\"text\":\"two\\n\"}\n\nevent: end\ndata: {}\n\n", "", false});
  for (int i = 0; i < 4; ++i) api.tell("GET " + kPath, {200, deployment("building", kBuilding), "", false});
  api.tell("GET " + kPath, {200, deployment("live", kLive), "", false});

  EXPECT_EQ(person_.wh({"deploy", "hello"}), 0) << person_.complaints();

  EXPECT_THAT(person_.seen(), HasSubstr("one\ntwo\n"));
  EXPECT_EQ(api.last("GET", kPath + "/log/stream").headers.at("last-event-id"), "4");
}

TEST_F(DeployTest, ctrl_c_leaves_it_running_and_says_so) {
  api_.tell("GET " + kPath, {200, deployment("building", kBuilding), "", false});
  api_.on_request([polls = 0](const Asked& asked) mutable {
    if (asked.target == kPath && ++polls == 2) ::kill(::getpid(), SIGINT);
  });

  const int code = person_.wh({"deploy", "hello"});

  EXPECT_EQ(code, 130);
  EXPECT_THAT(person_.complaints(), HasSubstr("The deployment goes on"));
  EXPECT_EQ(api_.last("POST", kPath).method, "");
}

TEST_F(DeployTest, cancel_finds_the_latest_deployment_of_an_app) {
  FakeApi api;
  person_.sign_in(api);
  api.tell("GET /api/v1/orgs/acme/apps/hello",
           {200, R"({"id":"a","name":"hello","state":"deploying","latest_deployment":)" + deployment("building") + "}",
            "", false});
  api.tell("POST " + kPath + "/cancel", {202, deployment("cancelled"), "", false});

  EXPECT_EQ(person_.wh({"cancel", "hello"}), 0) << person_.complaints();

  EXPECT_EQ(api.last("POST", kPath + "/cancel").method, "POST");
}

TEST_F(DeployTest, a_deployment_is_found_by_its_number) {
  api_.tell("GET /api/v1/orgs/acme/apps/hello/deployments?limit=100",
            {200, R"({"items":[)" + deployment("live", kLive) + R"(],"next_cursor":null})", "", false});
  api_.tell("GET " + kPath, {200, deployment("live", kLive), "", false});

  EXPECT_EQ(person_.wh({"deployment", "show", "hello/3"}), 0) << person_.complaints();
  EXPECT_THAT(person_.seen(), HasSubstr("hello/3  live"));
  EXPECT_EQ(person_.wh({"deployment", "show", "hello/4"}), 4);
  EXPECT_EQ(person_.wh({"deployment", "show", "hello/x"}), 2);
}

TEST_F(DeployTest, rolls_back_to_the_release_asked_for) {
  api_.tell("POST /api/v1/orgs/acme/apps/hello/rollback", {202, deployment("queued"), "", false});

  EXPECT_EQ(person_.wh({"rollback", "hello", "--to", "2", "--no-wait"}), 0);

  EXPECT_EQ(api_.last("POST", "/api/v1/orgs/acme/apps/hello/rollback").body, R"({"release":2})");
}

/// As the API tells one of #3 that was deployed in `app`.
std::string deployed(const std::string& app, const std::string& source) {
  return R"({"id":")" + kId + R"(","app_name":")" + app +
         R"(","number":3,"trigger":"manual","state":"failed","source":)" + source +
         R"(,"status_text":"Now.","created_at":"2026-11-21T10:00:00.000Z"})";
}

constexpr const char* kCommitted = R"({"git_url":"https://e.x/h.git","branch":"main","commit":"9f3c2d71e5"})";

TEST_F(DeployTest, DEP_06_a_redeploy_asks_for_the_same_commit) {
  api_.tell("GET " + kPath, {200, deployed("hello", kCommitted), "", false});

  EXPECT_EQ(person_.wh({"redeploy", kId, "--no-wait"}), 0) << person_.complaints();

  EXPECT_EQ(api_.last("POST", "/api/v1/orgs/acme/apps/hello/deployments").body,
            R"({"commit":"9f3c2d71e5","branch":"main","environment":"production"})");
}

TEST_F(DeployTest, a_redeploy_stays_in_its_environment) {
  const std::string there = "/api/v1/orgs/acme/apps/hello%40preview/deployments";
  api_.tell("GET " + kPath, {200, deployed("hello@preview", kCommitted), "", false});
  api_.tell("POST " + there, {202, deployment("queued"), "", false});

  EXPECT_EQ(person_.wh({"redeploy", kId, "--no-wait"}), 0) << person_.complaints();

  EXPECT_EQ(api_.last("POST", there).body, R"({"commit":"9f3c2d71e5","branch":"main","environment":"preview"})");
}

TEST_F(DeployTest, a_redeploy_of_a_folder_sends_nothing_and_builds_what_was_sent_then) {
  api_.tell("GET " + kPath,
            {200, deployed("hello", R"({"git_url":"upload:01","branch":"main","commit":"ab12"})"), "", false});

  EXPECT_EQ(person_.wh({"redeploy", kId, "--no-wait"}), 0) << person_.complaints();

  EXPECT_EQ(api_.last("POST", "/api/v1/orgs/acme/apps/hello/deployments").body,
            R"({"environment":"production","upload":"01"})");
}

TEST_F(DeployTest, REG_05_releases_are_listed_with_what_became_of_their_images) {
  const auto release = [](int number, const std::string& more) {
    return R"({"id":"r","number":)" + std::to_string(number) +
           R"(,"commit":"9f3c2d71e5a0b1c2","image_digest":"sha256:00112233445566778899","created_at":"2026-11-21T10:00:00.000Z")" +
           more + "}";
  };
  const std::string items = release(3, "") + "," + release(2, "") + "," + release(1, R"(,"image_removed":true)");
  api_.tell(
      "GET /api/v1/orgs/acme/apps/hello/releases?limit=20",
      {200, R"({"items":[)" + release(4, R"(,"pinned":true)") + "," + items + R"(],"next_cursor":null})", "", false});

  EXPECT_EQ(person_.wh({"releases", "hello"}), 0) << person_.complaints();

  using ::testing::ContainsRegex;
  EXPECT_THAT(person_.seen(), ContainsRegex("4 +pinned +9f3c2d71e5a0 +001122334455"));
  EXPECT_THAT(person_.seen(), ContainsRegex("3 +kept +9f3c2d71e5a0"));
  EXPECT_THAT(person_.seen(), ContainsRegex("2 +current +9f3c2d71e5a0"));
  EXPECT_THAT(person_.seen(), ContainsRegex("1 +removed +9f3c2d71e5a0"));
}

TEST_F(DeployTest, REG_05_a_release_is_pinned_and_let_go) {
  const std::string path = "/api/v1/orgs/acme/apps/hello/releases/3/pin";
  api_.tell("PUT " + path, {200, "{}", "", false});
  api_.tell("DELETE " + path, {200, "{}", "", false});

  EXPECT_EQ(person_.wh({"pin", "hello", "3"}), 0) << person_.complaints();
  EXPECT_THAT(person_.seen(), HasSubstr("wh unpin hello 3"));
  EXPECT_EQ(person_.wh({"unpin", "hello", "3"}), 0) << person_.complaints();

  EXPECT_EQ(api_.last("PUT", path).method, "PUT");
  EXPECT_EQ(api_.last("DELETE", path).method, "DELETE");
  EXPECT_EQ(person_.wh({"pin", "hello"}), 2);
  EXPECT_EQ(person_.wh({"pin", "hello", "0"}), 2);
}

}  // namespace
}  // namespace cli_test
