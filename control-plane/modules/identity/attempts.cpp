#include "control-plane/modules/identity/attempts.hpp"

namespace identity {

base::Result<void> Attempts::take(const std::string& address) {
  if (limits_.take(api::kSignIn + api::neighbourhood(address), kBeginnings)) return {};
  return base::fail(base::ErrorKind::rate_limited, "sign_in.too_many",
                    "Too many sign-ins were begun from your address. Wait a minute.");
}

base::Result<void> Attempts::take_code(const std::string& address, base::PersonId account) {
  if (limits_.take("code:" + api::neighbourhood(address) + ":" + account.to_string(), kCodes)) return {};
  return base::fail(base::ErrorKind::rate_limited, "code.too_many_tries",
                    "Too many codes were tried from your address. Wait a minute.");
}

}  // namespace identity
