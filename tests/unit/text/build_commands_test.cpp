#include "common/text/build_commands.hpp"

#include <gtest/gtest.h>

namespace text {
namespace {

TEST(ImageReference, takes_what_registries_know) {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  for (const std::string& image :
       {std::string("node"), std::string("node:22"), std::string("library/node:22-bookworm_slim.1"),
        std::string("localhost/wisehosting/busybox:1"), std::string("localhost:5000/a/b"),
        std::string("Registry.Example.com:443/org/name__x/y-z:V1"), "node" + digest, "quay.io/a/b:1" + digest}) {
    EXPECT_TRUE(check_image_reference(image).has_value()) << image;
  }
}

TEST(ImageReference, refuses_everything_else_and_what_has_no_shell) {
  for (const std::string& image : {std::string(),
                                   std::string("scratch"),
                                   std::string("Node"),
                                   std::string("-v"),
                                   std::string("--platform=x node"),
                                   std::string("node 22"),
                                   std::string("node:22 AS x"),
                                   std::string("node\nRUN x"),
                                   std::string("node:"),
                                   std::string("node:-1"),
                                   std::string("node@sha256:12"),
                                   std::string("docker://node"),
                                   std::string("a//b"),
                                   std::string("/node"),
                                   std::string("node/"),
                                   std::string("$IMAGE"),
                                   std::string("a/../b"),
                                   std::string("a..b"),
                                   std::string("${X}"),
                                   std::string("oci:/etc"),
                                   std::string("b\xc3\xbc"),
                                   std::string("HOST/a"),
                                   std::string("a:x/b"),
                                   "node:" + std::string(129, 'x'),
                                   std::string(256, 'a'),
                                   std::string("node\\")}) {
    const auto checked = check_image_reference(image);
    ASSERT_FALSE(checked.has_value()) << image;
    EXPECT_EQ(checked.error().code, "source.image") << image;
  }
}

TEST(Command, is_text_for_a_shell_of_at_most_4_kib) {
  for (const std::string& command : {std::string("npm ci"), std::string("a\n\tb 'c' \"d\" \\ $(e)"),
                                     std::string("größer"), std::string(kLongestCommand, 'x')}) {
    EXPECT_TRUE(check_command(command).has_value()) << command;
  }
  for (const std::string& command : {std::string(), std::string(" \n\t"), std::string("a\0b", 3), std::string("a\rb"),
                                     std::string("\x1b[31m"), std::string("a\x7f"),
                                     std::string("a\xc2\x9b"
                                                 "0m"),
                                     std::string(kLongestCommand + 1, 'x')}) {
    const auto checked = check_command(command);
    ASSERT_FALSE(checked.has_value()) << command;
    EXPECT_EQ(checked.error().code, "source.command") << command;
  }
}

TEST(BuildCommandsCheck, looks_at_each_of_them) {
  const BuildCommands good{
      .image = "node:22", .install_command = "npm ci", .build_command = "npm run build", .start_command = "npm start"};
  EXPECT_TRUE(check_build_commands(good).has_value());
  for (const auto spoil :
       {+[](BuildCommands& c) { c.image = "-x"; }, +[](BuildCommands& c) { c.install_command = ""; },
        +[](BuildCommands& c) { c.build_command = "\r"; }, +[](BuildCommands& c) { c.start_command = " "; }}) {
    auto bad = good;
    spoil(bad);
    EXPECT_FALSE(check_build_commands(bad).has_value());
  }
}

}  // namespace
}  // namespace text
