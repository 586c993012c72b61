#pragma once

#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

/// The same request twice, by its Idempotency-Key: the second one gets the first one's answer.
namespace api {

struct KeptReply {
  int status{0};
  std::string body;
};

/// The answer that an earlier request of `owner` with this key was given, or nothing when the key is now this one's.
/// Waits for another transaction that holds it. Errors: `invalid`, `idempotency.reused` when that request was another.
base::Result<std::optional<KeptReply>> claim_key(Tx& tx, const std::string& owner, const std::string& key,
                                                 const std::string& request_sha256);
/// In the transaction that claimed the key.
void keep_reply(Tx& tx, const std::string& owner, const std::string& key, const KeptReply& reply);

}  // namespace api
