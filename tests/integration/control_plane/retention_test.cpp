#include <gmock/gmock.h>

#include "control-plane/modules/builds/retention.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;
using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

/// An app with twelve releases that were live one after the other, and one build that failed.
struct RetentionTest : testing::Test {
  RetentionTest() {
    agent.greet();
    world.create_app("hello");
    for (int i = 0; i < kReleases; ++i) world.wait_for_state(world.deploy("hello").id, State::live);
    drain();
  }
  /// Waits until only the current release runs: the image of one that drains is needed.
  void drain() {
    world.clock.advance(std::chrono::minutes(1));
    world.until("the drain", [&] { return value("SELECT count(*) FROM replicas WHERE desired = 'running'") == "1"; });
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }
  std::string digest(int release) {
    return value("SELECT image_digest FROM releases WHERE number = " + std::to_string(release));
  }
  std::string tag(int release) {
    return "d-" + value("SELECT deployment_id FROM releases WHERE number = " + std::to_string(release));
  }
  std::string removed() {
    return value(
        "SELECT string_agg(r.number::text, ',' ORDER BY r.number) FROM releases r JOIN release_images i ON "
        "i.release_id = r.id WHERE i.removed_at IS NOT NULL");
  }
  int plan() {
    return world.plain([&](Tx& tx) { return world.modules.retention.plan(tx); });
  }
  /// The collect job that the agent got.
  builds::CollectSpec told() {
    for (;;) {
      const auto job = agent.expect_job();
      if (job.kind == protocol::JobKind::collect)
        return json::decode<builds::CollectSpec>(job.spec.text, json::Unknown::reject).value();
    }
  }
  http_client::Response call(const std::string& method, const std::string& path, const std::string& body = "") {
    http_client::Request request;
    request.method = method;
    request.target = "/api/v1/orgs/default/apps/hello" + path;
    request.body = body;
    return world.request(std::move(request));
  }

  static constexpr int kReleases = 13;
  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent{world, worker, {.converge = true, .build = true}};
};

TEST_F(RetentionTest, keeps_ten_and_the_pinned_removes_the_rest_and_nothing_goes_back_to_those) {
  ASSERT_EQ(call("PUT", "/releases/1/pin").status, 200);

  EXPECT_EQ(plan(), 1);
  const auto spec = told();
  world.until("the collection", [&] { return value("SELECT state FROM jobs WHERE kind = 'collect'") == "succeeded"; });

  EXPECT_EQ(spec.repository, "default/hello");
  EXPECT_THAT(spec.tags, testing::ElementsAre(tag(2), tag(3)));
  for (const int kept : {1, 4, 12, 13}) EXPECT_THAT(spec.keep, Contains(digest(kept))) << kept;
  for (const int gone : {2, 3}) EXPECT_THAT(spec.keep, Not(Contains(digest(gone)))) << gone;
  EXPECT_EQ(removed(), "2,3");
  EXPECT_EQ(plan(), 0) << "nothing is left to do";
  const auto refused = call("POST", "/rollback", R"({"release":2})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, testing::HasSubstr("release.image_removed"));
  EXPECT_EQ(call("PUT", "/releases/2/pin").status, 409);
  EXPECT_EQ(call("PUT", "/releases/99/pin").status, 404);
  EXPECT_EQ(call("POST", "/rollback", R"({"release":1})").status, 202);
}

TEST_F(RetentionTest, never_removes_what_is_current_or_what_a_rollback_goes_to) {
  ASSERT_EQ(call("POST", "/rollback", R"({"release":2})").status, 202);
  world.until("the rollback", [&] {
    return value("SELECT count(*) FROM deployments WHERE state = 'live' AND trigger = 'rollback'") == "1";
  });
  drain();  // release 14 has the digest of 2

  EXPECT_EQ(plan(), 1);
  const auto spec = told();

  EXPECT_THAT(spec.keep, Contains(digest(2)));
  EXPECT_THAT(spec.keep, Contains(digest(13)));
  EXPECT_EQ(removed(), "1,3,4");
}

TEST_F(RetentionTest, does_nothing_while_the_app_builds_and_no_build_begins_while_it_is_at_work) {
  const auto building = world.deploy("hello").id;
  EXPECT_EQ(plan(), 0);
  world.wait_for_state(building, State::live);
  world.database.run(
      "INSERT INTO jobs (id, organization_id, app_environment_id, deployment_id, kind, state, worker_id, dispatched, "
      "lease_expires_at) SELECT gen_random_uuid(), organization_id, app_environment_id, id, 'collect', 'assigned', '" +
      worker.id.to_string() + "', true, now() + interval '1 hour' FROM deployments ORDER BY number LIMIT 1");
  const auto waiting = world.deploy("hello").id;

  world.settle();

  EXPECT_EQ(value("SELECT state FROM jobs WHERE deployment_id = '" + waiting.to_string() + "'"), "pending");
  world.database.run("UPDATE jobs SET state = 'succeeded' WHERE kind = 'collect'");
  world.wait_for_state(waiting, State::live);
}

TEST_F(RetentionTest, a_collection_that_failed_is_planned_again) {
  EXPECT_EQ(plan(), 1);
  world.until("the collection", [&] { return value("SELECT state FROM jobs WHERE kind = 'collect'") == "succeeded"; });
  world.database.run("UPDATE jobs SET state = 'failed' WHERE kind = 'collect'");

  EXPECT_EQ(plan(), 1);

  EXPECT_THAT(told().tags, SizeIs(3));
}

/// An app with one release that was deleted, and whose day to bring it back is over.
struct AbandonedTest : testing::Test {
  AbandonedTest() {
    agent.greet();
    world.create_app("hello");
    world.wait_for_state(world.deploy("hello").id, State::live);
    tag = "d-" + value("SELECT id FROM deployments");
    digest = value("SELECT image_digest FROM deployments");
    const auto call = world.sign_in();
    EXPECT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.remove(tx, call, "hello"); }));
    world.until("stopped", [&] { return value("SELECT count(*) FROM replicas WHERE desired = 'running'") == "0"; });
    EXPECT_EQ(plan(), 0) << "within the day it may come back";
    world.clock.advance(std::chrono::hours(25));
    world.until("erased", [&] { return value("SELECT count(*) FROM apps") == "0"; });
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }
  int plan() {
    return world.plain([&](Tx& tx) { return world.modules.retention.plan(tx); });
  }
  void until_forgotten() {
    world.until("forgotten", [&] { return value("SELECT count(*) FROM abandoned_images") == "0"; });
  }

  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent{world, worker, {.converge = true, .build = true}};
  std::string tag;
  std::string digest;
};

