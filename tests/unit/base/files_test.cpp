#include "common/base/files.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/failure.hpp"

namespace {

class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = (std::filesystem::temp_directory_path() / "files_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(Files, replaces_a_file_and_leaves_no_other_behind) {
  base::blocking_write_file(folder_ / "a", "old and longer", 0600);
  base::blocking_write_file(folder_ / "a", "new", 0640);

  EXPECT_EQ(base::blocking_read_file(folder_ / "a"), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  struct stat info{};
  ASSERT_EQ(::stat((folder_ / "a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
}

TEST_F(Files, refuses_more_than_expected) {
  base::blocking_write_file(folder_ / "a", "12345", 0600);

  EXPECT_EQ(base::blocking_read_file(folder_ / "a", 5), "12345");
  EXPECT_THROW(base::blocking_read_file(folder_ / "a", 4), base::Failure);
}

TEST_F(Files, reads_secrets_only_from_private_files) {
  base::blocking_write_file(folder_ / "private", "x", 0600);
  base::blocking_write_file(folder_ / "shared", "x", 0640);

  EXPECT_EQ(base::blocking_read_private_file(folder_ / "private"), "x");
  EXPECT_THROW(base::blocking_read_private_file(folder_ / "shared"), base::Failure);
  EXPECT_THROW(base::blocking_read_private_file(folder_ / "absent"), base::Failure);
}

}  // namespace
