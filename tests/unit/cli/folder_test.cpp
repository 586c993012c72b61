// What of a folder is sent, and how it gets there over a line that breaks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "cli/folder/ignore.hpp"
#include "cli/folder/pace.hpp"
#include "cli/folder/pack.hpp"
#include "common/archive/gzip.hpp"
#include "common/archive/tar_reader.hpp"
#include "common/crypto/hash.hpp"
#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/wh-folder-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((path_ / path).parent_path());
    std::ofstream(path_ / path) << text;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Names : archive::Sink {
  std::set<std::string> paths;
  base::Result<void> begin(const archive::Entry& entry) override {
    paths.insert(entry.path);
    return {};
  }
  base::Result<void> data(std::string_view) override { return {}; }
  base::Result<void> end() override { return {}; }
};

std::set<std::string> names_in(const cli::Packed& packed) {
  Names names;
  archive::TarReader tar(names);
  archive::GzipReader gzip([&](std::string_view bytes) { return tar.feed(bytes); }, 1 << 30U);
  EXPECT_TRUE(gzip.feed(packed.blocking_read(0, static_cast<std::size_t>(packed.bytes))));
  EXPECT_TRUE(gzip.finish());
  EXPECT_TRUE(tar.finish());
  return names.paths;
}

TEST(GlobTest, stars_stop_at_slashes_and_double_stars_do_not) {
  using cli::glob_matches;
  EXPECT_TRUE(glob_matches("*.log", "a.log"));
  EXPECT_FALSE(glob_matches("*.log", "x/a.log"));
  EXPECT_TRUE(glob_matches("**/a.log", "x/y/a.log"));
  EXPECT_TRUE(glob_matches("**/a.log", "a.log"));
  EXPECT_TRUE(glob_matches("x/**", "x/y/z"));
  EXPECT_TRUE(glob_matches("a/**/z", "a/b/c/z"));
  EXPECT_TRUE(glob_matches("a/**/z", "a/z"));
  EXPECT_TRUE(glob_matches("[a-c]?.txt", "b1.txt"));
  EXPECT_FALSE(glob_matches("[!a-c]?.txt", "b1.txt"));
  EXPECT_TRUE(glob_matches("\\*", "*"));
}

TEST(IgnoreTest, git_patterns_are_about_any_depth_unless_a_slash_anchors_them) {
  const cli::IgnoreFile ignore(cli::IgnoreFile::Kind::git,
                               "# what\nnode_modules/\n*.log\n!keep.log\n/build\ndoc/*.txt\n");

  EXPECT_EQ(ignore.verdict("a/node_modules", true), true);
  EXPECT_EQ(ignore.verdict("node_modules", false), std::nullopt);
  EXPECT_EQ(ignore.verdict("a/b/x.log", false), true);
  EXPECT_EQ(ignore.verdict("a/keep.log", false), false);
  EXPECT_EQ(ignore.verdict("build", true), true);
  EXPECT_EQ(ignore.verdict("a/build", true), std::nullopt);
  EXPECT_EQ(ignore.verdict("doc/a.txt", false), true);
  EXPECT_EQ(ignore.verdict("a/doc/a.txt", false), std::nullopt);
}

TEST(IgnoreTest, docker_patterns_begin_at_the_root_and_may_take_in_again) {
  const cli::IgnoreFile ignore(cli::IgnoreFile::Kind::docker, "dist\n*.md\n!README.md\n**/*.tmp\n");

  EXPECT_EQ(ignore.verdict("dist/app.js", false), true);
  EXPECT_EQ(ignore.verdict("a/dist", true), std::nullopt);
  EXPECT_EQ(ignore.verdict("x.md", false), true);
  EXPECT_EQ(ignore.verdict("README.md", false), false);
  EXPECT_EQ(ignore.verdict("a/b.tmp", false), true);
  EXPECT_TRUE(ignore.takes_in_again());
}

