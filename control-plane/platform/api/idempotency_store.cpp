#include "control-plane/platform/api/idempotency_store.hpp"

namespace api::store {
namespace {

const postgres::Statement kClaimKey{"api.claim_idempotency_key",
                                    "INSERT INTO idempotency_keys (actor, key, request_sha256) VALUES ($1, $2, $3) ON "
                                    "CONFLICT (actor, key) DO NOTHING"};
const postgres::Statement kFindKey{
    "api.find_idempotency_key",
    "SELECT request_sha256, status, body FROM idempotency_keys WHERE actor = $1 AND key = $2"};
const postgres::Statement kKeepAnswer{
    "api.keep_answer", "UPDATE idempotency_keys SET status = $3, body = $4 WHERE actor = $1 AND key = $2"};
const postgres::Statement kForgetAnswers{"api.forget_answers",
                                         "DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'"};

}  // namespace

bool claim_key(Tx& tx, const std::string& actor, const std::string& key, const std::string& request_sha256) {
  return tx.exec(kClaimKey, actor, key, request_sha256) == 1;
}

KeptAnswer find_answer(Tx& tx, const std::string& actor, const std::string& key) {
  const auto row = tx.one(kFindKey, actor, key);
  return KeptAnswer{row.text(0), static_cast<int>(row.integer(1)), row.text_or(2, "")};
}

void keep_answer(Tx& tx, const std::string& actor, const std::string& key, int status, const std::string& body) {
  tx.exec(kKeepAnswer, actor, key, status, body);
}

void forget_old(Tx& tx) {
  tx.exec(kForgetAnswers);
}

}  // namespace api::store
