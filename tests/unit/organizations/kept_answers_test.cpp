#include "control-plane/platform/api/kept_answers.hpp"

#include <gtest/gtest.h>

namespace api {
namespace {

struct KeptAnswersTest : testing::Test {
  std::string find(const std::string& question, std::uint64_t change) {
    const auto found = kept.find(question, change);
    return found ? *found : "nothing";
  }
  base::ManualClock clock{base::UtcTime(std::chrono::seconds(1'700'000'000))};
  KeptAnswers kept{clock};
};

TEST_F(KeptAnswersTest, an_answer_counts_until_something_changes) {
  kept.keep("q", 7, "old");
  EXPECT_EQ(find("q", 7), "old");
  EXPECT_EQ(find("q", 8), "nothing");
  EXPECT_EQ(find("p", 7), "nothing");
}

TEST_F(KeptAnswersTest, what_was_read_before_a_change_never_counts_after_it) {
  const auto before = kept.change(7);
  kept.heard();
  kept.keep("q", before, "old");

  EXPECT_EQ(find("q", kept.change(7)), "nothing");
}

TEST_F(KeptAnswersTest, an_answer_is_a_second_old_at_most) {
  kept.keep("q", 7, "old");
  clock.advance(std::chrono::milliseconds(900));
  EXPECT_EQ(find("q", 7), "old");
  clock.advance(std::chrono::milliseconds(200));
  EXPECT_EQ(find("q", 7), "nothing");
}

TEST_F(KeptAnswersTest, memory_is_bounded) {
  const std::string big(KeptAnswers::kMostBytes / 20, 'x');
  for (int i = 0; i < 100; ++i) kept.keep(std::to_string(i), 7, big);

  int there = 0;
  for (int i = 0; i < 100; ++i) there += kept.find(std::to_string(i), 7) ? 1 : 0;
  EXPECT_LE(there, 20);
  EXPECT_EQ(find("99", 7), big);
  kept.keep("huge", 7, std::string(KeptAnswers::kMostBytes, 'x'));
  EXPECT_EQ(find("huge", 7), "nothing");
}

}  // namespace
}  // namespace api