TEST(PackTest, ignore_files_and_git_are_heeded_and_the_same_folder_is_the_same_bytes) {
  const Folder folder;
  folder.write("Dockerfile", "FROM scratch");
  folder.write("src/main.c", "int main;");
  folder.write("src/.gitignore", "*.o");
  folder.write("src/main.o", "object");
  folder.write("node_modules/x/index.js", "x");
  folder.write(".git/config", "secret");
  folder.write(".gitignore", "node_modules\n");
  folder.write(".dockerignore", "Dockerfile\nnotes\n!notes/kept\n");
  folder.write("notes/kept", "k");
  folder.write("notes/gone", "g");
  fs::create_symlink("main.c", folder.path() / "src/link");
  fs::create_symlink("/etc/passwd", folder.path() / "outside");

  const auto packed = cli::blocking_pack_folder(folder.path());
  ASSERT_TRUE(packed) << packed.error().message;
  const auto again = cli::blocking_pack_folder(folder.path());

  EXPECT_THAT(names_in(*packed), ElementsAre(".dockerignore", ".gitignore", "Dockerfile", "notes/kept",
                                             "src/.gitignore", "src/link", "src/main.c"));
  EXPECT_THAT(packed->left_out, ElementsAre("outside"));
  EXPECT_EQ(packed->sha256, again->sha256);
  EXPECT_EQ(packed->sha256, crypto::sha256_hex(packed->blocking_read(0, static_cast<std::size_t>(packed->bytes))));
}

TEST(PackTest, of_a_static_site_its_folder_alone_is_sent_and_whole) {
  const Folder folder;
  folder.write(".env", "TOKEN=secret");
  folder.write(".gitignore", "dist\n*.map\n");
  folder.write("dist/.gitignore", "*\n");
  folder.write("dist/index.html", "<h1>hi</h1>");
  folder.write("dist/js/app.js.map", "{}");
  folder.write("dist/.git/config", "x");
  folder.write("src/index.html", "draft");
  fs::create_directory_symlink("dist", folder.path() / "linked");

  const auto packed = cli::blocking_pack_folder(folder.path(), "dist");

  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_THAT(names_in(*packed), ElementsAre("dist/.gitignore", "dist/index.html", "dist/js/app.js.map"));
  EXPECT_EQ(cli::blocking_pack_folder(folder.path(), "linked").error().code, "folder.no_static");
  EXPECT_EQ(cli::blocking_pack_folder(folder.path(), "none").error().code, "folder.no_static");
  EXPECT_THAT(names_in(*cli::blocking_pack_folder(folder.path(), ".")),
              ElementsAre(".env", ".gitignore", "linked", "src/index.html"));
}

TEST(PackTest, a_folder_that_is_none_or_empty_is_told) {
  const Folder folder;
  EXPECT_EQ(cli::blocking_pack_folder(folder.path()).error().code, "folder.empty");
  EXPECT_EQ(cli::blocking_pack_folder(folder.path() / "none").error().code, "folder.unreadable");
}

std::string state(const cli::Packed& packed, std::int64_t received, const std::string& state = "open") {
  return R"({"id":"u1","state":")" + state + R"(","bytes":)" + std::to_string(packed.bytes) + R"(,"received":)" +
         std::to_string(received) + R"(,"part_bytes":1048576})";
}

/// `more` of its source, with a comma before it.
std::string app_view(const std::string& name, const std::string& more) {
  return R"({"id":"a1","name":")" + name +
         R"(","state":"empty","url":"u","source":{"git_url":"upload:","branch":"main")" + more + "}}";
}

struct SendTest : ::testing::Test {
  SendTest() {
    person.sign_in(api);
    folder.write("Dockerfile", "FROM scratch");
    packed = cli::blocking_pack_folder(folder.path());
    api.tell("GET " + kApp, {200, app_view("hello", ""), "", false});
    api.tell(
        "POST " + kApp + "/deployments",
        {202, R"({"id":"d1","app_name":"hello","number":1,"state":"queued","created_at":"2026-11-21T20:00:00.000Z"})",
         "", false});
    api.tell("POST " + kUploads + "/u1/complete", {200, state(*packed, packed->bytes, "complete"), "", false});
  }
  int deploy() { return person.wh({"deploy", "hello", "--folder", folder.path().string(), "--no-wait"}); }

  const std::string kApp = "/api/v1/orgs/acme/apps/hello";
  const std::string kUploads = kApp + "/uploads";
  FakeApi api;
  Person person;
  Folder folder;
  base::Result<cli::Packed> packed{cli::Packed{}};
};

