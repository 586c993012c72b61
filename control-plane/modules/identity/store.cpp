#include "control-plane/modules/identity/store.hpp"

namespace identity::store {
namespace {

const postgres::Statement kInsertSetupLink{
    "identity.insert_setup_link", "INSERT INTO setup_links (id, token_sha256, expires_at) VALUES ($1, $2, $3)"};
const postgres::Statement kUseSetupLink{
    "identity.use_setup_link",
    "UPDATE setup_links SET used_at = $2 WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > $2 RETURNING id"};
const postgres::Statement kFirstPerson{"identity.first_person",
                                       "SELECT id FROM people ORDER BY created_at, id LIMIT 1"};
const postgres::Statement kInsertPerson{"identity.insert_person", "INSERT INTO people (id, name) VALUES ($1, $2)"};
const postgres::Statement kInsertSession{"identity.insert_session",
                                         "INSERT INTO sessions (id, person_id, token_sha256, expires_at, user_agent, "
                                         "address) VALUES ($1, $2, $3, $4, $5, $6)"};
const postgres::Statement kRevokeSession{"identity.revoke_session",
                                         "UPDATE sessions SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL"};
}  // namespace

void insert_setup_link(Tx& tx, base::Uuid id, std::string_view token_sha256, base::UtcTime expires_at) {
  tx.exec(kInsertSetupLink, id, postgres::bytes(token_sha256), expires_at);
}

bool use_setup_link(Tx& tx, std::string_view token_sha256, base::UtcTime now) {
  return tx.exec(kUseSetupLink, postgres::bytes(token_sha256), now) == 1;
}

std::optional<base::PersonId> first_person(Tx& tx) {
  const auto row = tx.maybe_one(kFirstPerson);
  if (!row) return std::nullopt;
  return row->id<base::PersonId>(0);
}

void insert_person(Tx& tx, base::PersonId id, const std::string& name) {
  tx.exec(kInsertPerson, id, name);
}

void insert_session(Tx& tx, base::SessionId id, base::PersonId person, std::string_view token_sha256,
                    base::UtcTime expires_at, const std::string& user_agent, const std::string& address) {
  tx.exec(kInsertSession, id, person, postgres::bytes(token_sha256), expires_at, user_agent, address);
}

void revoke_session(Tx& tx, base::SessionId id) {
  tx.exec(kRevokeSession, id);
}

}  // namespace identity::store
