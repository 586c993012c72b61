#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "control-plane/modules/projects/place_types.hpp"

/// Pure decisions about projects and environments.
namespace projects::rules {

/// Lower-case letters, digits and dashes, as app names.
base::Result<void> check_slug(const std::string& field, std::string_view slug);
base::Result<void> check_project_name(std::string_view name);
/// At most 20 patterns of names of branches with `*`.
base::Result<void> check_patterns(const std::vector<std::string>& patterns);

/// Whole and case-sensitive; `*` stands for any run of characters, slashes too.
bool matches(std::string_view pattern, std::string_view branch);
/// The environment that a branch belongs to, or nothing: a name without `*` wins over one with, then the one with more
/// characters, then the one that was made first.
const Environment* environment_for(const std::vector<Environment>& environments, std::string_view branch);

}  // namespace projects::rules
