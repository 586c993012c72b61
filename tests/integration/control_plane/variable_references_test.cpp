#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/control_plane/world.hpp"

// What variables that refer to each other may cost.
namespace control_plane_test {
namespace {

using Json = nlohmann::json;

TEST(VariableReferences, many_that_refer_to_each_other_twice_are_followed_once_each) {
  World world;
  const auto env = world.create_app("hello");
  constexpr int kLevels = 30;  // a billion ways from the first to the last
  Json set = Json::array();
  for (int level = 0; level < kLevels; ++level) {
    const auto next = std::to_string(level + 1);
    for (const std::string side : {"A", "B"}) {
      const auto value = level + 1 == kLevels ? "" : "${A" + next + "}${B" + next + "}";
      set.push_back({{"name", side + std::to_string(level)}, {"value", value}, {"expand", level + 1 < kLevels}});
    }
  }
  const auto answer = world.request({.method = "PATCH",
                                     .target = "/api/v1/orgs/default/apps/hello/variables",
                                     .headers = {},
                                     .body = Json{{"set", set}}.dump()});
  ASSERT_EQ(answer.status, 200) << answer.body;

  world.plain([&](Tx& tx) {
    const auto all = world.modules.projects.variables().resolve(tx, env.id);
    EXPECT_TRUE(all);
    EXPECT_EQ(all->size(), 2U * kLevels);
    EXPECT_TRUE(world.modules.projects.variables().problems(tx, env.id).empty());
    return true;
  });
}

}  // namespace
}  // namespace control_plane_test
