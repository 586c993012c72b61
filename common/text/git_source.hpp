#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

/// Grammars of what people type. Pure: no I/O, linear in the input's length, any thread.
namespace text {

/// Where a repository is. Only forms that git can be given safely: no credentials, no options, no shell characters.
struct GitUrl {
  enum class Scheme { https, http, ssh };

  Scheme scheme{Scheme::https};
  std::string user;       ///< ssh only, else empty
  std::string host;       ///< lower case; an IPv6 address without its brackets
  std::uint16_t port{0};  ///< 0: the scheme's own
  std::string path;       ///< begins with '/', at least one character follows

  /// The normal form that is stored and handed to git; parsing it yields the same value again.
  std::string to_string() const;
  /// `port`, or the scheme's own: 443, 80, 22.
  std::uint16_t effective_port() const;
  bool operator==(const GitUrl&) const = default;
};

/// Reads `https://host/path`, `http://…`, `ssh://user@host/path` and `user@host:path` (at most 2,048 bytes).
/// Errors: kind `invalid`, code `source.git_url`, one sentence that says what to do.
base::Result<GitUrl> parse_git_url(std::string_view url);

/// A branch's short name: git's check-ref-format, and stricter: ASCII, no leading dash, no shell characters, ≤ 200
/// bytes. Error code: `source.branch`.
base::Result<void> check_branch(std::string_view branch);

/// A whole commit id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits. Error code: `source.commit`.
base::Result<void> check_commit(std::string_view commit);

/// A file inside the repository, relative to its root, ≤ 255 bytes. Error code: `source.containerfile`.
base::Result<void> check_containerfile(std::string_view path);

/// A folder inside the repository that is served as it is: `.`, or relative to the root, ≤ 255 bytes. Error code:
/// `source.static_directory`.
base::Result<void> check_static_directory(std::string_view path);

}  // namespace text
