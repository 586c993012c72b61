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
const postgres::Statement kEnsureAssignment{
    "fleet.ensure_assignment",
    "INSERT INTO assignments (worker_id, kind, dirty) VALUES ($1, $2, true) "
    "ON CONFLICT (worker_id, kind) DO UPDATE SET dirty = assignments.dirty OR $3"};
const postgres::Statement kLockAssignment{
    "fleet.lock_assignment",
    "SELECT epoch, generation, dirty FROM assignments WHERE worker_id = $1 AND kind = $2 FOR UPDATE"};
/// Generations begin anew with each epoch: what was sent in an earlier one and not confirmed counts from this command.
const postgres::Statement kMarkSent{
    "fleet.mark_sent",
    "WITH sent AS (UPDATE assignments SET epoch = $3, generation = $4, dirty = false WHERE worker_id = $1 AND kind = "
    "$2) UPDATE assignment_objects o SET sent_generation = $4 FROM assignments a WHERE a.worker_id = $1 AND a.kind = "
    "$2 AND o.worker_id = $1 AND o.kind = $2 AND (o.sent_generation IS NULL OR (NOT o.confirmed AND a.epoch <> $3))"};
/// Sent and not answered whole, or refused: the connection lives, the answer was lost, the worker's clock was wrong.
const postgres::Statement kRepeatUnanswered{
    "fleet.repeat_unanswered",
    "UPDATE assignments a SET dirty = true WHERE worker_id = $1 AND NOT dirty AND generation > 0 "
    "AND ((applied_epoch, applied_generation) < (epoch, generation) OR EXISTS (SELECT 1 FROM assignment_objects o "
    "WHERE o.worker_id = a.worker_id AND o.kind = a.kind AND NOT o.confirmed))"};
const postgres::Statement kRaisePosition{"fleet.raise_position",
                                         "WITH raised AS (UPDATE assignments SET epoch = $3, generation = $4 WHERE "
                                         "worker_id = $1 AND kind = $2 AND (epoch, generation) < ($3, $4) RETURNING 1) "
                                         "UPDATE assignment_objects SET sent_generation = NULL WHERE worker_id = $1 "
                                         "AND kind = $2 AND NOT confirmed AND EXISTS (SELECT 1 FROM raised)"};
const postgres::Statement kDirtyKinds{"fleet.dirty_kinds",
                                      "SELECT kind FROM assignments WHERE worker_id = $1 AND dirty ORDER BY kind"};
const postgres::Statement kWorkersWithDirty{"fleet.workers_with_dirty",
                                            "SELECT DISTINCT worker_id FROM assignments WHERE dirty"};
const postgres::Statement kManifest{"fleet.manifest",
                                    "SELECT object_id, sha256 FROM assignment_objects WHERE worker_id = $1 AND kind = "
                                    "$2 AND NOT removed ORDER BY object_id"};
const postgres::Statement kPutObject{
    "fleet.put_object",
    "INSERT INTO assignment_objects AS o (worker_id, kind, object_id, organization_id, sha256, body) VALUES ($1, $2, "
    "$3, $4, $5, $6) "
    "ON CONFLICT (worker_id, kind, object_id) DO UPDATE SET sha256 = excluded.sha256, body = excluded.body, removed = "
    "false, "
    "sent_generation = NULL, confirmed = false WHERE o.sha256 <> excluded.sha256 OR o.removed"};
const postgres::Statement kRemoveObject{
    "fleet.remove_object",
    "UPDATE assignment_objects SET removed = true, sent_generation = NULL, confirmed = false "
    "WHERE worker_id = $1 AND kind = $2 AND object_id = $3 AND NOT removed"};
const postgres::Statement kObjectBody{
    "fleet.object_body",
    "SELECT body FROM assignment_objects WHERE worker_id = $1 AND sha256 = $2 AND NOT removed LIMIT 1"};
const postgres::Statement kConfirm{
    "fleet.confirm",
    "WITH current AS (UPDATE assignments SET applied_epoch = $3, applied_generation = $4, outcome = CASE WHEN "
    "cardinality($5::uuid[]) = 0 THEN 'applied' ELSE 'partial' END, reason = NULL "
    "  WHERE worker_id = $1 AND kind = $2 AND epoch = $3 AND (applied_epoch, applied_generation) <= ($3, $4) RETURNING "
    "1), "
    "gone AS (DELETE FROM assignment_objects WHERE worker_id = $1 AND kind = $2 AND removed AND sent_generation <= $4 "
    "  AND object_id <> ALL ($5::uuid[]) AND EXISTS (SELECT 1 FROM current) RETURNING object_id), "
    "there AS (UPDATE assignment_objects SET confirmed = true WHERE worker_id = $1 AND kind = $2 AND NOT removed AND "
    "NOT confirmed "
    "  AND sent_generation <= $4 AND object_id <> ALL ($5::uuid[]) AND EXISTS (SELECT 1 FROM current) RETURNING "
    "object_id) "
    "SELECT object_id FROM gone UNION SELECT object_id FROM there"};
const postgres::Statement kToConfirm{
    "fleet.to_confirm",
    "SELECT object_id FROM assignment_objects WHERE worker_id = $1 AND kind = $2 AND (removed OR NOT confirmed) AND "
    "sent_generation <= $3 AND object_id <> ALL ($4::uuid[]) ORDER BY object_id"};
