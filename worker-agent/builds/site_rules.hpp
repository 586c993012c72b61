#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

/// What of a folder is a static site, and the one name of its content. Pure.
namespace builds {

/// What happens to a member of the folder, by its name alone.
enum class SiteName {
  served,
  left_out,  ///< dot files and dot folders, but for `.well-known` at the top: not in the image
  secret,    ///< the whole folder is refused: somebody would publish what nobody may see
  unusable,  ///< control characters, no UTF-8: no address could name it
};
/// `folder` is that which it stands in: empty at the top, else with a trailing slash.
SiteName judge_site_name(std::string_view folder, std::string_view name);

/// True for the beginning of a private key as programs write it (PEM, OpenSSH, PuTTY), also behind a certificate.
/// `begin`: the file's first 64 KiB.
bool holds_private_key(std::string_view begin);

/// Longest path in a site, in bytes.
inline constexpr std::size_t kLongestSitePath = 1024;

struct SiteFile {
  std::string path;  ///< below the folder, without a leading slash
  bool executable{false};
  std::uint64_t bytes{0};
  std::string sha256;  ///< 64 hexadecimal digits
  bool operator==(const SiteFile&) const = default;
};

/// The list of the files in one order and one form: a line `wisehosting-site 1`, then `f|x BYTES SHA256 PATH` by path.
/// The same files give the same bytes, wherever they came from and whenever they were written.
std::string site_manifest(std::vector<SiteFile> files);
/// SHA-256 of a manifest, hexadecimal: the name of that content.
std::string content_hash(std::string_view manifest);

/// When a file was changed, as its content says: web servers make the mark of a version (ETag) of this time and the
/// length, so that other content of the same length has another mark, and the same content the same in each deployment.
/// Seconds since 1970; below 2^32.
std::int64_t content_time(std::string_view sha256);

}  // namespace builds
