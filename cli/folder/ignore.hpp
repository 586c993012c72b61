#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// Whether a pattern with `*`, `?`, `[a-z]` and `**` is the whole of a path; `*` and `?` stop at slashes.
bool glob_matches(std::string_view pattern, std::string_view path);

/// One file of patterns: a .gitignore of some folder, or the .dockerignore or .containerignore of the root. The last
/// pattern that matches decides.
class IgnoreFile {
 public:
  enum class Kind { git, docker };
  /// `folder`: where it lies, beneath the root; empty for the root itself.
  IgnoreFile(Kind kind, std::string_view text, std::string folder = "");

  /// True: left out. False: taken in again by `!`. Nothing: this file does not say. `path` is beneath the root.
  std::optional<bool> verdict(std::string_view path, bool is_folder) const;
  /// Something beneath a folder that is left out may be taken in again.
  bool takes_in_again() const { return is_docker() && negates_; }
  bool is_docker() const { return kind_ == Kind::docker; }

 private:
  struct Pattern {
    std::string glob;
    bool negated{false};
    bool folders_only{false};
  };
  bool matches(const Pattern& pattern, std::string_view path, bool is_folder) const;

  Kind kind_;
  std::string folder_;
  std::vector<Pattern> patterns_;
  bool negates_{false};
};

}  // namespace cli
