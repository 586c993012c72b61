// BLD-04: apps that are built from commands, from the setting over the build job to what a deployment says of itself.

#include <gmock/gmock.h>

#include "common/base/bytes.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/json/parse.hpp"
#include "control-plane/modules/builds/api.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;
using ::testing::HasSubstr;

constexpr const char* kNew =
    R"({"name":"web","source":{"git_url":"https://git.example.com/web.git","commands":{"image":"node:22",)"
    R"("install_command":"npm ci","build_command":"npm run build","start_command":"npm start"}}})";

struct BuildCommandsTest : testing::Test {
  std::string value(const std::string& sql) { return world.database.value(sql); }
  http_client::Response ask(const std::string& method, const std::string& rest, const std::string& body = "") {
    return world.request({.method = method, .target = "/api/v1/orgs/default/apps" + rest, .headers = {}, .body = body});
  }
  static nlohmann::json json_of(const http_client::Response& response) { return *json::parse_strict(response.body); }
  nlohmann::json source_after(const std::string& change) {
    const auto answer = ask("PATCH", "/web", change);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json_of(answer)["source"];
  }
  std::string refused_at(const std::string& method, const std::string& rest, const std::string& body) {
    const auto answer = ask(method, rest, body);
    EXPECT_EQ(answer.status, 422) << answer.body;
    const auto errors = json_of(answer).value("errors", nlohmann::json::array());
    return errors.empty() ? answer.body : errors[0]["pointer"].get<std::string>();
  }
  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
};

TEST_F(BuildCommandsTest, are_set_changed_one_by_one_and_ended_and_take_the_others_places) {
  const auto made = ask("POST", "", kNew);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json_of(made)["source"]["commands"]["image"], "node:22");

  auto commands = source_after(R"({"commands":{"build_command":"make\nmake install"}})")["commands"];
  EXPECT_EQ(commands["build_command"], "make\nmake install");
  EXPECT_EQ(commands["install_command"], "npm ci");
  commands = source_after(R"({"commands":{"install_command":""}})")["commands"];
  EXPECT_FALSE(commands.contains("install_command"));
  EXPECT_EQ(source_after(R"({"port":3000})")["commands"], commands);
  const auto files = source_after(R"({"static_directory":"dist"})");
  EXPECT_FALSE(files.contains("commands"));
  const auto back = source_after(R"({"commands":{"image":"node:22","start_command":"node ."}})");
  EXPECT_FALSE(back.contains("static_directory"));
  EXPECT_EQ(back["commands"], nlohmann::json({{"image", "node:22"}, {"start_command", "node ."}}));
  const auto built = source_after(R"({"containerfile":"Containerfile"})");
  EXPECT_FALSE(built.contains("commands"));
  EXPECT_EQ(value("SELECT count(*) FROM app_environments WHERE start_command IS NOT NULL"), "0");
  source_after(R"({"commands":{"image":"node:22","start_command":"node ."}})");
  EXPECT_FALSE(source_after(R"({"commands":{"image":""}})").contains("commands"));
}

TEST_F(BuildCommandsTest, that_cannot_be_are_refused_at_their_field) {
  ASSERT_EQ(ask("POST", "", kNew).status, 201);
  const std::string long_one(5000, 'x');
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"commands":{"image":"--privileged"}})"), "/commands/image");
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"commands":{"image":"scratch"}})"), "/commands/image");
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"commands":{"image":"node:22\nRUN id"}})"), "/commands/image");
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"commands":{"install_command":"a\u0000b"}})"), "/commands/install_command");
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"commands":{"build_command":")" + long_one + "\"}}"),
            "/commands/build_command");
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"commands":{"start_command":""}})"), "/commands/start_command");
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"static_directory":"dist","commands":{"start_command":"x"}})"),
            "/commands");
  EXPECT_EQ(refused_at("POST", "",
                       R"({"name":"two","source":{"git_url":"upload:","commands":{"image":"X","start_command":"y"}}})"),
            "/source/commands/image");
  EXPECT_EQ(ask("POST", "", R"({"name":"two","source":{"git_url":"upload:","commands":{"image":"x"}}})").status, 422);
  source_after(R"({"commands":{"image":""}})");
  EXPECT_EQ(refused_at("PATCH", "/web", R"({"commands":{"build_command":"make"}})"), "/commands/image");
  EXPECT_EQ(value("SELECT count(*) FROM app_environments"), "1");
}

