#include "worker-agent/builds/deep_tree.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"
#include "worker-agent/builds/source_tree.hpp"
#include "worker-agent/builds/stores.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;
using base::UniqueFd;

constexpr std::size_t kDeep = 3000;
constexpr std::uint64_t kBytes = 100'000;

/// A process that may hold few descriptors, and a tree deeper than that.
class DeepTreeTest : public ::testing::Test {
 protected:
  DeepTreeTest() {
    std::string pattern = "/tmp/wh-deep-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    tree_ = root_ / "tree";
    fs::create_directory(tree_);
    std::ofstream(root_ / "outside") << "outside";
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{.rlim_cur = 64, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~DeepTreeTest() override {
    ::setrlimit(RLIMIT_NOFILE, &before_);
    blocking_remove_tree(root_);
  }

  /// `d` within `d`, so many times, and a file, a link to what lies outside and a second folder in the last.
  void dig(std::size_t levels) const {
    UniqueFd at(::open(tree_.c_str(), O_RDONLY | O_DIRECTORY));
    for (std::size_t i = 0; i < levels; ++i) {
      ASSERT_EQ(::mkdirat(at.get(), "d", 0700), 0);
      at = UniqueFd(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY));
    }
    const UniqueFd file(::openat(at.get(), "file", O_WRONLY | O_CREAT, 0600));
    ASSERT_EQ(::write(file.get(), std::string(kBytes, 'x').data(), kBytes), static_cast<ssize_t>(kBytes));
    ASSERT_EQ(::symlinkat(root_.c_str(), at.get(), "link"), 0);
    ASSERT_EQ(::mkdirat(at.get(), "sibling", 0), 0);
  }

  fs::path root_;
  fs::path tree_;
  rlimit before_{};
};

TEST_F(DeepTreeTest, is_removed_and_nothing_that_its_links_name) {
  dig(kDeep);
  fs::create_directory_symlink(root_, tree_ / "link");
  std::ofstream(tree_ / ".wh-deep-0") << "a name that is taken";

  blocking_remove_tree(tree_);

  EXPECT_FALSE(fs::exists(tree_));
  EXPECT_TRUE(fs::exists(root_ / "outside"));
}

TEST_F(DeepTreeTest, with_many_branches_is_removed) {
  for (const char* branch : {"a", "b", "c"}) {
    dig(100);
    fs::rename(tree_ / "d", tree_ / branch);
  }

  blocking_remove_tree(tree_);

  EXPECT_FALSE(fs::exists(tree_));
}

TEST_F(DeepTreeTest, removing_takes_a_link_or_a_file_itself_and_is_content_with_nothing) {
  fs::create_directory_symlink(root_, tree_ / "link");
  std::ofstream(tree_ / "file") << "x";

  blocking_remove_tree(tree_ / "link");
  blocking_remove_tree(tree_ / "file");
  blocking_remove_tree(tree_ / "nothing");

  EXPECT_TRUE(fs::is_empty(tree_));
  EXPECT_TRUE(fs::exists(root_ / "outside"));
}

TEST_F(DeepTreeTest, is_walked_whole_and_by_level) {
  dig(kDeep);
  std::size_t deepest = 0;
  std::size_t members = 0;

  const auto end = blocking_walk_tree(tree_, [&](const TreeEntry& entry) {
    deepest = std::max(deepest, entry.level);
    return ++members > 0;
  });

  EXPECT_EQ(end, WalkEnd::whole);
  EXPECT_EQ(deepest, kDeep);
  EXPECT_EQ(members, kDeep + 3);
}

TEST_F(DeepTreeTest, is_measured_to_its_end) {
  dig(kDeep);

  EXPECT_GE(Stores::blocking_size(tree_), kBytes);
}

TEST_F(DeepTreeTest, is_refused_as_a_source) {
  dig(200);
  EXPECT_TRUE(blocking_settle_tree(tree_, 0).has_value());

  blocking_remove_tree(tree_);
  fs::create_directory(tree_);
  dig(kDeep);

  EXPECT_EQ(blocking_settle_tree(tree_, 0).error().code, "source.too_deep");
}

TEST_F(DeepTreeTest, a_folder_that_is_moved_while_it_is_walked_ends_the_walk) {
  fs::create_directories(tree_ / "a/b");

  const auto visit = [&](const TreeEntry& entry) {
    if (std::string_view(entry.name) == "b") fs::rename(tree_ / "a", root_ / "moved");
    return true;
  };

  EXPECT_THROW(blocking_walk_tree(tree_, visit), base::Failure);
}

}  // namespace
}  // namespace builds
