#pragma once

#include <map>
#include <string>
#include <string_view>

#include "control-plane/platform/http/message.hpp"

namespace http {

/// One embedded file. The views must live as long as the process. `gzip` and `brotli` are the precompressed forms, or
/// empty.
struct StaticFile {
  std::string_view bytes;
  std::string_view gzip;
  std::string_view brotli;
  std::string content_type;
  /// The name holds a hash of the content: may be cached for a year.
  bool immutable{false};
};

/// Serves a table of embedded files: ETag and 304, precompressed forms, `/page.html` at `/page` and `/page/` too, and
/// `/index.html` for unknown paths of the single page application (those that accept text/html and do not look like a
/// file).
class StaticFiles {
 public:
  /// Keys are paths with a leading slash.
  explicit StaticFiles(std::map<std::string, StaticFile> files);
  /// Thread-safe.
  Response serve(const Request& request) const;

 private:
  struct Entry {
    StaticFile file;
    std::string etag;
  };
  Response answer(const Entry& entry, const Request& request) const;
  std::map<std::string, Entry> files_;
};

}  // namespace http
