// Static sites, from the setting over the build job to the deployment that tells the content's hash.

#include <gmock/gmock.h>

#include "common/json/parse.hpp"
#include "control-plane/modules/builds/api.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;

struct StaticSitesTest : testing::Test {
  std::string value(const std::string& sql) { return world.database.value(sql); }
  http_client::Response ask(const std::string& method, const std::string& rest, const std::string& body = "") {
    return world.request({.method = method, .target = "/api/v1/orgs/default/apps" + rest, .headers = {}, .body = body});
  }
  static nlohmann::json json_of(const http_client::Response& response) { return *json::parse_strict(response.body); }
  nlohmann::json source_after(const std::string& change) {
    const auto answer = ask("PATCH", "/site", change);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json_of(answer)["source"];
  }
  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
};

TEST_F(StaticSitesTest, the_folder_and_the_containerfile_take_each_others_place) {
  const auto made = ask("POST", "", R"({"name":"site","source":{"git_url":"upload:","static_directory":"dist"}})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json_of(made)["source"]["static_directory"], "dist");

  EXPECT_EQ(source_after(R"({"static_directory":"docs/public"})")["static_directory"], "docs/public");
  const auto built = source_after(R"({"containerfile":"web/Containerfile"})");
  EXPECT_EQ(built["containerfile"], "web/Containerfile");
  EXPECT_FALSE(built.contains("static_directory"));
  const auto back = source_after(R"({"static_directory":"."})");
  EXPECT_EQ(back["static_directory"], ".");
  EXPECT_FALSE(back.contains("containerfile"));
  EXPECT_EQ(source_after(R"({"port":3000})")["static_directory"], ".");
  EXPECT_FALSE(source_after(R"({"static_directory":""})").contains("static_directory"));
}

TEST_F(StaticSitesTest, folders_that_lead_elsewhere_are_refused_at_their_field) {
  world.create_app("site");
  for (const auto* folder : {"..", "/etc", "a/../b", "a b", "-f", ".git", "a\\nb"}) {
    const auto answer = ask("PATCH", "/site", std::string(R"({"static_directory":")") + folder + "\"}");
    EXPECT_EQ(answer.status, 422) << folder;
    EXPECT_EQ(json_of(answer)["errors"][0]["pointer"], "/static_directory") << answer.body;
  }
  EXPECT_EQ(ask("PATCH", "/site", R"({"static_directory":"dist","containerfile":"Containerfile"})").status, 422);
  EXPECT_EQ(value("SELECT count(*) FROM app_environments WHERE static_directory IS NOT NULL"), "0");
}

TEST_F(StaticSitesTest, a_build_gets_the_folder_and_no_variable_and_its_hash_is_told_also_after_a_rollback) {
  const auto env = world.create_app("site");
  ASSERT_TRUE(world.tx(
      [&](Tx& tx) { return world.modules.projects.put_variable(tx, env, "TOKEN", base::SecretString("secret")); }));
  source_after(R"({"static_directory":"dist"})");
  Agent agent(world, worker, {.converge = true, .build = false});
  agent.greet();
  agent.barrier();
  const auto deploy = [&](char letter) {
    const auto deployment = world.deploy("site").id;
    world.settle();
    const auto job = agent.expect_job();
    const auto spec = json::decode<builds::JobSpec>(job.spec.text, json::Unknown::ignore).value();
    EXPECT_EQ(spec.static_directory, "dist");
    EXPECT_EQ(spec.base_images.at(0).name, "localhost/wisehosting/static-site:1");
    EXPECT_EQ(spec.base_images.at(0).repository, "library/static-site");
    EXPECT_FALSE(spec.secrets);
    auto finished = built(job);
    finished.result.text.pop_back();
    finished.result.text += R"(,"content_hash":")" + std::string(64, letter) + "\"}";
    EXPECT_EQ(agent.answer_code(agent.send(finished)), "ack");
    world.wait_for_state(deployment, State::live);
    return deployment;
  };

  const auto first = deploy('a');
  deploy('b');
  const auto back = ask("POST", "/site/rollback", "{}");
  ASSERT_EQ(back.status, 202) << back.body;
  world.wait_for_state(base::DeploymentId::parse(json_of(back)["id"].get<std::string>()).value(), State::live);

  EXPECT_EQ(world.deployment(first).content_hash, std::string(64, 'a'));
  EXPECT_EQ(value("SELECT string_agg(left(content_hash, 1), '' ORDER BY number) FROM deployments"), "aba");
  EXPECT_EQ(value("SELECT string_agg(left(content_hash, 1), '' ORDER BY number) FROM releases"), "aba");
  EXPECT_EQ(json_of(ask("GET", "/site/releases"))["items"][0]["content_hash"], std::string(64, 'a'));
}

TEST_F(StaticSitesTest, a_hash_that_is_none_is_no_result) {
  world.create_app("site");
  Agent agent(world, worker, {.converge = false, .build = false});
  agent.greet();
  agent.barrier();
  const auto deployment = world.deploy("site").id;
  world.settle();
  auto odd = built(agent.expect_job());
  odd.result.text.pop_back();
  odd.result.text += R"(,"content_hash":"../../etc"})";

  EXPECT_EQ(agent.answer_code(agent.send(odd)), "ack");
  world.settle();

  EXPECT_EQ(world.deployment(deployment).state, State::failed);
}

}  // namespace
}  // namespace control_plane_test
