#pragma once

#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace projects {

/// The environment that every project has.
inline constexpr const char* kProduction = "production";
inline constexpr int kMostProjects = 500;
inline constexpr int kMostEnvironments = 50;

struct Project {
  base::ProjectId id;
  std::string slug;
  std::string name;
  std::int64_t apps{0};
  base::UtcTime created_at;
  base::UtcTime updated_at;
};

struct Environment {
  base::EnvironmentId id;
  std::string name;
  /// Which branches it is for: names, with `*` for any run of characters. In this order.
  std::vector<std::string> branch_patterns;
  std::int64_t apps{0};
  base::UtcTime created_at;
};

}  // namespace projects
