#include "control-plane/platform/api/repeats.hpp"

#include <algorithm>

#include "control-plane/platform/api/idempotency_store.hpp"

namespace api {

base::Result<std::optional<KeptReply>> claim_key(Tx& tx, const std::string& owner, const std::string& key,
                                                 const std::string& request_sha256) {
  const auto plain = [](char c) { return c > ' ' && c <= '~'; };
  if (key.empty() || key.size() > 200 || !std::ranges::all_of(key, plain)) {
    return base::invalid("Idempotency-Key", "1 to 200 letters, digits and signs of ASCII.");
  }
  if (store::claim_key(tx, owner, key, request_sha256)) return std::optional<KeptReply>();
  auto kept = store::find_answer(tx, owner, key);
  if (kept.request_sha256 != request_sha256) {
    return base::fail(base::ErrorKind::invalid, "idempotency.reused",
                      "This Idempotency-Key was used for another request. Use a fresh key for each new request.");
  }
  return std::optional(KeptReply{kept.status, std::move(kept.body)});
}

void keep_reply(Tx& tx, const std::string& owner, const std::string& key, const KeptReply& reply) {
  store::keep_answer(tx, owner, key, reply.status, reply.body);
}

}  // namespace api
