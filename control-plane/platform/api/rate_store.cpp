#include <charconv>

#include "control-plane/platform/api/rate_limits.hpp"

namespace api {
namespace {

const postgres::Statement kShare{
    "api.share_usage",
    "INSERT INTO rate_usage (bucket, tokens, per_second) SELECT bucket, used, per_second FROM unnest($1::text[], "
    "$2::double precision[], $3::double precision[]) AS usage (bucket, used, per_second) ORDER BY bucket "
    "ON CONFLICT (bucket) DO UPDATE SET updated_at = now(), tokens = excluded.tokens + greatest(0, rate_usage.tokens - "
    "excluded.per_second * extract(epoch FROM now() - rate_usage.updated_at)) RETURNING bucket, tokens::text"};
const postgres::Statement kForget{"api.forget_usage",
                                  "DELETE FROM rate_usage WHERE updated_at < now() - interval '10 minutes'"};

}  // namespace

void share_usage(Tx& tx, RateLimits& limits, const std::vector<RateLimits::Usage>& used) {
  std::vector<std::string> buckets;
  std::vector<std::string> tokens;
  std::vector<std::string> rates;
  for (const auto& usage : used) {
    buckets.push_back(usage.bucket);
    tokens.push_back(std::to_string(usage.tokens));
    rates.push_back(std::to_string(usage.per_second));
  }
  for (const auto& row : tx.rows(kShare, buckets, tokens, rates)) {
    const auto& text = row.text(1);
    double level = 0;
    std::from_chars(text.data(), text.data() + text.size(), level);
    limits.merge(row.text(0), level);
  }
}

void forget_old_usage(Tx& tx) {
  tx.exec(kForget);
}

}  // namespace api
