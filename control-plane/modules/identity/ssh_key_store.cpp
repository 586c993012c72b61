#include "control-plane/modules/identity/ssh_key_store.hpp"

namespace identity::ssh_key_store {
namespace {

const postgres::Statement kInsert{
    "identity.insert_ssh_key",
    "INSERT INTO ssh_keys (id, person_id, name, algorithm, public_key, fingerprint, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (fingerprint) DO NOTHING"};
const postgres::Statement kList{
    "identity.list_ssh_keys",
    "SELECT id, name, algorithm, fingerprint, created_at, last_used_at FROM ssh_keys WHERE person_id = $1 "
    "ORDER BY created_at DESC, id DESC"};
const postgres::Statement kCount{"identity.count_ssh_keys", "SELECT count(*) FROM ssh_keys WHERE person_id = $1"};
const postgres::Statement kRemove{"identity.remove_ssh_key",
                                  "DELETE FROM ssh_keys WHERE person_id = $1 AND id = $2 "
                                  "RETURNING id, name, algorithm, fingerprint, created_at, last_used_at"};

SshKey key_of(const postgres::Row& row) {
  return {.id = row.uuid(0),
          .name = row.text(1),
          .algorithm = row.text(2),
          .fingerprint = row.text(3),
          .created_at = row.time(4),
          .last_used_at = row.maybe_time(5)};
}

}  // namespace

bool insert(Tx& tx, base::PersonId person, const SshKey& key, const std::string& line) {
  return tx.exec(kInsert, key.id, person, key.name, key.algorithm, line, key.fingerprint, key.created_at) == 1;
}

std::vector<SshKey> list(Tx& tx, base::PersonId person) {
  std::vector<SshKey> found;
  for (const auto& row : tx.rows(kList, person)) found.push_back(key_of(row));
  return found;
}

std::int64_t count(Tx& tx, base::PersonId person) {
  return tx.one(kCount, person).integer(0);
}

std::optional<SshKey> remove(Tx& tx, base::PersonId person, const base::Uuid& id) {
  const auto row = tx.maybe_one(kRemove, person, id);
  if (!row) return std::nullopt;
  return key_of(*row);
}

}  // namespace identity::ssh_key_store
