#include "worker-agent/edge/runtime_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// As HAProxy 2.6.12 wrote it.
TEST(RuntimeAnswersTest, end_with_an_empty_line_each) {
  EXPECT_THAT(split_answers("\n\nUnknown map identifier. Please use #<id> or <file>.\n\n\n"),
              ElementsAre("", "", "Unknown map identifier. Please use #<id> or <file>.", ""));
  EXPECT_THAT(split_answers("New server registered.\n\n\n\n1\n# be_id be_name\n3 b 1 one\n\n\n"),
              ElementsAre("New server registered.", "", "", "1\n# be_id be_name\n3 b 1 one", ""));
  EXPECT_THAT(split_answers(""), IsEmpty());
}

TEST(RuntimeAnswersTest, that_were_cut_off_are_told_as_far_as_they_came) {
  EXPECT_THAT(split_answers("1\n# be_id"), ElementsAre("1\n# be_id"));
}

TEST(RuntimeAnswersTest, of_deletions_are_a_line_each) {
  EXPECT_THAT(split_lines("Server deleted.\nNo such server.\n"), ElementsAre("Server deleted.", "No such server."));
  EXPECT_THAT(split_lines("\nServer deleted.\n\n"), ElementsAre("Server deleted."));
}

}  // namespace
}  // namespace edge