TEST_F(SendTest, a_folder_is_sent_and_deployed) {
  api.tell("POST " + kUploads, {201, state(*packed, 0), "", false});
  api.tell("PUT " + kUploads + "/u1/parts/0", {200, state(*packed, packed->bytes), "", false});

  EXPECT_EQ(deploy(), 0) << person.complaints();

  EXPECT_EQ(crypto::sha256_hex(api.last("PUT", kUploads).body), packed->sha256);
  EXPECT_EQ(api.last("PUT", kUploads).headers.at("content-type"), "application/octet-stream");
  EXPECT_THAT(api.last("POST", kUploads).body, testing::Eq(""));
  EXPECT_THAT(api.last("POST", kApp + "/deployments").body, HasSubstr(R"("upload":"u1")"));
}

TEST_F(SendTest, a_broken_line_goes_on_where_the_server_says) {
  api.tell("POST " + kUploads, {201, state(*packed, 0), "", false});
  api.tell("PUT " + kUploads + "/u1/parts/0", {503, "{}", "", false});
  api.tell("GET " + kUploads + "/u1", {200, state(*packed, 10), "", false});
  api.tell("PUT " + kUploads + "/u1/parts/10", {200, state(*packed, packed->bytes), "", false});

  EXPECT_EQ(deploy(), 0) << person.complaints();

  EXPECT_EQ(static_cast<std::int64_t>(api.last("PUT", kUploads + "/u1/parts/10").body.size()), packed->bytes - 10);
}

TEST_F(SendTest, what_is_there_already_is_not_sent_again_and_a_refusal_ends_it) {
  api.tell("POST " + kUploads, {201, state(*packed, packed->bytes, "complete"), "", false});
  EXPECT_EQ(deploy(), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("sent before"));

  api.tell("POST " + kUploads, {201, state(*packed, 0), "", false});
  FakeApi other;
  person.sign_in(other);
  other.tell("GET " + kApp, {200, app_view("hello", ""), "", false});
  other.tell("POST " + kUploads, {422, R"({"code":"invalid","detail":"An archive has at most 64 MiB."})", "", false});
  EXPECT_EQ(deploy(), 1);
  EXPECT_THAT(person.complaints(), HasSubstr("64 MiB"));
}

TEST_F(SendTest, without_a_name_the_app_is_the_folders_and_is_made_when_it_is_new) {
  const auto site = folder.path() / "My Site";
  fs::create_directory(site);
  std::ofstream(site / "Containerfile") << "FROM scratch";
  const auto made = cli::blocking_pack_folder(site);
  const std::string app = "/api/v1/orgs/acme/apps/my-site";
  api.tell("GET " + app, {404, R"({"code":"app.not_found","detail":"None."})", "", false});
  api.tell("GET " + app, {200, app_view("my-site", ""), "", false});
  api.tell("POST /api/v1/orgs/acme/apps", {201, "{}", "", false});
  api.tell("POST " + app + "/uploads", {201, state(*made, made->bytes, "complete"), "", false});
  api.tell(
      "POST " + app + "/deployments",
      {202, R"({"id":"d1","app_name":"my-site","number":1,"state":"queued","created_at":"2026-11-21T20:00:00.000Z"})",
       "", false});

  EXPECT_EQ(person.wh({"deploy", "--folder", site.string(), "--no-wait"}), 0) << person.complaints();

  EXPECT_THAT(api.last("POST", "/api/v1/orgs/acme/apps").body, testing::AnyOf(HasSubstr("my-site"), HasSubstr("u1")));
  EXPECT_THAT(person.seen(), HasSubstr("Made the app my-site"));
}

TEST_F(SendTest, an_app_of_folders_is_shown_as_one) {
  EXPECT_EQ(person.wh({"apps", "show", "hello"}), 0) << person.complaints();

  EXPECT_THAT(person.seen(), HasSubstr("Source    folders that are sent: wh deploy hello --folder DIR\n"));
}

TEST_F(SendTest, a_new_app_is_made_only_of_a_folder_that_can_be_built) {
  const auto site = folder.path() / "shop";
  fs::create_directory(site);
  std::ofstream(site / "index.html") << "hi";
  const std::string app = "/api/v1/orgs/acme/apps/shop";
  api.tell("GET " + app, {404, R"({"code":"app.not_found","detail":"None."})", "", false});

  EXPECT_EQ(person.wh({"deploy", "--folder", site.string()}), 2);
  EXPECT_THAT(person.complaints(), HasSubstr("wh deploy --folder " + site.string() + " --static ."));
  EXPECT_THAT(person.complaints(), HasSubstr("wh apps create shop --image IMAGE --start-command COMMAND"));
  EXPECT_EQ(person.wh({"deploy", "--folder", site.string(), "--static", "dist"}), 2);
  EXPECT_THAT(person.complaints(), HasSubstr("There is no folder dist in"));
  fs::remove_all(site);
  EXPECT_EQ(person.wh({"deploy", "--folder", site.string()}), 2);
  EXPECT_THAT(person.complaints(), HasSubstr("is no folder"));

  for (const auto& asked : api.asked()) EXPECT_NE(asked.method, "POST") << asked.target;
}

