#include "worker-agent/registry/base_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker-agent/registry/layer_tar.hpp"
#include "worker-agent/registry/registry_server.hpp"
#include "worker-agent/registry/site_image.hpp"

namespace registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(BaseImage, has_the_same_digest_for_the_same_busybox) {
  const ImageParts one = make_busybox_image("binary", {"sh", "ls"});
  const ImageParts again = make_busybox_image("binary", {"ls", "sh"});
  const ImageParts other = make_busybox_image("binary2", {"ls", "sh"});

  EXPECT_EQ(one.manifest_digest, again.manifest_digest);
  EXPECT_NE(one.manifest_digest, other.manifest_digest);
  EXPECT_THAT(one.manifest, HasSubstr(one.layer_digest));
  EXPECT_THAT(one.config, HasSubstr(one.layer_digest));
}

TEST(SiteImage, finds_the_libraries_and_the_loader) {
  EXPECT_THAT(libraries_in("\tlinux-vdso.so.1 (0x00007f)\n\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)\n"
                           "\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n"),
              ElementsAre("/lib/x86_64-linux-gnu/libz.so.1", "/lib64/ld-linux-x86-64.so.2"));
  EXPECT_THAT(libraries_in(""), ElementsAre());
}

TEST(SiteImage, runs_as_nobody_and_stops_without_breaking_answers_off) {
  const ImageParts image = make_site_image({{"/usr/sbin/nginx", "binary"}, {"/bin/busybox", "box"}});

  EXPECT_THAT(image.config, HasSubstr(R"("User":"65534:65534")"));
  EXPECT_THAT(image.config, HasSubstr(R"("StopSignal":"SIGQUIT")"));
  EXPECT_EQ(image.manifest_digest,
            make_site_image({{"/bin/busybox", "box"}, {"/usr/sbin/nginx", "binary"}}).manifest_digest);
  EXPECT_NE(image.manifest_digest,
            make_site_image({{"/bin/busybox", "box"}, {"/usr/sbin/nginx", "newer"}}).manifest_digest);
}

TEST(LayerTar, is_made_of_whole_blocks_with_right_checksums) {
  LayerTar tar;
  tar.file("a", 0644, "hello");
  const std::string bytes = std::move(tar).finish();

  ASSERT_EQ(bytes.size(), 4 * 512U);
  EXPECT_EQ(bytes.substr(257, 5), "ustar");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(bytes[i]);
  EXPECT_EQ(std::stoul(bytes.substr(148, 6), nullptr, 8), sum);
}

TEST(RegistryConfig, asks_for_tokens_of_the_authority) {
  const std::string config = render_config({.folder = "/state",
                                            .host = "10.91.0.1",
                                            .port = 7050,
                                            .realm = "https://hub/\"x",
                                            .service = "s",
                                            .issuer = "i",
                                            .ca_pem = ""});

  EXPECT_THAT(config, HasSubstr(R"("addr":"10.91.0.1:7050")"));
  EXPECT_THAT(config, HasSubstr(R"("realm":"https://hub/\"x")"));
  EXPECT_THAT(config, HasSubstr(R"("rootcertbundle":"/state/authority.pem")"));
  EXPECT_THAT(config, HasSubstr(R"("version":0.1)"));
}

}  // namespace
}  // namespace registry
