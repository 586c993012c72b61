#pragma once

#include <chrono>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace identity {

inline constexpr std::chrono::minutes kSetupLinkLife{15};
inline constexpr std::chrono::hours kSessionLife{24 * 30};

/// A session that was just opened: the only moment at which its token is known.
struct NewSession {
  std::string token;
  base::SessionId id;
  base::PersonId person;
  base::UtcTime expires_at;
};

}  // namespace identity
