#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "worker-agent/builds/site_folder.hpp"
#include "worker-agent/builds/site_rules.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SiteNames, serves_plain_names_and_leaves_out_dot_names) {
  for (const char* name :
       {"index.html", "a b.txt", "100%.html", "ünï.css", "a'b\"c&d<e>.js", "x.key", "env", "~", "a\\b"}) {
    EXPECT_EQ(judge_site_name("", name), SiteName::served) << name;
  }
  EXPECT_EQ(judge_site_name("", ".well-known"), SiteName::served);
  EXPECT_EQ(judge_site_name("docs/", ".well-known"), SiteName::left_out);
  for (const char* name : {".git", ".gitignore", ".DS_Store", "..", ".env.example", ".npmrc"}) {
    EXPECT_EQ(judge_site_name("", name), SiteName::left_out) << name;
  }
}

TEST(SiteNames, refuses_what_is_secret_or_cannot_be_named) {
  for (const char* name :
       {".env", ".ENV", ".env.production", ".envrc", "id_rsa", "ID_ED25519", "key.p12", "a.PFX", "x.jks"}) {
    EXPECT_EQ(judge_site_name("deep/", name), SiteName::secret) << name;
  }
  for (const char* name : {"a\nb", "a\tb", "a\x01", "\xff.html", "\x7f"}) {
    EXPECT_EQ(judge_site_name("", name), SiteName::unusable) << name;
  }
}

TEST(SiteNames, know_a_private_key_by_its_beginning) {
  const std::string dashes = "-----";
  EXPECT_TRUE(holds_private_key(dashes + "BEGIN RSA PRIVATE KEY" + dashes));
  EXPECT_TRUE(holds_private_key("\n" + dashes + "BEGIN OPENSSH PRIVATE KEY" + dashes));
  EXPECT_TRUE(
      holds_private_key(dashes + "BEGIN CERTIFICATE" + dashes + "\nx\n" + dashes + "BEGIN PRIVATE KEY" + dashes));
  EXPECT_TRUE(holds_private_key("PuTTY-User-Key-File-3: ssh-ed25519"));
  EXPECT_FALSE(holds_private_key(dashes + "BEGIN CERTIFICATE" + dashes));
  EXPECT_FALSE(holds_private_key("<pre>" + dashes + "BEGIN PRIVATE KEY" + dashes));
  EXPECT_FALSE(holds_private_key(""));
}

TEST(SiteManifest, is_one_text_for_one_set_of_files) {
  const SiteFile page{.path = "index.html", .executable = false, .bytes = 3, .sha256 = std::string(64, 'a')};
  const SiteFile tool{.path = "bin/a b", .executable = true, .bytes = 0, .sha256 = std::string(64, 'b')};

  const auto manifest = site_manifest({page, tool});

  EXPECT_EQ(manifest, "wisehosting-site 1\nx 0 " + std::string(64, 'b') + " bin/a b\nf 3 " + std::string(64, 'a') +
                          " index.html\n");
  EXPECT_EQ(site_manifest({tool, page}), manifest);
  EXPECT_EQ(content_hash(manifest), crypto::sha256_hex(manifest));
}

TEST(SiteManifest, has_another_hash_for_every_difference) {
  const SiteFile page{.path = "a", .executable = false, .bytes = 1, .sha256 = std::string(64, 'a')};
  const auto hash = [](SiteFile file) { return content_hash(site_manifest({std::move(file)})); };
  auto name = page;
  name.path = "b";
  auto mode = page;
  mode.executable = true;
  auto length = page;
  length.bytes = 2;
  auto content = page;
  content.sha256.back() = 'b';
  for (const auto& other : {name, mode, length, content}) EXPECT_NE(hash(other), hash(page)) << other.path;
  EXPECT_NE(content_hash(site_manifest({page, name})), hash(page));
}

TEST(SiteManifest, takes_the_time_of_a_file_from_its_content) {
  EXPECT_EQ(content_time("00000010ffff"), 16);
  EXPECT_EQ(content_time("ffffffff0000"), 0xffffffff);
  EXPECT_NE(content_time(crypto::sha256_hex("one\n")), content_time(crypto::sha256_hex("two\n")));
}

class SiteFolderTest : public ::testing::Test {
 protected:
  SiteFolderTest() {
    std::string pattern = "/tmp/wh-site-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    fs::create_directories(root_ / "src");
  }
  ~SiteFolderTest() override { fs::remove_all(root_); }
  void put(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / "src" / path).parent_path());
    std::ofstream(root_ / "src" / path, std::ios::binary) << content;
  }
  base::Result<SiteFolder> stage(const std::string& directory) {
    return blocking_stage_site(root_ / "src", directory, root_ / "stage", ::getuid());
  }
  std::string staged(const std::string& path) { return base::blocking_read_file(root_ / "stage/site/current" / path); }
  std::string refused(const std::string& directory, const std::string& code) {
    const auto site = stage(directory);
    if (site) return "not refused";
    EXPECT_EQ(site.error().code, code);
    return site.error().message;
  }
  fs::path root_;
};