const postgres::Statement kNoteOutcome{
    "fleet.note_outcome", "UPDATE assignments SET outcome = $3, reason = $4 WHERE worker_id = $1 AND kind = $2"};
const postgres::Statement kConfirmations{
    "fleet.confirmations",
    "SELECT worker_id, sha256, removed, confirmed FROM assignment_objects WHERE kind = $1 AND object_id = $2"};
const postgres::Statement kOnlineWith{"fleet.online_with",
                                      "SELECT id FROM workers WHERE state = 'online' AND CASE $1 WHEN 'run' THEN run "
                                      "WHEN 'build' THEN build WHEN 'edge' THEN edge "
                                      "WHEN 'registry' THEN registry END ORDER BY id"};

const postgres::Statement kHoldsImage{
    "fleet.holds_image",
    "SELECT 1 FROM assignment_objects WHERE worker_id = $1 AND kind = 'replicas' AND NOT removed "
    "AND strpos(body::jsonb->>'image', '/' || $2 || '@sha256:') > 0 LIMIT 1"};

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

void ensure_assignment(Tx& tx, base::WorkerId worker_id, const std::string& kind, bool dirty) {
  tx.exec(kEnsureAssignment, worker_id, kind, dirty);
}

std::optional<Assignment> lock_assignment(Tx& tx, base::WorkerId worker_id, const std::string& kind) {
  const auto row = tx.maybe_one(kLockAssignment, worker_id, kind);
  if (!row) return std::nullopt;
  return Assignment{row->integer(0), row->integer(1), row->boolean(2)};
}

void mark_sent(Tx& tx, base::WorkerId worker_id, const std::string& kind, std::int64_t epoch, std::int64_t generation) {
  tx.exec(kMarkSent, worker_id, kind, epoch, generation);
}

void raise_position(Tx& tx, base::WorkerId worker_id, const std::string& kind, std::int64_t epoch,
                    std::int64_t generation) {
  tx.exec(kRaisePosition, worker_id, kind, epoch, generation);
}

void repeat_unanswered(Tx& tx, base::WorkerId worker_id) {
  tx.exec(kRepeatUnanswered, worker_id);
}

std::vector<std::string> dirty_kinds(Tx& tx, base::WorkerId worker_id) {
  std::vector<std::string> kinds;
  for (const auto& row : tx.rows(kDirtyKinds, worker_id)) kinds.push_back(row.text(0));
  return kinds;
}

std::vector<base::WorkerId> workers_with_dirty(Tx& tx) {
  return ids(tx.rows(kWorkersWithDirty));
}

std::vector<Reference> manifest(Tx& tx, base::WorkerId worker_id, const std::string& kind) {
  std::vector<Reference> found;
  for (const auto& row : tx.rows(kManifest, worker_id, kind)) found.push_back(Reference{row.text(0), row.text(1)});
  return found;
}

bool put_object(Tx& tx, base::WorkerId worker_id, const std::string& kind, base::Uuid object,
                base::OrganizationId organization, const std::string& sha256, const std::string& body) {
  return tx.exec(kPutObject, worker_id, kind, object, organization, sha256, body) == 1;
}

bool remove_object(Tx& tx, base::WorkerId worker_id, const std::string& kind, base::Uuid object) {
  return tx.exec(kRemoveObject, worker_id, kind, object) == 1;
}

std::optional<std::string> object_body(Tx& tx, base::WorkerId worker_id, const std::string& sha256) {
  const auto row = tx.maybe_one(kObjectBody, worker_id, sha256);
  if (!row) return std::nullopt;
  return row->text(0);
}

std::vector<base::Uuid> to_confirm(Tx& tx, base::WorkerId worker_id, const std::string& kind, std::int64_t generation,
                                   const std::vector<std::string>& pending) {
  std::vector<base::Uuid> objects;
  for (const auto& row : tx.rows(kToConfirm, worker_id, kind, generation, pending)) objects.push_back(row.uuid(0));
  return objects;
}

std::vector<base::Uuid> confirm(Tx& tx, base::WorkerId worker_id, const std::string& kind, std::int64_t epoch,
                                std::int64_t generation, const std::vector<std::string>& pending) {
  std::vector<base::Uuid> objects;
  for (const auto& row : tx.rows(kConfirm, worker_id, kind, epoch, generation, pending)) objects.push_back(row.uuid(0));
  return objects;
}

void note_outcome(Tx& tx, base::WorkerId worker_id, const std::string& kind, const std::string& outcome,
                  const std::string& reason) {
  tx.exec(kNoteOutcome, worker_id, kind, outcome, reason);
}

std::vector<Confirmation> confirmations(Tx& tx, const std::string& kind, base::Uuid object) {
  std::vector<Confirmation> found;
  for (const auto& row : tx.rows(kConfirmations, kind, object)) {
    found.push_back(Confirmation{row.id<base::WorkerId>(0), row.text(1), row.boolean(2), row.boolean(3)});
  }
  return found;
}

bool holds_image(Tx& tx, base::WorkerId worker_id, const std::string& repository) {
  return tx.maybe_one(kHoldsImage, worker_id, repository).has_value();
}

std::vector<base::WorkerId> online_with(Tx& tx, const std::string& capability) {
  return ids(tx.rows(kOnlineWith, capability));
}

}  // namespace fleet::store
