#pragma once

#include <map>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"
#include "common/base/result.hpp"

namespace identity {

/// Beginnings of sign-ins of one address: a bucket of 20 that fills again within a minute. Of this instance;
/// thread-safe; bounded.
class Attempts {
 public:
  static constexpr double kMost = 20;
  explicit Attempts(const base::Clock& clock) : clock_(clock) {}

  /// Takes one, or error `rate_limited`.
  base::Result<void> take(const std::string& address);

 private:
  struct Bucket {
    double left{kMost};
    base::SteadyTime at;
  };
  const base::Clock& clock_;
  base::Guarded<std::map<std::string, Bucket>> buckets_;
};

}  // namespace identity
