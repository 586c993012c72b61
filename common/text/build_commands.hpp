#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

/// How an image is made of a source that has no Containerfile. Pure, any thread.
namespace text {

inline constexpr std::size_t kLongestCommand = 4096;

/// An image and what runs in it, each command by `/bin/sh -c` in the folder of the source.
struct BuildCommands {
  std::string image;
  std::optional<std::string> install_command;
  std::optional<std::string> build_command;
  std::string start_command;
  template <class F>
  void map(F& f) {
    f.required("image", image, "Reference of the image that the commands run in, with a /bin/sh");
    f.optional("install_command", install_command, "Brings what the source needs; run first, at build time");
    f.optional("build_command", build_command, "Run after it, at build time");
    f.required("start_command", start_command, "Run in each replica; has to listen on $PORT");
  }
  bool operator==(const BuildCommands&) const = default;
};

/// A reference as registries take it: `node:22`, `quay.io/org/name:tag`, `name@sha256:…`; at most 255 bytes.
/// Error code: `source.image`.
base::Result<void> check_image_reference(std::string_view image);

/// A command for a shell: 1 to 4,096 bytes, more than blanks, no control characters but newline and tab.
/// Error code: `source.command`.
base::Result<void> check_command(std::string_view command);

/// All of them; the first mistake. For what comes from a program: people are told all mistakes at once.
base::Result<void> check_build_commands(const BuildCommands& commands);

}  // namespace text
