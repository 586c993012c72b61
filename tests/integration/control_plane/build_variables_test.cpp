// Build-time variables on their way to a builder.

#include <gmock/gmock.h>

#include "common/base/bytes.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/json/json.hpp"
#include "tests/integration/control_plane/agent.hpp"
#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct SecretsOf {
  protocol::Binary secrets;
  template <class F>
  void map(F& f) {
    f.required("secrets", secrets);
  }
};

struct BuildVariablesTest : testing::Test {
  BuildVariablesTest() {
    agent.greet();
    agent.barrier();
    world.create_app("hello");
  }
  void put(const std::string& name, const std::string& members) {
    const auto said =
        people.ask(owner, "PUT", "/api/v1/orgs/default/apps/hello/variables/" + name, "{" + members + "}");
    ASSERT_EQ(said.status, 200) << said.body;
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }

  /// The worker's sealing key, so that this test can open what is sealed to it.
  crypto::X25519KeyPair give_key() {
    auto fresh = crypto::x25519_generate();
    world.database.run("UPDATE workers SET sealing_public_key = '" + base::base64url_encode(fresh.public_key) + "'");
    return fresh;
  }

  World world;
  People people{world};
  Caller owner = people.operator_();
  Credentials worker = world.enrol("host-1", {"build", "registry"});
  crypto::X25519KeyPair key = give_key();
  Agent agent{world, worker};
};

TEST_F(BuildVariablesTest, only_what_is_for_builds_is_given_and_only_to_the_worker_that_builds) {
  put("NPM_TOKEN", R"("value":"canary-build-\nsecret","build_time":true,"run_time":false)");
  put("DATABASE_URL", R"("value":"canary-runtime")");
  world.deploy("hello");
  world.settle();

  const auto job = agent.expect_job();

  EXPECT_THAT(job.spec.text, HasSubstr(R"("secrets":)"));
  for (const auto& bytes : agent.raw_received()) {
    EXPECT_THAT(bytes, Not(HasSubstr("canary-build")));
    EXPECT_THAT(bytes, Not(HasSubstr("NPM_TOKEN")));
  }
  const auto box = json::decode<SecretsOf>(job.spec.text, json::Unknown::ignore);
  ASSERT_TRUE(box);
  const auto opened = crypto::open_box(key, box->secrets.bytes);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->reveal(), R"({"NPM_TOKEN":"canary-build-\nsecret"})");
}

TEST_F(BuildVariablesTest, without_any_there_is_nothing_to_open) {
  put("DATABASE_URL", R"("value":"canary-runtime")");
  world.deploy("hello");
  world.settle();

  EXPECT_THAT(agent.expect_job().spec.text, Not(HasSubstr(R"("secrets")")));
}

TEST_F(BuildVariablesTest, a_variable_that_leads_nowhere_by_then_ends_the_build_and_says_why) {
  put("BASE", R"("value":"x")");
  put("NPM_TOKEN", R"("value":"${BASE}","expand":true,"build_time":true)");
  const auto deployment = world.deploy("hello").id;
  world.database.run("DELETE FROM variables WHERE name = 'BASE'");
  world.settle();

  world.wait_for_state(deployment, deployments::State::failed);
  EXPECT_THAT(value("SELECT failure_code FROM deployments"), HasSubstr("variables."));
}

}  // namespace
}  // namespace control_plane_test
