#include "worker-agent/builds/site_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/crypto/hash.hpp"
#include "worker-agent/builds/build_log.hpp"

namespace builds {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

/// Variables, and keys by the names that programs give them. `.env.example` and its like are made to be shown.
bool names_secret(const std::string& name) {
  constexpr std::array<std::string_view, 4> kKeys = {"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"};
  constexpr std::array<std::string_view, 5> kStores = {".p12", ".pfx", ".jks", ".kdbx", ".ppk"};
  constexpr std::array<std::string_view, 4> kExamples = {".example", ".sample", ".template", ".dist"};
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  if (name == ".env" || name == ".envrc") return true;
  if (name.starts_with(".env.")) return std::ranges::none_of(kExamples, ends);
  return std::ranges::find(kKeys, name) != kKeys.end() || std::ranges::any_of(kStores, ends);
}

bool is_plain(std::string_view name) {
  return printable_utf8(name) == name && name.find_first_of("\t\n") == std::string_view::npos;
}

}  // namespace

SiteName judge_site_name(std::string_view folder, std::string_view name) {
  if (names_secret(lower(name))) return SiteName::secret;
  if (name.starts_with('.') && !(folder.empty() && name == ".well-known")) return SiteName::left_out;
  return is_plain(name) ? SiteName::served : SiteName::unusable;
}

bool holds_private_key(std::string_view begin) {
  while (!begin.empty() && std::string_view(" \t\r\n\xEF\xBB\xBF").contains(begin.front())) begin.remove_prefix(1);
  if (begin.starts_with("PuTTY-User-Key-File-")) return true;
  return begin.starts_with("-----BEGIN ") && begin.contains("PRIVATE KEY");
}

std::string site_manifest(std::vector<SiteFile> files) {
  std::ranges::sort(files, {}, &SiteFile::path);
  std::string out = "wisehosting-site 1\n";
  for (const auto& file : files) {
    out += file.executable ? "x " : "f ";
    out += std::to_string(file.bytes) + " " + file.sha256 + " " + file.path + "\n";
  }
  return out;
}

std::string content_hash(std::string_view manifest) {
  return crypto::sha256_hex(manifest);
}

std::int64_t content_time(std::string_view sha256) {
  std::uint32_t seconds = 0;
  std::from_chars(sha256.data(), sha256.data() + std::min<std::size_t>(sha256.size(), 8), seconds, 16);
  return seconds;
}

}  // namespace builds
