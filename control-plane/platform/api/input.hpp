#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "control-plane/platform/auth/actor.hpp"

namespace api {

/// What a handler gets: who calls, and what the path and query say.
struct Input : auth::Call {
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> query;
  /// What was asked of the caller, and with what they came: so that a stream can ask again.
  auth::Permission permission{auth::Permission::signed_in};
  bool writes{false};        ///< the method changes something
  bool every_project{true};  ///< the handler does not itself keep to the projects that the caller sees
  std::optional<auth::Credential> credential;

  /// A path parameter; empty when the route has none of that name.
  std::string param(const std::string& name) const;
  /// `limit` of the query: 1..100, else 50 when absent; an Error when it is something else.
  base::Result<int> limit() const;
  /// A whole number of the query within [low, high].
  base::Result<std::int64_t> integer(const std::string& name, std::int64_t fallback, std::int64_t low,
                                     std::int64_t high) const;
  /// The rows that this call may see.
  postgres::Reach reach() const;
};

}  // namespace api