builds::CollectSpec spec_of(const protocol::JobCommand& job) {
  return json::decode<builds::CollectSpec>(job.spec.text, json::Unknown::reject).value();
}

protocol::JobCommand next_collection(Agent& agent) {
  for (;;) {
    auto job = agent.expect_job();
    if (job.kind == protocol::JobKind::collect) return job;
  }
}

TEST_F(AbandonedTest, images_of_an_erased_app_are_removed_once_and_forgotten) {
  EXPECT_EQ(plan(), 1);
  const auto spec = spec_of(next_collection(agent));
  until_forgotten();

  EXPECT_EQ(spec.repository, "default/hello");
  EXPECT_THAT(spec.tags, testing::ElementsAre(tag));
  EXPECT_THAT(spec.keep, testing::IsEmpty());
  EXPECT_EQ(plan(), 0);
}

TEST_F(AbandonedTest, an_app_made_anew_under_the_name_keeps_its_image_and_does_not_build_meanwhile) {
  world.create_app("hello");
  world.wait_for_state(world.deploy("hello").id, State::live);
  world.database.run("UPDATE abandoned_images SET worker_id = '" + worker.id.to_string() +
                     "', dispatched = true, attempt = 1, lease_expires_at = now() + interval '10 days'");
  const auto waiting = world.deploy("hello").id;
  world.settle();
  EXPECT_EQ(value("SELECT state FROM jobs WHERE deployment_id = '" + waiting.to_string() + "'"), "pending");

  world.database.run("UPDATE abandoned_images SET worker_id = NULL, lease_expires_at = NULL");
  EXPECT_EQ(plan(), 0) << "it builds";
  world.wait_for_state(waiting, State::live);
  EXPECT_GE(plan(), 1);
  const auto spec = spec_of(next_collection(agent));
  until_forgotten();

  EXPECT_THAT(spec.tags, testing::ElementsAre(tag));
  EXPECT_THAT(spec.keep, Contains(value("SELECT image_digest FROM deployments ORDER BY number DESC LIMIT 1")));
}

TEST_F(AbandonedTest, a_removal_whose_worker_never_answered_is_given_out_again) {
  world.database.run("UPDATE abandoned_images SET worker_id = '" + worker.id.to_string() +
                     "', dispatched = true, attempt = 1, lease_expires_at = not_before + interval '1 hour'");
  EXPECT_EQ(plan(), 0) << "its lease holds";
  world.clock.advance(std::chrono::hours(2));

  EXPECT_EQ(plan(), 1);
  const auto job = next_collection(agent);
  until_forgotten();

  EXPECT_EQ(job.attempt, 2);
  EXPECT_THAT(spec_of(job).tags, testing::ElementsAre(tag));
}

}  // namespace
}  // namespace control_plane_test
