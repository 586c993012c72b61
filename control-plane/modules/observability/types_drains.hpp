#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace observability {

/// A place where the output of an app is sent too, as people see it.
struct LogDrain {
  base::Uuid id;
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  std::string kind;     ///< http or syslog
  std::string address;  ///< without its query, which may hold a key
  bool has_token{false};
  base::UtcTime created_at;
  std::int64_t delivered_lines{0};
  std::optional<base::UtcTime> delivered_at;
  std::optional<base::UtcTime> failing_since;
  std::string failure;
};

/// Whose output it is, in the words of people and programs.
struct DrainNames {
  std::string organization;
  std::string app;
  std::string environment;
  bool operator==(const DrainNames&) const = default;
};

/// What the sender needs of a drain.
struct ActiveDrain {
  base::Uuid id;
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  std::int64_t generation{1};
  base::UtcTime created_at;
  DrainNames names;
};

}  // namespace observability
