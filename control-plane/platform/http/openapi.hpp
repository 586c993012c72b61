#pragma once

#include <string>

#include "control-plane/platform/http/route_table.hpp"

namespace http {

/// The OpenAPI 3.1 document of a table's routes. Operation ids are stable: method and path pattern.
/// Schemas with a "title" (at any depth) become components of that name.
std::string openapi(const RouteTable& table, const std::string& title, const std::string& version);

}  // namespace http
