#include "worker-agent/builds/source_tree.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "worker-agent/builds/source.hpp"
#include "worker-agent/builds/stores.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;

class TreeTest : public ::testing::Test {
 protected:
  TreeTest() {
    std::string pattern = "/tmp/wh-tree-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    std::ofstream(root_.string() + "-outside") << "outside";
  }
  ~TreeTest() override {
    fs::remove_all(root_);
    fs::remove(root_.string() + "-outside");
  }
  void put(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << content;
  }
  fs::path root_;
};

TEST_F(TreeTest, reads_plain_files_and_nothing_through_links) {
  put("a/b", "text");
  fs::create_symlink("b", root_ / "a/link");
  fs::create_symlink("a", root_ / "folder");
  fs::create_symlink("/etc/passwd", root_ / "absolute");
  ::mkfifo((root_ / "fifo").c_str(), 0600);

  EXPECT_EQ(blocking_read_beneath(root_, "a/b", 100).value(), "text");
  EXPECT_EQ(blocking_read_beneath(root_, "a/b", 3).error().code, "tree.too_large");
  EXPECT_EQ(blocking_read_beneath(root_, "c", 100).error().code, "tree.absent");
  for (const std::string& path :
       std::vector<std::string>{"a/link", "folder/b", "absolute", "fifo", "a",
                                "../" + root_.filename().string() + "-outside", "/etc/passwd"}) {
    EXPECT_EQ(blocking_read_beneath(root_, path, 100).error().code, "tree.unsafe") << path;
  }
}

TEST_F(TreeTest, prefers_the_containerfile) {
  put("Dockerfile", "FROM d");
  EXPECT_EQ(blocking_find_containerfile(root_, {}).value().path, "Dockerfile");
  put("Containerfile", "FROM c");
  EXPECT_EQ(blocking_find_containerfile(root_, {}).value().content, "FROM c");
  EXPECT_EQ(blocking_find_containerfile(root_, "x/y").error().code, "source.no_containerfile");
}

TEST_F(TreeTest, refuses_trees_over_the_limits_and_evens_out_times) {
  put("a", "12345");
  put("b", "12345");
  fs::create_symlink(root_.string() + "-outside", root_ / "out");

  EXPECT_EQ(blocking_settle_tree(root_, 0, {.files = 2, .bytes = 100}).error().code, "source.too_large");
  EXPECT_EQ(blocking_settle_tree(root_, 0, {.files = 9, .bytes = 9}).error().code, "source.too_large");
  ASSERT_TRUE(blocking_settle_tree(root_, 1000).has_value());

  struct stat info{};
  ::stat((root_ / "a").c_str(), &info);
  EXPECT_EQ(info.st_mtim.tv_sec, 1000);
  ::stat((root_.string() + "-outside").c_str(), &info);
  EXPECT_NE(info.st_mtim.tv_sec, 1000);
}

TEST(NamesImage, finds_whole_names_only) {
  const std::string image = "localhost/wisehosting/busybox:1";
  EXPECT_TRUE(names_image("FROM localhost/wisehosting/busybox:1\n", image));
  EXPECT_TRUE(names_image("from --platform=x localhost/wisehosting/busybox:1 AS a", image));
  EXPECT_TRUE(names_image("COPY --from=localhost/wisehosting/busybox:1 /a /b", image));
  EXPECT_TRUE(names_image("RUN --mount=type=bind,from=localhost/wisehosting/busybox:1,target=/x y", image));
  EXPECT_FALSE(names_image("FROM localhost/wisehosting/busybox:12\n", image));
  EXPECT_FALSE(names_image("FROM example.com/localhost/wisehosting/busybox:1\n", image));
}

TEST(GitArguments, forbid_every_way_around_and_pin_the_address) {
  const auto arguments = git_arguments("example.com:443:198.51.100.1", {"fetch", "--", "https://example.com/a"});

  for (const char* setting : {"protocol.allow=never", "protocol.file.allow=never", "core.hooksPath=/dev/null",
                              "http.followRedirects=false", "http.curloptResolve=example.com:443:198.51.100.1"}) {
    EXPECT_NE(std::ranges::find(arguments, setting), arguments.end()) << setting;
  }
}

TEST_F(TreeTest, stores_have_ranges_of_their_own_that_stay) {
  base::SystemClock clock;
  const auto one = base::AppEnvironmentId::make(clock);
  const auto two = base::AppEnvironmentId::make(clock);
  Stores stores(root_ / "stores");

  const Store first = stores.blocking_open(one).value();
  const Store second = stores.blocking_open(two).value();
  stores.blocking_close(one);
  Stores later(root_ / "stores");

  EXPECT_EQ(second.uid_base, first.uid_base + 65536);
  EXPECT_FALSE(first.dirty);
  EXPECT_EQ(later.blocking_open(one).value().uid_base, first.uid_base);
  EXPECT_TRUE(later.blocking_open(two).value().dirty);
}

TEST_F(TreeTest, stores_opened_at_the_same_time_share_no_range) {
  base::SystemClock clock;
  Stores stores(root_ / "stores");
  std::array<std::uint32_t, 8> bases{};
  {
    std::vector<std::jthread> builds;
    for (auto& base : bases) {
      builds.emplace_back([&] { base = stores.blocking_open(base::AppEnvironmentId::make(clock)).value().uid_base; });
    }
  }
  EXPECT_EQ(std::set<std::uint32_t>(bases.begin(), bases.end()).size(), bases.size());
}

TEST_F(TreeTest, a_store_without_builds_for_long_is_emptied_and_keeps_its_range) {
  base::SystemClock clock;
  const auto rests = base::AppEnvironmentId::make(clock);
  const auto builds = base::AppEnvironmentId::make(clock);
  Stores stores(root_ / "stores");
  const Store resting = stores.blocking_open(rests).value();
  stores.blocking_close(rests);
  const Store busy = stores.blocking_open(builds).value();
  const auto home = resting.folder.parent_path();
  std::filesystem::last_write_time(home, std::filesystem::file_time_type::clock::now() - std::chrono::hours(25));

  stores.blocking_empty_unused(std::chrono::hours(24));

  EXPECT_FALSE(std::filesystem::exists(resting.folder));
  EXPECT_TRUE(std::filesystem::exists(busy.folder));
  EXPECT_EQ(stores.blocking_open(rests).value().uid_base, resting.uid_base);
  EXPECT_TRUE(std::filesystem::exists(resting.folder));
}

}  // namespace
}  // namespace builds
