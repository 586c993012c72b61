#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "control-plane/modules/projects/types.hpp"

/// Pure checks of what people enter. Every Error names the field by its JSON pointer.
namespace projects::rules {

inline constexpr std::size_t kLongestValue = 64 * 1024;
inline constexpr int kMostReplicas = 100;
inline constexpr int kLeastCpuMillis = 50;
inline constexpr int kMostCpuMillis = 64'000;
inline constexpr std::int64_t kLeastMemory = std::int64_t{32} << 20U;
inline constexpr std::int64_t kMostMemory = std::int64_t{1} << 40U;
inline constexpr std::int64_t kLeastDisk = std::int64_t{16} << 20U;
inline constexpr std::int64_t kMostDisk = std::int64_t{1} << 40U;
inline constexpr int kLeastPids = 16;
inline constexpr int kMostPids = 32'768;
inline constexpr int kMostRequests = 1'000'000;  // a minute and address
inline constexpr int kMostBurst = 100'000;

base::Result<void> check_app_name(std::string_view name);
/// `^[A-Za-z_][A-Za-z0-9_]{0,127}$`, and none of the names that the platform sets itself.
base::Result<void> check_variable_name(std::string_view name);
/// At most 64 KiB; no NUL byte (a process environment cannot hold one).
base::Result<void> check_variable_value(std::string_view value);
/// A path, or nothing: then a TCP connection to the port is the check.
base::Result<void> check_health_path(std::string_view path);
/// Checks all members and gathers all mistakes; the URL is brought into its normal form.
base::Result<NewApp> check_new_app(NewApp app);
base::Result<AppChange> check_change(AppChange change);
/// The source after a change that was checked. Containerfile, static directory and commands: one takes the others'
/// place. Errors: `invalid` for commands without an image or without what is started.
base::Result<Source> changed_source(Source now, const AppChange& change);

}  // namespace projects::rules
