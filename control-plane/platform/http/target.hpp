#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace http {

struct Target {
  /// Decoded; begins with a slash. "*" for the asterisk form.
  std::string path;
  std::map<std::string, std::string> query;
};

/// Reads a request target: origin form, absolute form (its authority is dropped) or `*`. Refused as `http.malformed`:
/// broken percent-escapes, encoded slashes, backslashes and control characters, `.` and `..` segments (plain or
/// encoded), what is not UTF-8, and a query parameter that is given twice.
base::Result<Target> parse_target(std::string_view target);

/// Reads a body of application/x-www-form-urlencoded, as strictly as a query.
base::Result<std::map<std::string, std::string>> parse_form(std::string_view body);

}  // namespace http