TEST_F(BuildCommandsTest, reach_the_builder_with_the_variables_and_each_deployment_says_what_it_was_built_with) {
  ASSERT_EQ(ask("POST", "", kNew).status, 201);
  const auto key = crypto::x25519_generate();
  world.database.run("UPDATE workers SET sealing_public_key = '" + base::base64url_encode(key.public_key) + "'");
  const auto set = ask("PUT", "/web/variables/TOKEN", R"({"value":"secret","build_time":true})");
  ASSERT_EQ(set.status, 200) << set.body;
  Agent agent(world, worker, {.converge = true, .build = false});
  agent.greet();
  agent.barrier();
  const auto deploy = [&](const std::string& build_command) {
    const auto deployment = world.deploy("web").id;
    world.settle();
    const auto job = agent.expect_job();
    const auto spec = json::decode<builds::JobSpec>(job.spec.text, json::Unknown::ignore).value();
    EXPECT_EQ(spec.commands->image, "node:22");
    EXPECT_EQ(spec.commands->install_command, "npm ci");
    EXPECT_EQ(spec.commands->build_command, build_command);
    EXPECT_EQ(spec.commands->start_command, "npm start");
    EXPECT_EQ(spec.base_images.at(0).name, "localhost/wisehosting/busybox:1");
    EXPECT_TRUE(spec.secrets);
    EXPECT_EQ(agent.answer_code(agent.send(built(job))), "ack");
    world.wait_for_state(deployment, State::live);
    return deployment;
  };

  const auto first = deploy("npm run build");
  source_after(R"({"commands":{"build_command":"make"}})");
  deploy("make");
  const auto back = ask("POST", "/web/rollback", "{}");
  ASSERT_EQ(back.status, 202) << back.body;
  EXPECT_EQ(json_of(back)["source"]["commands"]["build_command"], "npm run build");
  world.wait_for_state(base::DeploymentId::parse(json_of(back)["id"].get<std::string>()).value(), State::live);

  EXPECT_EQ(world.deployment(first).commands->build_command, "npm run build");
  EXPECT_EQ(value("SELECT string_agg(build_command, ',' ORDER BY number) FROM deployments"),
            "npm run build,make,npm run build");
  EXPECT_EQ(json_of(ask("GET", "/web"))["source"]["commands"]["build_command"], "make");
}

TEST_F(BuildCommandsTest, and_what_they_were_before_are_in_the_audit_log) {
  ASSERT_EQ(ask("POST", "", kNew).status, 201);

  source_after(R"({"commands":{"build_command":"make"}})");

  EXPECT_EQ(value("SELECT before->'commands'->>'build_command' || ' -> ' || (after->'commands'->>'build_command') FROM "
                  "audit_events WHERE action = 'app.change'"),
            "npm run build -> make");
}

TEST_F(BuildCommandsTest, a_command_that_failed_is_the_deployments_cause_and_the_old_release_goes_on) {
  ASSERT_EQ(ask("POST", "", kNew).status, 201);
  Agent agent(world, worker, {.converge = true, .build = false});
  agent.greet();
  agent.barrier();
  const auto first = world.deploy("web").id;
  world.settle();
  EXPECT_EQ(agent.answer_code(agent.send(built(agent.expect_job()))), "ack");
  world.wait_for_state(first, State::live);
  const auto second = world.deploy("web").id;
  world.settle();
  auto failed = built(agent.expect_job());
  failed.outcome = protocol::JobOutcomeKind::failed;
  failed.result.text = R"({"phases":[],"last_lines":["no such package"]})";
  failed.error = protocol::JobFailure{.code = "build.install_failed",
                                      .message = "The install command failed with exit code 3; its last lines say why.",
                                      .step = "build",
                                      .exit_code = 3};

  EXPECT_EQ(agent.answer_code(agent.send(failed)), "ack");
  world.wait_for_state(second, State::failed);

  const auto answer = world.request(
      {.method = "GET", .target = "/api/v1/orgs/default/deployments/" + second.to_string(), .headers = {}, .body = ""});
  const auto failure = json_of(answer)["failure"];
  EXPECT_EQ(failure["step"], "build");
  EXPECT_EQ(failure["exit_code"], 3);
  EXPECT_THAT(failure["message"].get<std::string>(), HasSubstr("The install command failed with exit code 3"));
  EXPECT_EQ(failure["last_lines"][0], "no such package");
  EXPECT_EQ(world.deployment(first).state, State::live);
}

}  // namespace
}  // namespace control_plane_test
