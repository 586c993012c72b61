#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "control-plane/modules/projects/types.hpp"

/// Pure checks of what people enter. Every Error names the field by its JSON pointer.
namespace projects::rules {

inline constexpr std::size_t kLongestValue = 64 * 1024;
inline constexpr int kMostReplicas = 100;

base::Result<void> check_app_name(std::string_view name);
/// `^[A-Za-z_][A-Za-z0-9_]{0,127}$`, and none of the names that the platform sets itself.
base::Result<void> check_variable_name(std::string_view name);
/// At most 64 KiB; no NUL byte (a process environment cannot hold one).
base::Result<void> check_variable_value(std::string_view value);
base::Result<void> check_health_path(std::string_view path);
/// Checks all members and gathers all mistakes; the URL is brought into its normal form.
base::Result<NewApp> check_new_app(NewApp app);
base::Result<AppChange> check_change(AppChange change);

}  // namespace projects::rules
