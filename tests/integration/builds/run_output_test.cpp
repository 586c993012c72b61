#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {
namespace {

using ::testing::HasSubstr;

/// A step that stops the process between it and the log while it speaks: what only that one would bring is lost, as it
/// is now and then on a busy host.
std::string behind_a_mute(const std::string& words) {
  return "FROM localhost/wisehosting/busybox:1\nRUN read _ _ _ between _ < /proc/$PPID/stat; kill -STOP $between; " +
         words + "; kill -KILL $between\n";
}

TEST(RunOutput, the_last_words_of_a_step_reach_the_log_though_nobody_copies_them) {
  auto& w = world();
  const auto url = w.repository(
      "mute", {{"Containerfile", behind_a_mute("echo to-all; echo why-it-failed >&2; echo named > /dev/stdout")}});

  const Built built = w.build(w.order(url));

  EXPECT_EQ(built.outcome.outcome, "failed");
  EXPECT_THAT(built.log, HasSubstr("\nto-all\n"));
  EXPECT_THAT(built.log, HasSubstr("\nwhy-it-failed\n"));
  EXPECT_THAT(built.log, HasSubstr("\nnamed\n"));
}

}  // namespace
}  // namespace builds::testing