TEST_F(SendTest, an_app_that_is_named_and_missing_is_told_with_the_command_that_makes_it) {
  api.tell("GET /api/v1/orgs/acme/apps/shop", {404, R"({"code":"app.not_found","detail":"None."})", "", false});

  EXPECT_EQ(person.wh({"deploy", "shop", "--folder", folder.path().string()}), 4);

  EXPECT_THAT(person.complaints(), HasSubstr("There is no app shop. Make it with: wh apps create shop"));
}

TEST_F(SendTest, it_goes_on_where_it_was_and_a_refused_part_ends_it_at_once) {
  api.tell("POST " + kUploads, {201, state(*packed, 10), "", false});
  api.tell("PUT " + kUploads + "/u1/parts/10", {409, R"({"code":"upload.refused","detail":"No."})", "", false});

  EXPECT_EQ(deploy(), 1);
  EXPECT_THAT(person.seen(), HasSubstr("Going on at 10 bytes"));
  EXPECT_THAT(person.complaints(), testing::Not(HasSubstr("goes on there")));
}

TEST(PaceTest, parts_grow_on_a_quick_line_and_shrink_on_a_slow_one) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  cli::Pace pace(1U << 20U);
  EXPECT_EQ(pace.part(), 128U * 1024);

  for (int part = 0; part < 9; ++part) pace.sent(milliseconds(100));
  EXPECT_EQ(pace.part(), 1024U * 1024);
  pace.sent(seconds(3));
  EXPECT_EQ(pace.part(), 1024U * 1024);
  pace.sent(seconds(6));
  EXPECT_EQ(pace.part(), 512U * 1024);
  for (int part = 0; part < 9; ++part) pace.broke();
  EXPECT_EQ(pace.part(), 64U * 1024);
}

TEST(PaceTest, progress_has_speed_and_what_is_left_once_they_are_known) {
  using std::chrono::milliseconds;
  EXPECT_EQ(cli::progress_text(0, 16 << 20, 0, milliseconds(0)), "Sending 0 bytes of 16.0 MiB (0 %)");
  EXPECT_EQ(cli::progress_text(4 << 20, 16 << 20, 2 << 20, milliseconds(20'000)),
            "Sending 4.0 MiB of 16.0 MiB (25 %), 102 KiB/s, 2 min left");
  EXPECT_EQ(cli::progress_text(90'000, 100'000, 90'000, milliseconds(9'000)),
            "Sending 87 KiB of 97 KiB (90 %), 9 KiB/s, 1 s left");
}

TEST_F(SendTest, of_a_static_site_only_its_folder_goes_and_another_folder_is_a_mistake) {
  folder.write("dist/index.html", "hi");
  const auto site = cli::blocking_pack_folder(folder.path(), "dist");
  api.tell("GET " + kApp, {200, app_view("hello", R"(,"static_directory":"dist")"), "", false});
  api.tell("GET " + kApp, {200, app_view("hello", R"(,"static_directory":"dist")"), "", false});
  api.tell("POST " + kUploads, {201, state(*site, site->bytes, "complete"), "", false});
  const std::string path = folder.path().string();

  // The first answer is that of an app with a Containerfile.
  EXPECT_EQ(person.wh({"deploy", "hello", "--folder", path, "--static", "dist", "--no-wait"}), 2);
  EXPECT_THAT(person.complaints(), HasSubstr("wh settings hello --static dist"));
  EXPECT_EQ(deploy(), 0) << person.complaints();

  EXPECT_THAT(api.last("POST", kUploads).body, testing::AnyOf(HasSubstr(site->sha256), testing::Eq("")));
  EXPECT_THAT(person.seen(), HasSubstr("1 file, "));
}

}  // namespace
}  // namespace cli_test
