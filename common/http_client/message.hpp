#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http_client {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Whether two header names (or tokens) are the same, compared without case.
bool same_name(std::string_view a, std::string_view b);
/// The first value of the header `name`, compared without case.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// Host, Content-Length and Connection are the client's own business.
struct Request {
  std::string method{"GET"};
  /// Path and query.
  std::string target{"/"};
  Headers headers;
  std::string body;
};

struct Response {
  int status{0};
  Headers headers;
  std::string body;

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

}  // namespace http_client
