// Build-time variables in real builds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kFrom = "FROM localhost/wisehosting/busybox:1\n";
const std::string kSecret = "canary-of-a-build\nand its second line $HOME \"'";
const std::string kBase64 = "Y2FuYXJ5LW9mLWEtYnVpbGQKYW5kIGl0cyBzZWNvbmQgbGluZSAkSE9NRSAiJw==";
const std::string kHex = "63616e6172792d6f662d612d6275696c64";

TEST(BuildVariables, LOG_01_a_secret_is_there_byte_for_byte_and_in_no_log_argument_environment_or_image) {
  auto& w = world();
  const std::string kMount = "RUN --mount=type=secret,id=NPM_TOKEN ";
  Order order = w.order(w.repository(
      "variables-secret",
      {{"Containerfile",
        kFrom + kMount + "sha256sum < /run/secrets/NPM_TOKEN | cut -c1-16\n" +  //
            kMount + "cat /run/secrets/NPM_TOKEN; echo\n" +                     //
            kMount + "base64 /run/secrets/NPM_TOKEN\n" +                        //
            kMount + "od -An -v -tx1 /run/secrets/NPM_TOKEN | tr -d ' \\n'; echo\n" + kMount +
            "cat /run/secrets/NPM_TOKEN | (read -r one; printf canary-; sync; printf %s \"${one#canary-}\")\n" +
            kMount + "if grep -F -f /run/secrets/NPM_TOKEN /proc/[0-9]*/cmdline; then exit 7; fi\n" +
            "RUN env; test ! -s /run/secrets/NPM_TOKEN\n"}}));
  order.variables = {{"NPM_TOKEN", kSecret}};

  const Built built = w.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("a0f885e92c410290"));
  EXPECT_THAT(built.log, HasSubstr("•••"));
  for (const auto& form : {std::string("canary-of-a-build"), std::string("second line"), kBase64, kHex}) {
    EXPECT_THAT(built.log, Not(HasSubstr(form)));
  }
  EXPECT_THAT(built.log, Not(HasSubstr("NPM_TOKEN=")));
  EXPECT_FALSE(w.store_contains("canary-of-a-build"));
}

TEST(BuildVariables, what_a_containerfile_declares_is_given_as_argument_and_the_log_says_where_that_stays) {
  auto& w = world();
  Order order = w.order(
      w.repository("variables-argument",
                   {{"Containerfile",
                     kFrom + "ARG PUBLIC_URL=none\nRUN echo $PUBLIC_URL | sha256sum | cut -c1-8 && env > /env\n"}}));
  order.variables = {{"PUBLIC_URL", "https://public.example/a b"}, {"OTHER", "canary-of-another"}};

  const Built built = w.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("in the image's history: PUBLIC_URL."));
  EXPECT_TRUE(w.store_contains("PUBLIC_URL=https://public.example/a b"));
  EXPECT_FALSE(w.store_contains("canary-of-another"));
}

TEST(BuildVariables, a_name_that_is_no_variables_is_refused_before_anything_begins) {
  auto& w = world();
  Order order = w.order(w.repository("variables-foreign", {{"Containerfile", kFrom}}));
  order.variables = {{"../../etc/passwd", "x"}};

  EXPECT_EQ(w.build(order).outcome.outcome, "failed");
}

}  // namespace
}  // namespace builds::testing
