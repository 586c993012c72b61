#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "worker-agent/replicas/layer_size.hpp"

namespace replicas {
namespace {

/// A folder for one test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "wh-layer-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;

void write(const std::filesystem::path& file, std::size_t bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << std::string(bytes, 'x');
}

/// The first whole count, `entries` at a time; how many steps it took in `steps`.
std::uint64_t count(LayerSize& layer, std::size_t entries, int& steps) {
  for (steps = 1;; ++steps) {
    auto left = entries;
    if (const auto bytes = layer.blocking_step(left)) return *bytes;
    EXPECT_EQ(left, 0U) << "it stops where it was told to";
  }
}

TEST(LayerSize, counts_files_in_folders_a_few_at_a_time_and_begins_again) {
  const Folder folder;
  for (int i = 0; i < 30; ++i) write(folder.path() / ("f" + std::to_string(i % 3)) / std::to_string(i), 100'000);
  LayerSize layer(folder.path());
  int steps = 0;

  const auto bytes = count(layer, 10, steps);

  EXPECT_GE(bytes, 30 * 100'000U);
  EXPECT_LT(bytes, 5 * kMegabyte);
  EXPECT_GE(steps, 4);
  write(folder.path() / "more", 4 * kMegabyte);
  EXPECT_GE(count(layer, 1'000, steps), bytes + 4 * kMegabyte);
  EXPECT_EQ(steps, 1);
}

TEST(LayerSize, follows_no_link_and_counts_what_a_file_with_holes_really_has) {
  const Folder folder;
  const Folder elsewhere;
  write(elsewhere.path() / "big", 8 * kMegabyte);
  std::filesystem::create_directory_symlink(elsewhere.path(), folder.path() / "link");
  write(folder.path() / "holes", 1);
  ASSERT_EQ(::truncate((folder.path() / "holes").c_str(), static_cast<off_t>(1024 * kMegabyte)), 0);
  LayerSize layer(folder.path());
  int steps = 0;

  EXPECT_LT(count(layer, 100, steps), kMegabyte);
}

TEST(LayerSize, a_folder_that_is_gone_has_nothing) {
  LayerSize layer("/nowhere/at/all");
  int steps = 0;
  EXPECT_EQ(count(layer, 5, steps), 0U);
}

}  // namespace
}  // namespace replicas
