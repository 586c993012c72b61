#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace identity {

inline constexpr std::chrono::minutes kSetupLinkLife{15};
inline constexpr std::chrono::hours kSessionLife{24 * 30};
/// A session that nobody used for so long has ended, unless configured otherwise.
inline constexpr std::chrono::hours kSessionIdle{24 * 7};
/// The last use of sessions and tokens is written at most this often.
inline constexpr std::chrono::minutes kUseNoted{5};
/// From the redirect to the provider to the way back, and from there to the second factor.
inline constexpr std::chrono::minutes kFlowLife{10};
inline constexpr std::chrono::minutes kDeviceCodeLife{10};
inline constexpr std::chrono::seconds kDevicePoll{5};
inline constexpr std::chrono::hours kAccessLife{1};
inline constexpr std::chrono::hours kRefreshLife{24 * 30};
inline constexpr std::chrono::hours kLongestTokenLife{24 * 366};
/// How long a browser is known after its last sign-in.
inline constexpr std::chrono::hours kDeviceLife{24 * 365};
inline constexpr int kRecoveryCodes = 10;
inline constexpr int kTriesInAMinute = 5;

/// A session that was just opened: the only moment at which its token is known.
struct NewSession {
  std::string token;
  base::SessionId id;
  base::PersonId person;
  base::UtcTime expires_at;
};

/// What a request tells of the device behind it. Nothing of it is trusted.
struct Device {
  std::string user_agent;
  std::string address;
  /// The browser's own long-lived cookie; empty when it has none yet.
  std::string token;
};

struct Person {
  base::PersonId id;
  std::string name;
  std::string email;  ///< empty before a provider told one
  bool is_operator{false};
  bool disabled{false};
  std::optional<std::string> theme{};  ///< `system`, `light` or `dark`; none before it was chosen
};

/// Tells the other instances, after the commit. Topics: `identity:credential:<id>`, `identity:person:<id>`,
/// `identity:organization:<id>`.
using Publish = std::function<void(std::string topic)>;

}  // namespace identity
