#include "control-plane/modules/fleet/store.hpp"

#include "common/base/bytes.hpp"
#include "common/json/json.hpp"
#include "common/json/parse.hpp"

namespace fleet::store {
namespace {

#define WORKER_COLUMNS                                                                                             \
  "w.id, w.name, w.state, w.cordoned, w.run, w.build, w.edge, w.registry, w.sealing_public_key, w.agent_version, " \
  "(w.facts->>'memory_bytes')::bigint, (w.facts->>'cpus')::integer, (w.facts->'labels')::text, w.last_seen_at "

const postgres::Statement kLockKeys{"fleet.lock_keys", "LOCK TABLE installation_keys IN SHARE ROW EXCLUSIVE MODE"};
const postgres::Statement kKeys{
    "fleet.keys",
    "SELECT id, public_part, private_sealed FROM installation_keys WHERE purpose = $1 AND retired_at IS NULL "
    "ORDER BY created_at DESC LIMIT 2"};
const postgres::Statement kInsertKey{
    "fleet.insert_key",
    "INSERT INTO installation_keys (purpose, id, public_part, private_sealed) VALUES ($1, $2, $3, $4)"};
const postgres::Statement kInsertEnrolmentToken{
    "fleet.insert_enrolment_token",
    "INSERT INTO enrolment_tokens (id, worker_name, token_sha256, created_by, expires_at) VALUES ($1, $2, $3, $4, $5)"};
const postgres::Statement kLockEnrolmentToken{
    "fleet.lock_enrolment_token",
    "SELECT id, worker_name, expires_at, used_at IS NOT NULL, worker_id, api_key_sha256 FROM enrolment_tokens "
    "WHERE token_sha256 = $1 FOR UPDATE"};
const postgres::Statement kUseEnrolmentToken{
    "fleet.use_enrolment_token",
    "UPDATE enrolment_tokens SET used_at = now(), worker_id = $2, api_key_sha256 = $3 WHERE id = $1"};
const postgres::Statement kInsertWorker{
    "fleet.insert_worker",
    "INSERT INTO workers (id, name, state, api_key_hash, wireguard_public_key, sealing_public_key, agent_version, "
    "facts, run, "
    "build, edge, registry) VALUES ($1, $2, 'enrolled', $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)"};
const postgres::Statement kFind{"fleet.find", "SELECT " WORKER_COLUMNS "FROM workers w WHERE w.id = $1"};
const postgres::Statement kList{"fleet.list",
                                "SELECT " WORKER_COLUMNS "FROM workers w WHERE w.state <> 'revoked' ORDER BY w.name"};
const postgres::Statement kNameTaken{"fleet.name_taken", "SELECT 1 FROM workers WHERE name = $1"};
const postgres::Statement kCredentials{
    "fleet.credentials",
    "SELECT state, gen, api_key_hash, previous_key_hash, previous_until, wireguard_public_key, sealing_public_key "
    "FROM workers WHERE id = $1"};
const postgres::Statement kRotate{"fleet.rotate_credentials",
                                  "UPDATE workers SET previous_key_hash = api_key_hash, previous_until = $4, "
                                  "api_key_hash = $3, gen = $2, updated_at = now() "
                                  "WHERE id = $1"};
const postgres::Statement kRememberNonce{"fleet.remember_nonce",
                                         "INSERT INTO refresh_nonces (worker_id, nonce) VALUES ($1, $2) ON CONFLICT "
                                         "(worker_id, nonce) DO UPDATE SET at = now() "
                                         "WHERE refresh_nonces.at < now() - interval '5 minutes'"};
const postgres::Statement kForgetNonces{"fleet.forget_nonces",
                                        "DELETE FROM refresh_nonces WHERE at < now() - interval '10 minutes'"};
const postgres::Statement kTakeSessionEpoch{
    "fleet.take_session_epoch",
    "UPDATE workers SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING session_epoch"};
const postgres::Statement kFence{
    "fleet.fence",
    "SELECT 1 FROM workers WHERE id = $1 AND session_epoch = $2 AND state NOT IN ('revoked', 'duplicate') FOR SHARE"};
const postgres::Statement kBootHistory{"fleet.boot_history",
                                       "SELECT boot_id, boot_changes::text[] FROM workers WHERE id = $1"};
const postgres::Statement kNoteBoot{
    "fleet.note_boot", "UPDATE workers SET boot_id = $2, boot_changes = $3::text[]::timestamptz[] WHERE id = $1"};
const postgres::Statement kStillHere{"fleet.still_here",
                                     "UPDATE workers SET state = 'online', last_seen_at = $2, updated_at = now() WHERE "
                                     "id = $1 AND state IN ('unreachable', 'lost')"};
const postgres::Statement kSetState{
    "fleet.set_state", "UPDATE workers SET state = $3, updated_at = now() WHERE id = $1 AND ($2 = '' OR state = $2)"};
const postgres::Statement kNoteHello{
    "fleet.note_hello", "UPDATE workers SET agent_version = $2, last_seen_at = $3, updated_at = now() WHERE id = $1"};
const postgres::Statement kSetEpochOffset{"fleet.set_epoch_offset",
                                          "UPDATE workers SET epoch_offset = $2 WHERE id = $1"};
const postgres::Statement kEpochOffset{"fleet.epoch_offset", "SELECT epoch_offset FROM workers WHERE id = $1"};
const postgres::Statement kTouch{"fleet.touch", "UPDATE workers SET last_seen_at = $2 WHERE id = ANY($1::uuid[])"};
const postgres::Statement kMarkUnreachable{"fleet.mark_unreachable",
                                           "UPDATE workers SET state = 'unreachable', updated_at = now() WHERE state = "
                                           "'online' AND last_seen_at < $1 RETURNING id"};
const postgres::Statement kMarkLost{"fleet.mark_lost",
                                    "UPDATE workers SET state = 'lost', updated_at = now() WHERE state = 'unreachable' "
                                    "AND last_seen_at < $1 RETURNING id"};
const postgres::Statement kLeaderEpoch{"fleet.leader_epoch",
                                       "SELECT coalesce(max(epoch), 1) FROM leases WHERE name = 'scheduler'"};
const postgres::Statement kOnlineWith{"fleet.online_with",
                                      "SELECT id FROM workers WHERE state = 'online' AND CASE $1 WHEN 'run' THEN run "
                                      "WHEN 'build' THEN build WHEN 'edge' THEN edge "
                                      "WHEN 'registry' THEN registry END ORDER BY id"};

struct Labels {
  std::map<std::string, std::string> labels;
  template <class F>
  void map(F& f) {
    f.required("labels", labels);
  }
};

Worker worker(const postgres::Row& row) {
  Worker found;
  found.id = row.id<base::WorkerId>(0);
  found.name = row.text(1);
  found.state = row.text(2);
  found.cordoned = row.boolean(3);
  found.capabilities = Capabilities{row.boolean(4), row.boolean(5), row.boolean(6), row.boolean(7)};
  found.sealing_public_key = base::base64url_decode(row.text(8)).value_or("");
  found.agent_version = row.text(9);
  found.memory_bytes = row.maybe_integer(10).value_or(0);
  found.cpus = static_cast<int>(row.maybe_integer(11).value_or(0));
  const auto labels = json::decode<Labels>("{\"labels\":" + row.text_or(12, "{}") + "}", json::Unknown::ignore);
  if (labels) found.labels = labels->labels;
  found.last_seen_at = row.maybe_time(13);
  return found;
}

std::vector<base::WorkerId> ids(const std::vector<postgres::Row>& rows) {
  std::vector<base::WorkerId> found;
  found.reserve(rows.size());
  for (const auto& row : rows) found.push_back(row.id<base::WorkerId>(0));
  return found;
}

}  // namespace

void lock_keys(Tx& tx) {
  tx.exec(kLockKeys);
}

std::vector<InstallationKey> keys(Tx& tx, const std::string& purpose) {
  std::vector<InstallationKey> found;
  for (const auto& row : tx.rows(kKeys, purpose))
    found.push_back(InstallationKey{row.text(0), row.text(1), row.text(2)});
  return found;
}

void insert_key(Tx& tx, const std::string& purpose, const InstallationKey& key) {
  tx.exec(kInsertKey, purpose, key.id, key.public_part, key.private_sealed);
}

void insert_enrolment_token(Tx& tx, base::Uuid id, const std::string& worker_name, std::string_view token_sha256,
                            const std::string& created_by, base::UtcTime expires_at) {
  tx.exec(kInsertEnrolmentToken, id, worker_name, postgres::bytes(token_sha256), created_by, expires_at);
}

std::optional<EnrolmentToken> lock_enrolment_token(Tx& tx, std::string_view token_sha256) {
  const auto row = tx.maybe_one(kLockEnrolmentToken, postgres::bytes(token_sha256));
  if (!row) return std::nullopt;
  return EnrolmentToken{row->uuid(0),
                        row->text(1),
                        row->time(2),
                        row->boolean(3),
                        row->maybe_id<base::WorkerId>(4),
                        row->is_null(5) ? std::string() : row->bytes(5)};
}

void use_enrolment_token(Tx& tx, base::Uuid id, base::WorkerId worker_id, std::string_view api_key_sha256) {
  tx.exec(kUseEnrolmentToken, id, worker_id, postgres::bytes(api_key_sha256));
}

void insert_worker(Tx& tx, const NewWorker& w) {
  tx.exec(kInsertWorker, w.id, w.name, w.api_key_hash_sealed, w.wireguard_public_key, w.sealing_public_key,
          w.agent_version, w.facts_json, w.capabilities.run, w.capabilities.build, w.capabilities.edge,
          w.capabilities.registry);
}

std::optional<Worker> find(Tx& tx, base::WorkerId id) {
  const auto row = tx.maybe_one(kFind, id);
  if (!row) return std::nullopt;
  return worker(*row);
}

std::vector<Worker> list(Tx& tx) {
  std::vector<Worker> found;
  for (const auto& row : tx.rows(kList)) found.push_back(worker(row));
  return found;
}

bool name_taken(Tx& tx, const std::string& name) {
  return tx.maybe_one(kNameTaken, name).has_value();
}

std::optional<Credentials> credentials(Tx& tx, base::WorkerId id) {
  const auto row = tx.maybe_one(kCredentials, id);
  if (!row) return std::nullopt;
  return Credentials{row->text(0),       row->integer(1), row->text(2), row->maybe_text(3),
                     row->maybe_time(4), row->text(5),    row->text(6)};
}

void rotate_credentials(Tx& tx, base::WorkerId id, std::int64_t new_gen, const std::string& sealed,
                        base::UtcTime previous_until) {
  tx.exec(kRotate, id, new_gen, sealed, previous_until);
}

bool remember_nonce(Tx& tx, base::WorkerId id, const std::string& nonce) {
  return tx.exec(kRememberNonce, id, nonce) == 1;
}
void forget_old_nonces(Tx& tx) {
  tx.exec(kForgetNonces);
}
std::int64_t take_session_epoch(Tx& tx, base::WorkerId id) {
  return tx.one(kTakeSessionEpoch, id).integer(0);
}
bool fence(Tx& tx, base::WorkerId id, std::int64_t session_epoch) {
  return tx.maybe_one(kFence, id, session_epoch).has_value();
}

BootHistory boot_history(Tx& tx, base::WorkerId id) {
  const auto row = tx.one(kBootHistory, id);
  return BootHistory{row.maybe_text(0), row.texts(1)};
}

void note_boot(Tx& tx, base::WorkerId id, const std::string& boot_id, const std::vector<std::string>& changes) {
  tx.exec(kNoteBoot, id, boot_id, changes);
}

bool set_state(Tx& tx, base::WorkerId id, const std::string& from, const std::string& to) {
  return tx.exec(kSetState, id, from, to) == 1;
}

bool still_here(Tx& tx, base::WorkerId id, base::UtcTime now) {
  return tx.exec(kStillHere, id, now) == 1;
}

void note_hello(Tx& tx, base::WorkerId id, const std::string& agent_version, base::UtcTime now) {
  tx.exec(kNoteHello, id, agent_version, now);
}

void set_epoch_offset(Tx& tx, base::WorkerId id, int offset) {
  tx.exec(kSetEpochOffset, id, offset);
}
int epoch_offset(Tx& tx, base::WorkerId id) {
  return static_cast<int>(tx.one(kEpochOffset, id).integer(0));
}
void touch(Tx& tx, const std::vector<std::string>& worker_ids, base::UtcTime now) {
  tx.exec(kTouch, worker_ids, now);
}
std::vector<base::WorkerId> mark_unreachable(Tx& tx, base::UtcTime before) {
  return ids(tx.rows(kMarkUnreachable, before));
}
std::vector<base::WorkerId> mark_lost(Tx& tx, base::UtcTime lost_before) {
  return ids(tx.rows(kMarkLost, lost_before));
}
std::int64_t leader_epoch(Tx& tx) {
  return tx.one(kLeaderEpoch).integer(0);
}

std::vector<base::WorkerId> online_with(Tx& tx, const std::string& capability) {
  return ids(tx.rows(kOnlineWith, capability));
}

}  // namespace fleet::store
