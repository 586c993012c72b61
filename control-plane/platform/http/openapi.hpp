#pragma once

#include <functional>
#include <string>

#include "control-plane/platform/http/route_table.hpp"

namespace http {

/// The OpenAPI 3.1 document of a table's routes. Operation ids are stable: method and path pattern.
/// Schemas with a "title" (at any depth) become components of that name.
/// `access` says of a permission's name who has it: a sentence, and the least scope of a token.
struct Access {
  std::string who;
  std::string scope;
};
using AccessOf = std::function<Access(const std::string& permission)>;
std::string openapi(const RouteTable& table, const std::string& title, const std::string& version,
                    const AccessOf& access = {});

}  // namespace http
