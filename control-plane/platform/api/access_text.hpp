#pragma once

#include "control-plane/platform/http/openapi.hpp"

namespace api {

/// Who has a permission, for the OpenAPI document: roles, scope of tokens, fresh proof.
http::Access describe_access(const std::string& permission);

}  // namespace api
