#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"
#include "common/base/result.hpp"
#include "control-plane/platform/api/input.hpp"
#include "control-plane/platform/http/message.hpp"

namespace api {

/// A token bucket: so many at once, refilled evenly. 0 per minute: without limit.
struct Rate {
  double per_minute{0};
  double burst{0};
};

struct RateConfig {
  Rate address{6'000, 1'500};        ///< requests of one address
  Rate door{120, 60};                ///< of those, without signing in: setup, sign-in
  Rate person{6'000, 1'500};         ///< a person's sessions and CLI together
  Rate token{600, 200};              ///< each token of a program
  Rate organization{30'000, 5'000};  ///< everybody in an organization together
};

/// Before the bucket of who begins sign-ins at an address.
inline constexpr const char* kSignIn = "sign-in:";

/// An address as limits see it: who has one IPv6 address has its whole /64.
std::string neighbourhood(const std::string& address);

/// How much callers ask for. Decided in memory; what instances saw is added up in the database once a second, so a
/// limit holds over all of them but for what came within that second. Thread-safe; bounded.
class RateLimits {
 public:
  explicit RateLimits(const base::Clock& clock, RateConfig config = {}) : clock_(clock), config_(config) {}

  /// Before anything is known of the caller. Error `rate.address`.
  base::Result<void> admit_address(const std::string& address, bool at_the_door);
  /// For who calls. Errors `rate.person`, `rate.token`, `rate.organization`.
  base::Result<void> admit_caller(const auth::Actor& actor);
  /// For what has a measure of its own: one of the bucket `name`, or false.
  bool take(const std::string& name, const Rate& rate);
  /// RateLimit-* headers for programs, and Retry-After where it was refused.
  void describe(const auth::Actor& actor, const std::string& address, http::Response& response);

  struct Usage {
    std::string bucket;
    double tokens{0};
    double per_second{0};
  };
  /// What was used since the last call, of buckets that are more than a tenth full. Forgets those that are empty.
  std::vector<Usage> take_usage();
  /// What all instances together have used of a bucket now.
  void merge(const std::string& bucket, double tokens);

 private:
  struct Bucket {
    double level{0};       ///< used and not yet refilled
    double unreported{0};  ///< of that, what the others do not know
    Rate rate;
    base::SteadyTime at;
  };
  using Buckets = std::unordered_map<std::string, Bucket>;

  static void refill(Bucket& bucket, base::SteadyTime now);
  /// Seconds until something can be taken; below 0: at once.
  static double wait_of(const Bucket& bucket);
  /// The one of these buckets that it takes longest to get something out of.
  std::optional<Bucket> emptiest(const std::vector<std::string>& names);

  const base::Clock& clock_;
  RateConfig config_;
  base::Guarded<Buckets> buckets_;
};

/// Writes what this instance saw and reads what all saw: one statement. Call it each second, on any thread.
void share_usage(Tx& tx, RateLimits& limits, const std::vector<RateLimits::Usage>& used);
void forget_old_usage(Tx& tx);

}  // namespace api
