#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/json/sample.hpp"

namespace {

TEST(JsonSchema, describes_members_bounds_choices_and_what_is_required) {
  const auto schema = nlohmann::json::parse(json::schema<sample::Everything>());

  EXPECT_EQ(schema["type"], "object");
  const auto& members = schema["properties"];
  EXPECT_EQ(members["small"], (nlohmann::json{{"type", "integer"}, {"minimum", -128}, {"maximum", 127}}));
  EXPECT_EQ(members["color"]["enum"], (nlohmann::json{"red", "green"}));
  EXPECT_EQ(members["app"]["format"], "uuid");
  EXPECT_EQ(members["at"]["format"], "date-time");
  EXPECT_EQ(members["counts"]["additionalProperties"]["type"], "integer");
  EXPECT_EQ(members["spare"]["anyOf"][1]["type"], "null");
  const auto& part = members["parts"]["items"];
  EXPECT_EQ(part["properties"]["name"]["description"], "What it is called");
  EXPECT_EQ(part["required"], nlohmann::json{"name"});
  EXPECT_EQ(schema["required"].size(), 12U);
}

}  // namespace
