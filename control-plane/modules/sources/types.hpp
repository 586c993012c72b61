#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace sources {

using UploadId = base::Id<struct UploadTag>;

/// As it is sent, compressed. What it may hold unpacked: archive::Limits.
inline constexpr std::int64_t kMostBytes = std::int64_t{64} << 20U;
/// Of one part; the last may be smaller. The limit of a request's body.
inline constexpr std::int64_t kMostPartBytes = std::int64_t{1} << 20U;

/// Where an app's code comes from when there is no repository; `upload:<id>` names one archive.
inline constexpr std::string_view kUploadScheme = "upload:";

/// One archive on its way, or arrived.
struct Upload {
  UploadId id;
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  std::string sha256;
  std::int64_t bytes{0};
  std::int64_t received{0};
  bool complete{false};
  std::optional<std::int64_t> files;
  std::optional<std::int64_t> unpacked_bytes;
  base::UtcTime created_at;
};

}  // namespace sources
