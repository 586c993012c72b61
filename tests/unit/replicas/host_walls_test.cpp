#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "common/base/files.hpp"
#include "worker-agent/host/id_ranges.hpp"
#include "worker-agent/host/seccomp.hpp"

namespace host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class IdRangesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/wh-ids-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path file() const { return folder_ / "ids.json"; }
  std::filesystem::path folder_;
};

TEST_F(IdRangesTest, gives_each_owner_a_range_of_its_own_for_good) {
  std::uint32_t first = 0;
  {
    IdRanges ranges(file(), 100'000'000, 200'000'000);
    first = ranges.blocking_of("a").value();
    EXPECT_EQ(ranges.blocking_of("b").value(), first + kIdsPerRange);
  }
  IdRanges later(file(), 100'000'000, 200'000'000);

  EXPECT_EQ(first, 100'000'000U);
  EXPECT_EQ(later.blocking_of("b").value(), first + kIdsPerRange);
  EXPECT_EQ(later.blocking_of("c").value(), first + 2 * kIdsPerRange);
  EXPECT_EQ(later.blocking_of("a").value(), first);
}

TEST_F(IdRangesTest, never_gives_out_what_lies_behind_the_end) {
  IdRanges ranges(file(), 1'000'000, 1'000'000 + 2 * kIdsPerRange);

  EXPECT_TRUE(ranges.blocking_of("a").has_value());
  EXPECT_TRUE(ranges.blocking_of("b").has_value());
  EXPECT_EQ(ranges.blocking_of("c").error().code, "host.no_ids");
}

TEST(Seccomp, takes_new_namespaces_mounts_and_keyrings_out_of_podmans_profile) {
  const auto profile = strict_seccomp(base::blocking_read_file("/usr/share/containers/seccomp.json"));

  ASSERT_TRUE(profile.has_value()) << profile.error().message;
  for (const char* call : {"\"unshare\"", "\"mount\"", "\"keyctl\"", "\"clone3\"", "\"pivot_root\"", "\"fsopen\""})
    EXPECT_THAT(*profile, Not(HasSubstr(call)));
  EXPECT_THAT(*profile, HasSubstr("{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{"));
  for (const char* call : {"\"execve\"", "\"futex\"", "\"vfork\"", "\"openat\""})
    EXPECT_THAT(*profile, HasSubstr(call));
}

TEST(Seccomp, refuses_a_profile_that_it_does_not_understand) {
  EXPECT_FALSE(strict_seccomp("{}").has_value());
  EXPECT_FALSE(strict_seccomp(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]})").has_value());
  EXPECT_FALSE(
      strict_seccomp(
          R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["x"],"action":"SCMP_ACT_ALLOW","new":1}]})")
          .has_value());
}

}  // namespace
}  // namespace host
