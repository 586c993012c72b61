#pragma once

#include <string>

#include "control-plane/platform/api/rate_limits.hpp"

namespace identity {

/// How often somebody may try to get in. Buckets of an address, and of an address and an account together: whoever
/// knows only whose account it is cannot use up what its person has at their own address. Shared between instances as
/// all limits are. Thread-safe.
class Attempts {
 public:
  static constexpr api::Rate kBeginnings{20, 20};
  static constexpr api::Rate kCodes{10, 10};
  explicit Attempts(api::RateLimits& limits) : limits_(limits) {}

  /// For the beginning of a sign-in. Error `rate_limited` (`sign_in.too_many`).
  base::Result<void> take(const std::string& address);
  /// For a code that is shown for this account. Error `rate_limited` (`code.too_many_tries`).
  base::Result<void> take_code(const std::string& address, base::PersonId account);

 private:
  api::RateLimits& limits_;
};

}  // namespace identity
