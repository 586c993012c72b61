// Static sites: the files of a folder become an image whose one layer they are, byte by byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Built build_site(const std::string& url, const std::string& directory) {
  Order order = world().order(url);
  order.static_directory = directory;
  return world().build(order);
}

/// The last layer of the image that was pushed, unpacked; and the image's configuration.
std::pair<fs::path, nlohmann::json> unpacked(const Built& built) {
  const fs::path image = world().pull("acme/hello", built.result("image_digest"));
  const auto manifest = nlohmann::json::parse(base::blocking_read_file(image / "manifest.json"));
  const auto file = [&](const nlohmann::json& part) { return image / part["digest"].get<std::string>().substr(7); };
  EXPECT_EQ(manifest["layers"].size(), 2U);
  const fs::path root = image / "root";
  fs::create_directories(root);
  run_program({"tar", "-xf", file(manifest["layers"].back()).string(), "-C", root.string()}, image);
  return {root, nlohmann::json::parse(base::blocking_read_file(file(manifest["config"])))};
}

TEST(StaticSite, is_one_layer_with_the_files_as_they_were_and_their_list) {
  const std::map<std::string, std::string> files = {{"dist/index.html", "<h1>hi</h1>"},
                                                    {"dist/a b/100% ü.css", "a{}"},
                                                    {"dist/empty", ""},
                                                    {"dist/random.bin", crypto::sha256("x") + std::string(3, '\0')}};
  auto repository = files;
  repository["Containerfile"] = "FROM nothing:1\nRUN false\n";  // nobody reads it
  repository["dist/.gitattributes"] = "* -text\n";

  const Built built = build_site(world().repository("site", repository), "dist");

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("Serving 4 files"));
  EXPECT_THAT(built.log, HasSubstr("Left out, for names with a dot are not served: .gitattributes"));
  const auto hash = built.result("content_hash");
  const auto [root, config] = unpacked(built);
  for (const auto& [path, content] : files) {
    EXPECT_EQ(base::blocking_read_file(root / "site/current" / path.substr(5)), content) << path;
  }
  EXPECT_FALSE(fs::exists(root / "site/current/.gitattributes"));
  EXPECT_EQ(fs::read_symlink(root / "site/current"), hash);
  EXPECT_EQ(crypto::sha256_hex(base::blocking_read_file(root / "site/manifest")), hash);
  EXPECT_EQ(config["config"]["Labels"]["wisehosting.content"], "sha256:" + hash);
  EXPECT_EQ(config["config"]["User"], "65534:65534");
  EXPECT_EQ(config["config"]["StopSignal"], "SIGQUIT");
  EXPECT_THAT(world().left_overs(), IsEmpty());
}

TEST(StaticSite, of_the_same_files_has_the_same_hash_from_another_commit) {
  const auto first = build_site(world().repository("twice", {{"www/index.html", "one"}, {"other", "a"}}), "www");
  const auto same = build_site(world().repository("twice", {{"other", "b"}}), "www");
  const auto other = build_site(world().repository("twice", {{"www/index.html", "two"}}), "www");

  ASSERT_EQ(other.outcome.outcome, "succeeded") << other.log;
  EXPECT_NE(first.result("commit"), same.result("commit"));
  EXPECT_EQ(first.result("content_hash"), same.result("content_hash"));
  EXPECT_NE(first.result("content_hash"), other.result("content_hash"));
}

TEST(StaticSite, is_refused_with_the_name_of_what_may_not_be_public) {
  const auto linked =
      build_site(world().repository("linked", {{"a/index.html", "x"}}, "main", {{"a/out", "/etc"}}), "a");
  EXPECT_EQ(linked.code(), "source.site_link");
  EXPECT_THAT(linked.log, HasSubstr("out is a symbolic link"));

  const auto secret = build_site(world().repository("secret", {{"a/index.html", "x"}, {"a/b/.env", "T=1"}}), "a");
  EXPECT_EQ(secret.code(), "source.site_secret");
  EXPECT_THAT(secret.log, HasSubstr("b/.env"));

  const auto missing = build_site(world().repository("missing", {{"index.html", "x"}}), "dist");
  EXPECT_EQ(missing.code(), "source.site_missing");
  for (const auto* outside : {"..", "/etc", "a/../.."}) {
    EXPECT_EQ(build_site("http://127.0.0.1:1/x.git", outside).code(), "source.static_directory") << outside;
  }
  EXPECT_THAT(world().left_overs(), IsEmpty());
}

}  // namespace
}  // namespace builds::testing
