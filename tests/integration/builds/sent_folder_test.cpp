// Folders that people sent: unpacked as a stranger's, then built like any repository.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "common/archive/gzip.hpp"
#include "common/archive/tar_writer.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "tests/integration/builds/build_world.hpp"
#include "worker-agent/builds/unpack.hpp"

namespace builds::testing {
namespace {

namespace fs = std::filesystem;
using archive::Entry;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string member(const std::string& path, const std::string& content, bool executable = false) {
  const Entry entry{
      .kind = Entry::Kind::file, .path = path, .target = {}, .size = content.size(), .executable = executable};
  return archive::tar_header(entry) + content + archive::tar_padding(content.size());
}
std::string link(const std::string& path, const std::string& target) {
  return archive::tar_header(Entry{.kind = Entry::Kind::link, .path = path, .target = target});
}
std::string packed(const std::string& tar) {
  archive::GzipWriter gzip;
  return gzip.feed(tar + archive::tar_end()) + gzip.finish();
}

Built build(const std::string& bytes, int away = 0) {
  auto& w = world();
  Order order = w.order(w.upload(bytes, away));
  order.commit = crypto::sha256_hex(bytes);
  return w.build(order);
}

TEST(SentFolder, SRC_07_whose_folders_lie_too_deep_is_refused) {
  std::string deep;
  for (int i = 0; i < 201; ++i) deep += "a/";

  const Built built =
      build(packed(member("Containerfile", "FROM localhost/wisehosting/busybox:1\n") + member(deep + "leaf", "x")));

  EXPECT_EQ(built.code(), "archive.path") << built.log;
  EXPECT_THAT(built.log, HasSubstr("is too deep: at most 64 folders"));
  EXPECT_THAT(world().left_overs(), IsEmpty());
}

TEST(SentFolder, is_built_like_a_repository_also_when_the_control_plane_was_away) {
  const auto bytes = packed(
      member("Containerfile",
             "FROM localhost/wisehosting/busybox:1\nCOPY . /app\nRUN /app/say && readlink /app/to && rm /app/say\n") +
      member("say", "#!/bin/sh\necho the folder says hello\n", true) + link("to", "say") +
      member("deep/er/file.txt", std::string(5000, 'x')));

  const Built built = build(bytes, 1);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("==> The control plane was away; trying again"));
  EXPECT_THAT(built.log, HasSubstr("the folder says hello"));
  EXPECT_EQ(built.result("commit"), crypto::sha256_hex(bytes));
  EXPECT_EQ(built.result("commit_message"), "A folder of 3 files");
  EXPECT_THAT(world().left_overs(), IsEmpty());
}

TEST(SentFolder, is_refused_in_the_source_step_when_it_would_lead_outside) {
  const std::vector<std::pair<std::string, std::string>> hostile{
      {"archive.path", packed(member("../out", "x"))},
      {"archive.link", packed(link("out", "../../../etc"))},
      {"archive.path", packed(link("dir", "other") + member("dir/x", "x"))},
      {"archive.broken", packed(member("x", std::string(900, 'x')).substr(0, 700))},
  };
  for (const auto& [code, bytes] : hostile) {
    const Built built = build(bytes);
    EXPECT_EQ(built.code(), code) << built.log;
    EXPECT_EQ(built.outcome.error ? built.outcome.error->step : "", "source");
  }
  EXPECT_THAT(world().left_overs(), IsEmpty());
}

TEST(SentFolder, is_refused_when_it_is_not_what_was_signed) {
  auto& w = world();
  Order order = w.order(w.upload(packed(member("Containerfile", "FROM scratch\n"))));
  order.commit = crypto::sha256_hex("something else");

  EXPECT_EQ(w.build(order).code(), "source.changed");
}

struct UnpackTest : ::testing::Test {
  UnpackTest() {
    char name[] = "/tmp/wh-unpack-XXXXXX";
    root = ::mkdtemp(name);
    fs::create_directory(root / "in");
    fs::create_directory(root / "outside");
  }
  ~UnpackTest() override { fs::remove_all(root); }
  Entry file(const std::string& path) { return {.kind = Entry::Kind::file, .path = path, .target = {}, .size = 1}; }
  fs::path root;
};

TEST_F(UnpackTest, follows_no_link_that_stands_there_and_replaces_nothing) {
  fs::create_symlink(root / "outside", root / "in/dir");
  std::ofstream(root / "in/there") << "mine";
  Unpack unpack(root / "in", 4711);

  EXPECT_THROW(static_cast<void>(unpack.begin(file("dir/x"))), base::Failure);
  EXPECT_THROW(static_cast<void>(unpack.begin(file("there"))), base::Failure);

  EXPECT_TRUE(fs::is_empty(root / "outside"));
}

TEST_F(UnpackTest, gives_everything_to_its_owner_without_special_modes) {
  Unpack unpack(root / "in", 4711);
  auto entry = file("a/b");
  entry.executable = true;
  ASSERT_TRUE(unpack.begin(entry));
  ASSERT_TRUE(unpack.data("x"));
  ASSERT_TRUE(unpack.end());

  struct stat info{};
  ASSERT_EQ(::lstat((root / "in/a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 4711U);
  EXPECT_EQ(info.st_mode & 07777U, 0755U);
  ASSERT_EQ(::lstat((root / "in/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 4711U);
}

}  // namespace
}  // namespace builds::testing
