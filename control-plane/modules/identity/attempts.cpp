#include "control-plane/modules/identity/attempts.hpp"

#include <algorithm>

namespace identity {
namespace {

constexpr std::chrono::seconds kRefill{60};
constexpr std::size_t kMostAddresses = 50'000;

}  // namespace

base::Result<void> Attempts::take(const std::string& address) {
  const auto now = clock_.steady_now();
  const bool allowed = buckets_.with([&](auto& buckets) {
    if (buckets.size() >= kMostAddresses) {
      std::erase_if(buckets, [&](const auto& entry) { return now - entry.second.at >= kRefill; });
    }
    if (buckets.size() >= kMostAddresses && !buckets.contains(address)) return false;
    auto& bucket = buckets.try_emplace(address, Bucket{kMost, now}).first->second;
    const std::chrono::duration<double> passed = now - bucket.at;
    bucket.left = std::min(kMost, bucket.left + kMost * (passed / std::chrono::duration<double>(kRefill)));
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  });
  if (allowed) return {};
  return base::fail(base::ErrorKind::rate_limited, "sign_in.too_many",
                    "Too many sign-ins were begun from your address. Wait a minute.");
}

}  // namespace identity
