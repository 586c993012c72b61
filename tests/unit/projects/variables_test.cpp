#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "control-plane/modules/projects/rules_variables.hpp"

namespace projects::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

VariableMeta meta(Level level, std::string name, std::int64_t generation = 1) {
  VariableMeta made;
  made.level = level;
  made.name = std::move(name);
  made.generation = generation;
  return made;
}

TEST(Template, references_are_told_from_text_and_from_what_is_escaped) {
  const auto pieces = parse_template("a${NAME}b$${x}$5 ${my-db.url}");

  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 5U);
  EXPECT_EQ((*pieces)[0].text, "a");
  EXPECT_EQ((*pieces)[1].reference, (Reference{"", "NAME"}));
  EXPECT_EQ((*pieces)[2].text, "b${x}$5 ");
  EXPECT_EQ((*pieces)[3].reference, (Reference{"my-db", "url"}));
  EXPECT_THAT(references_of("${A}${b.c}${A}"), ElementsAre("A", "b.c"));
}

TEST(Template, what_begins_like_a_reference_and_is_none_is_refused_without_its_text) {
  for (const std::string text :
       {"${", "${}", "${a b}", "${1A}", "${.x}", "${a.}", "${a.1}", "${A-B}", "${a.b.c}", "${secret!}", "${\n}"}) {
    const auto pieces = parse_template("x" + text);
    ASSERT_FALSE(pieces) << text;
    EXPECT_EQ(pieces.error().code, "variable.reference");
    EXPECT_THAT(pieces.error().message, testing::HasSubstr("character 2"));
    EXPECT_THAT(pieces.error().message, testing::Not(testing::HasSubstr("secret")));
    EXPECT_THAT(references_of("x" + text), IsEmpty());
  }
}

TEST(Precedence, the_nearest_level_wins_whatever_the_order) {
  std::vector<VariableMeta> all{meta(Level::organization, "A"), meta(Level::project, "A"),
                                meta(Level::environment, "A"), meta(Level::app, "A"), meta(Level::organization, "B")};
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    std::ranges::shuffle(all, random);

    const auto winners = effective(all);

    ASSERT_EQ(winners.size(), 2U);
    EXPECT_EQ(winners.at("A").meta.level, Level::app);
    EXPECT_THAT(winners.at("A").hides, ElementsAre(Level::organization, Level::project, Level::environment));
    EXPECT_THAT(winners.at("B").hides, IsEmpty());
  }
}

TEST(Generation, says_whether_a_value_may_be_another) {
  const auto own = meta(Level::app, "A", 7);
  EXPECT_EQ(effective_generation(own, {}), 7) << "as releases of earlier versions keep it";
  EXPECT_NE(effective_generation(own, {1}), 7);
  EXPECT_NE(effective_generation(own, {1}), effective_generation(own, {2}));
  EXPECT_NE(effective_generation(meta(Level::project, "A", 7), {}),
            effective_generation(meta(Level::environment, "A", 7), {}));
  EXPECT_EQ(effective_generation(own, {1, 2}), effective_generation(own, {1, 2}));
  EXPECT_GT(effective_generation(own, {1}), 0);
}

TEST(SetText, covers_names_generations_flags_and_fingerprints_and_no_order) {
  const auto scope = *base::Uuid::parse("01900000-0000-7000-8000-000000000001");
  auto a = meta(Level::app, "A", 3);
  const auto b = meta(Level::app, "B", 4);
  const auto text = set_text(scope, 1, {a, b});

  EXPECT_EQ(set_text(scope, 1, {b, a}), text);
  EXPECT_NE(set_text(scope, 2, {a, b}), text);
  EXPECT_NE(set_text(scope, 1, {a}), text);
  for (auto change : std::vector<std::function<void(VariableMeta&)>>{
           [](auto& m) { m.generation = 2; }, [](auto& m) { m.build_time = true; }, [](auto& m) { m.run_time = false; },
           [](auto& m) { m.expand = true; }, [](auto& m) { m.fingerprint = "f"; }, [](auto& m) { m.name = "C"; }}) {
    auto other = a;
    change(other);
    EXPECT_NE(set_text(scope, 1, {other, b}), text);
  }
}

}  // namespace
}  // namespace projects::rules
