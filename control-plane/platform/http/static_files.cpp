#include "control-plane/platform/http/static_files.hpp"

#include <openssl/sha.h>

#include <algorithm>

#include "common/base/bytes.hpp"
#include "common/http_client/message.hpp"

namespace http {
namespace {

std::string etag_of(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return base::hex_encode({reinterpret_cast<const char*>(digest), 16});
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// Calls `use(item)` for each member of a comma-separated header until it says true.
template <class F>
bool any_item(std::string_view list, F use) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (use(trim(list.substr(0, end)))) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

bool accepts_encoding(const Request& request, std::string_view encoding) {
  return any_item(request.header("Accept-Encoding").value_or(""), [&](std::string_view item) {
    const auto semicolon = std::min(item.find(';'), item.size());
    if (!http_client::same_name(trim(item.substr(0, semicolon)), encoding)) return false;
    const auto weight = trim(item.substr(std::min(semicolon + 1, item.size())));
    const bool refused = weight.starts_with("q=0") && weight.find_first_of("123456789") == std::string_view::npos;
    return !refused;
  });
}

bool is_known_to_client(const Request& request, std::string_view etag) {
  return any_item(request.header("If-None-Match").value_or(""), [&](std::string_view item) {
    if (item.starts_with("W/")) item.remove_prefix(2);
    return item == "*" || item == etag;
  });
}

bool wants_page(const Request& request) {
  const auto name = request.path.substr(request.path.rfind('/') + 1);
  const bool html = any_item(request.header("Accept").value_or(""),
                             [](std::string_view item) { return item.starts_with("text/html"); });
  return html && !name.contains('.');
}

std::string without_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

}  // namespace

StaticFiles::StaticFiles(std::map<std::string, StaticFile> files) {
  for (auto& [path, file] : files) {
    auto etag = etag_of(file.bytes);
    files_.emplace(path, Entry{std::move(file), std::move(etag)});
  }
}

Response StaticFiles::serve(const Request& request) const {
  const auto found = files_.find(request.path == "/" ? "/index.html" : request.path);
  if (found != files_.end()) return answer(found->second, request);
  const auto page = files_.find(without_slash(request.path) + ".html");
  if (page != files_.end()) return answer(page->second, request);
  const auto index = files_.find("/index.html");
  if (index != files_.end() && wants_page(request)) return answer(index->second, request);
  const base::Error missing{base::ErrorKind::not_found, "http.not_found", "Nothing is at this address."};
  return problem(missing, request.request_id);
}

Response StaticFiles::answer(const Entry& entry, const Request& request) const {
  const auto& file = entry.file;
  std::string_view bytes = file.bytes;
  std::string encoding;
  if (!file.brotli.empty() && accepts_encoding(request, "br")) {
    encoding = "br";
    bytes = file.brotli;
  } else if (!file.gzip.empty() && accepts_encoding(request, "gzip")) {
    encoding = "gzip";
    bytes = file.gzip;
  }
  // Each form has its own tag: a cache must not take one for the other.
  const std::string etag = "\"" + entry.etag + (encoding.empty() ? "" : "-" + encoding) + "\"";
  Response response;
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (!file.brotli.empty() || !file.gzip.empty()) response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("Content-Type", file.content_type);
  if (is_known_to_client(request, etag)) {
    response.status = 304;
    return response;
  }
  if (!encoding.empty()) response.headers.emplace_back("Content-Encoding", encoding);
  response.body = std::string(bytes);
  return response;
}

}  // namespace http
