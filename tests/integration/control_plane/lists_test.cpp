#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

/// Counts the statements that go through it.
class CountingTransaction final : public postgres::Transaction {
 public:
  explicit CountingTransaction(Tx& to) : to_(to) {}
  std::vector<postgres::Row> run(const postgres::Statement& statement,
                                 const std::vector<postgres::Param>& params) override {
    ++count;
    return to_.run(statement, params);
  }
  void enter(const postgres::Reach& reach) override { to_.enter(reach); }
  std::size_t touched() const override { return to_.touched(); }
  void after_commit(std::function<void()> effect) override { to_.after_commit(std::move(effect)); }

  int count{0};

 private:
  Tx& to_;
};

struct Pages {
  int apps{0};
  int deployments{0};
  int replicas{0};
  std::size_t rows{0};
};

/// How many statements each list of the API costs now.
Pages count_pages(World& world, const projects::AppEnvironment& env) {
  return world.plain([&](Tx& tx) {
    Pages pages;
    CountingTransaction apps(tx);
    const auto listed = world.modules.views.apps(apps, world.modules.projects.list(apps, env.organization, "", 100));
    CountingTransaction deployments(tx);
    const auto shown =
        world.modules.views.deployments(deployments, world.modules.deployments.list(deployments, env.id, 1'000, 100));
    CountingTransaction replicas(tx);
    const auto running = world.modules.views.replicas(replicas, env);
    pages = {apps.count, deployments.count, replicas.count, listed.size() + shown.size() + running.size()};
    return pages;
  });
}

TEST(Lists, a_page_costs_the_same_number_of_statements_whatever_it_holds) {
  World world;
  const auto worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  const auto env = world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  world.wait_for_state(world.deploy("hello").id, deployments::State::live);
  const auto few = count_pages(world, env);

  for (int i = 0; i < 12; ++i) {
    const auto name = "app-" + std::to_string(i);
    world.create_app(name);
    world.deploy(name);
    world.deploy("hello");
  }
  const auto many = count_pages(world, env);

  EXPECT_GE(many.rows, few.rows + 24);
  EXPECT_EQ(many.apps, few.apps);
  EXPECT_EQ(many.deployments, few.deployments);
  EXPECT_EQ(many.replicas, few.replicas);
  EXPECT_LE(many.apps, 8);
  EXPECT_LE(many.deployments, 3);
}

/// All items of a list of the API, `limit` at a time; the value of their member `name`.
std::vector<std::string> paged(World& world, const std::string& path, const std::string& name, int limit) {
  std::vector<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 20; ++page) {
    const auto answer =
        world.request({.method = "GET",
                       .target = path + "?limit=" + std::to_string(limit) + (cursor.empty() ? "" : "&cursor=" + cursor),
                       .headers = {},
                       .body = {}});
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto body = nlohmann::json::parse(answer.body);
    EXPECT_LE(body.at("items").size(), static_cast<std::size_t>(limit));
    for (const auto& item : body.at("items")) seen.push_back(item.at(name).dump());
    if (body.at("next_cursor").is_null()) return seen;
    cursor = body.at("next_cursor").get<std::string>();
  }
  return seen;
}

TEST(Lists, API_04_pages_follow_each_other_without_a_gap_or_an_item_twice) {
  World world;
  for (const char* name : {"banana", "apple", "elder", "cherry", "date"}) world.create_app(name);
  for (int i = 0; i < 5; ++i) world.deploy("apple");
  const std::string apps = "/api/v1/orgs/default/apps";

  EXPECT_EQ(paged(world, apps, "name", 2),
            (std::vector<std::string>{"\"apple\"", "\"banana\"", "\"cherry\"", "\"date\"", "\"elder\""}));
  EXPECT_EQ(paged(world, apps, "name", 5).size(), 5U) << "a page that is just full is followed by none or an empty one";
  EXPECT_EQ(paged(world, apps + "/apple/deployments", "number", 2),
            (std::vector<std::string>{"5", "4", "3", "2", "1"}));

  for (const char* query : {"?limit=0", "?limit=101", "?limit=x"}) {
    EXPECT_EQ(world.request({.method = "GET", .target = apps + query, .headers = {}, .body = {}}).status, 422) << query;
  }
}

TEST(Lists, DEP_10_deployments_of_all_apps_are_listed_newest_first) {
  World world;
  for (const char* name : {"apple", "banana"}) world.create_app(name);
  for (const char* name : {"apple", "banana", "apple", "banana", "banana"}) world.deploy(name);
  const std::string all = "/api/v1/orgs/default/deployments";

  EXPECT_EQ(paged(world, all, "app_name", 2),
            (std::vector<std::string>{"\"banana\"", "\"banana\"", "\"apple\"", "\"banana\"", "\"apple\""}));
  EXPECT_EQ(paged(world, all, "number", 5), (std::vector<std::string>{"3", "2", "2", "1", "1"}));
  const auto odd = world.request({.method = "GET", .target = all + "?cursor=7", .headers = {}, .body = {}});
  EXPECT_EQ(odd.status, 422);
}

TEST(Lists, API_03_short_addresses_answer_as_those_of_the_organization) {
  World world;
  world.create_app("hello");
  world.deploy("hello");
  const auto body = [&](const std::string& target) {
    return world.request({.method = "GET", .target = target, .headers = {}, .body = {}}).body;
  };

  EXPECT_EQ(body("/api/applications?limit=7"), body("/api/v1/orgs/default/apps?limit=7"));
  EXPECT_EQ(body("/api/deployments"), body("/api/v1/orgs/default/deployments"));
  EXPECT_NE(body("/api/deployments").find("\"app_name\":\"hello\""), std::string::npos);
}

TEST(Lists, staged_changes_are_counted_against_the_current_release) {
  World world;
  const auto worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  const auto env = world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  const auto put = [&](const std::string& name, const std::string& text) {
    ASSERT_TRUE(
        world.tx([&](Tx& tx) { return world.modules.projects.put_variable(tx, env, name, base::SecretString(text)); }));
  };
  const auto staged = [&] {
    return world.plain([&](Tx& tx) {
      const auto now = world.modules.projects.find(tx, env.organization, "hello");
      const auto count = world.modules.views.app(tx, *now).staged_changes;
      EXPECT_EQ(static_cast<std::size_t>(count), world.modules.deployments.staged(tx, *now).size());
      return count;
    });
  };
  put("KEPT", "1");
  put("CHANGED", "1");
  put("REMOVED", "1");
  EXPECT_EQ(staged(), 3);
  world.wait_for_state(world.deploy("hello").id, deployments::State::live);
  EXPECT_EQ(staged(), 0);

  put("CHANGED", "2");
  put("NEW", "1");
  ASSERT_TRUE(world.tx([&](Tx& tx) { return world.modules.projects.erase_variable(tx, env, "REMOVED"); }));

  EXPECT_EQ(staged(), 3);
}

}  // namespace
}  // namespace control_plane_test
