#pragma once

#include <optional>
#include <string>

#include "control-plane/platform/postgres/transaction.hpp"

/// Answers that were given to a request with an Idempotency-Key, kept 24 hours.
namespace api::store {

struct KeptAnswer {
  std::string request_sha256;
  int status{0};
  std::string body;
};

/// True when the key is now the caller's; false when it was used before. Waits for another transaction that holds it.
bool claim_key(Tx& tx, const std::string& actor, const std::string& key, const std::string& request_sha256);
/// The answer of the request that claimed the key. Throws `Failure` when there is none.
KeptAnswer find_answer(Tx& tx, const std::string& actor, const std::string& key);
void keep_answer(Tx& tx, const std::string& actor, const std::string& key, int status, const std::string& body);
void forget_old(Tx& tx);

}  // namespace api::store
