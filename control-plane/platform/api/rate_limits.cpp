#include "control-plane/platform/api/rate_limits.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "control-plane/platform/api/buckets.hpp"

namespace api {
namespace {

constexpr std::size_t kMostBuckets = 200'000;
constexpr double kWorthSharing = 0.1;

std::string caller_bucket(const auth::Actor& actor) {
  using Kind = auth::CredentialKind;
  const auto kind = actor.principal.kind;
  if (kind == Kind::personal_token || kind == Kind::organization_token) {
    return "token:" + actor.principal.credential.to_string();
  }
  return "person:" + actor.person.to_string();
}

bool is_token(const auth::Actor& actor) {
  return caller_bucket(actor).starts_with("token:");
}

std::unexpected<base::Error> too_often(const std::string& code, const std::string& who) {
  return base::fail(base::ErrorKind::rate_limited, code,
                    "Too many requests " + who + ". Wait a moment; Retry-After says how long.");
}

}  // namespace

std::string neighbourhood(const std::string& address) {
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes)) return address;
  std::fill(std::begin(bytes.s6_addr) + 8, std::end(bytes.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &bytes, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

void RateLimits::refill(Bucket& bucket, base::SteadyTime now) {
  const auto seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.level = std::max(0.0, bucket.level - std::max(0.0, seconds) * bucket.rate.per_minute / 60);
  bucket.at = now;
}

bool RateLimits::take(const std::string& name, const Rate& rate) {
  if (rate.per_minute <= 0) return true;
  const auto now = clock_.steady_now();
  return buckets_.with([&](Buckets& all) {
    if (all.size() >= kMostBuckets && !all.contains(name)) all.erase(all.begin());
    auto& bucket = all.try_emplace(name, Bucket{.level = 0, .unreported = 0, .rate = rate, .at = now}).first->second;
    refill(bucket, now);
    if (bucket.level + 1 > rate.burst) return false;
    bucket.level += 1;
    bucket.unreported += 1;
    return true;
  });
}

base::Result<void> RateLimits::admit_address(const std::string& address, bool at_the_door) {
  const auto from = neighbourhood(address);
  const bool allowed = take("address:" + from, config_.address);
  if (allowed && (!at_the_door || take("door:" + from, config_.door))) return {};
  return too_often("rate.address", "from your address");
}

base::Result<void> RateLimits::admit_caller(const auth::Actor& actor) {
  if (actor.is_anonymous()) return {};
  if (is_token(actor)) {
    if (!take(caller_bucket(actor), config_.token)) return too_often("rate.token", "with this token");
  } else if (!take(caller_bucket(actor), config_.person)) {
    return too_often("rate.person", "by you");
  }
  if (actor.organization.is_nil()) return {};
  if (take("organization:" + actor.organization.to_string(), config_.organization)) return {};
  return too_often("rate.organization", "in this organization");
}

void RateLimits::describe(const auth::Actor& actor, const std::string& address, http::Response& response) {
  const bool refused = response.status == 429;
  const bool token = !actor.is_anonymous() && is_token(actor);
  if (!refused && !token) return;
  std::vector<std::string> names;
  if (!actor.is_anonymous()) names.push_back(caller_bucket(actor));
  if (refused) {
    const auto from = neighbourhood(address);
    names.insert(names.end(), {"address:" + from, "door:" + from, kSignIn + from, kHookCalls + from});
    names.push_back("organization:" + actor.organization.to_string());
  }
  const auto bucket = emptiest(names);
  if (!bucket || (refused && wait_of(*bucket) <= 0)) return;  // it was refused for something else
  const auto whole = [](double value) { return std::to_string(static_cast<std::int64_t>(std::max(0.0, value))); };
  const auto per_second = bucket->rate.per_minute / 60;
  response.set_header("RateLimit-Limit", whole(bucket->rate.burst));
  response.set_header("RateLimit-Remaining", whole(std::floor(bucket->rate.burst - bucket->level)));
  response.set_header("RateLimit-Reset", whole(std::ceil(bucket->level / per_second)));
  if (refused) {
    response.set_header("Retry-After", whole(std::max(1.0, std::ceil(wait_of(*bucket)))));
  }
}

std::optional<RateLimits::Bucket> RateLimits::emptiest(const std::vector<std::string>& names) {
  const auto now = clock_.steady_now();
  return buckets_.with([&](Buckets& all) {
    std::optional<Bucket> found;
    for (const auto& name : names) {
      const auto at = all.find(name);
      if (at == all.end()) continue;
      refill(at->second, now);
      if (!found || wait_of(at->second) > wait_of(*found)) found = at->second;
    }
    return found;
  });
}

double RateLimits::wait_of(const Bucket& bucket) {
  return (bucket.level + 1 - bucket.rate.burst) / (bucket.rate.per_minute / 60);
}

std::vector<RateLimits::Usage> RateLimits::take_usage() {
  const auto now = clock_.steady_now();
  return buckets_.with([&](Buckets& all) {
    std::vector<Usage> used;
    for (auto it = all.begin(); it != all.end();) {
      auto& bucket = it->second;
      refill(bucket, now);
      if (bucket.unreported > 0 && bucket.level > bucket.rate.burst * kWorthSharing) {
        used.push_back({it->first, std::min(bucket.unreported, bucket.level), bucket.rate.per_minute / 60});
        bucket.unreported = 0;
      }
      it = bucket.level <= 0 ? all.erase(it) : std::next(it);
    }
    std::ranges::sort(used, {}, &Usage::bucket);  // one order for all instances: none waits for another in a circle
    return used;
  });
}

void RateLimits::merge(const std::string& bucket, double tokens) {
  const auto now = clock_.steady_now();
  buckets_.with([&](Buckets& all) {
    const auto found = all.find(bucket);
    if (found == all.end()) return;
    refill(found->second, now);
    found->second.level = std::max(found->second.level, tokens + found->second.unreported);
  });
}

}  // namespace api