TEST_F(SiteFolderTest, lies_below_its_contents_hash_with_the_list_of_its_files) {
  put("dist/index.html", "<h1>hi</h1>");
  put("dist/a b/ü 100%.txt", "x");
  put("dist/empty", "");
  put("README.md", "not served");

  const auto site = stage("dist").value();

  EXPECT_EQ(site.files, 3U);
  EXPECT_EQ(site.bytes, 12U);
  EXPECT_TRUE(site.has_index);
  EXPECT_EQ(fs::read_symlink(root_ / "stage/site/current"), site.content_hash);
  EXPECT_EQ(content_hash(base::blocking_read_file(root_ / "stage/site/manifest")), site.content_hash);
  EXPECT_EQ(staged("a b/ü 100%.txt"), "x");
  EXPECT_EQ(staged("empty"), "");
  EXPECT_FALSE(fs::exists(root_ / "stage/site/current/README.md"));
}

TEST_F(SiteFolderTest, has_the_same_hash_and_times_for_the_same_files_whenever_they_were_written) {
  put("one/a/x", "x");
  put("one/y", "yy");
  put("two/y", "yy");
  put("two/a/x", "x");
  fs::permissions(root_ / "src/two/y", fs::perms::owner_read | fs::perms::owner_write);
  fs::last_write_time(root_ / "src/two/y", fs::file_time_type{});
  put("two/.git/config", "differs");
  const auto one = stage("one").value();
  struct stat first{};
  ::stat((root_ / "stage/site/current/y").c_str(), &first);
  fs::remove_all(root_ / "stage");

  const auto two = stage("two").value();

  struct stat second{};
  ::stat((root_ / "stage/site/current/y").c_str(), &second);
  EXPECT_EQ(one.content_hash, two.content_hash);
  EXPECT_EQ(first.st_mtime, second.st_mtime);
  EXPECT_EQ(first.st_mtime, content_time(crypto::sha256_hex("yy")));
  EXPECT_EQ(second.st_mode & 0777U, 0644U);
}

TEST_F(SiteFolderTest, leaves_dot_files_out_and_tells_which) {
  put("index.html", "x");
  put(".gitignore", "dist");
  put(".github/workflows/x.yml", "x");
  put(".well-known/security.txt", "Contact: x");
  fs::create_symlink("/etc/passwd", root_ / "src/.link");

  const auto site = stage(".").value();

  EXPECT_THAT(site.left_out, ElementsAre(".github/", ".gitignore", ".link"));
  EXPECT_EQ(site.files, 2U);
  EXPECT_EQ(staged(".well-known/security.txt"), "Contact: x");
  EXPECT_FALSE(fs::exists(root_ / "stage/site/current/.github"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(root_ / "stage/site/current/.link")));
}

TEST_F(SiteFolderTest, refuses_links_and_devices_with_their_names) {
  put("a/index.html", "x");
  fs::create_symlink("/etc/passwd", root_ / "src/a/passwords.txt");
  EXPECT_THAT(refused("a", "source.site_link"), HasSubstr("passwords.txt is a symbolic link"));
  put("b/index.html", "x");
  ::mkfifo((root_ / "src/b/pipe").c_str(), 0600);
  EXPECT_THAT(refused("b", "source.site_link"), HasSubstr("pipe is neither a file nor a folder"));
  put("c/index.html", "x");
  fs::create_directory_symlink("/etc", root_ / "src/c/etc");
  EXPECT_THAT(refused("c", "source.site_link"), HasSubstr("etc is a symbolic link"));
  EXPECT_FALSE(fs::exists(root_ / "stage/site"));
}

TEST_F(SiteFolderTest, refuses_secrets_with_their_names) {
  put("a/deep/.env", "TOKEN=x");
  EXPECT_THAT(refused("a", "source.site_secret"), HasSubstr("deep/.env is made to be secret"));
  put("b/server.pem", std::string("-----") + "BEGIN PRIVATE KEY-----\nx\n");
  EXPECT_THAT(refused("b", "source.site_secret"), HasSubstr("server.pem holds a private key"));
  put("c/a\nb", "x");
  EXPECT_THAT(refused("c", "source.site_name"), HasSubstr("no address can have"));
}

TEST_F(SiteFolderTest, refuses_a_folder_that_is_not_there_empty_or_elsewhere) {
  put("page.html", "x");
  fs::create_directories(root_ / "src/empty/deep");
  fs::create_directory_symlink("/etc", root_ / "src/etc");
  fs::create_directory_symlink("..", root_ / "src/up");

  EXPECT_THAT(refused("dist", "source.site_missing"), HasSubstr("There is no folder dist"));
  EXPECT_THAT(refused("page.html", "source.site_missing"), HasSubstr("no folder page.html"));
  EXPECT_THAT(refused("empty", "source.site_empty"), HasSubstr("no file to serve"));
  EXPECT_THAT(refused("etc", "source.site_link"), HasSubstr("symbolic link"));
  EXPECT_THAT(refused("up/src", "source.site_link"), HasSubstr("symbolic link"));
  EXPECT_THAT(refused("..", "source.site_link"), HasSubstr("symbolic link"));
}

}  // namespace
}  // namespace builds
