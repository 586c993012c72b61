#include "control-plane/modules/fleet/store.hpp"

// Of store.hpp: what workers shall have, what they were told of it and what they confirmed.
namespace fleet::store {
namespace {

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
const postgres::Statement kHoldsImage{
    "fleet.holds_image",
    "SELECT 1 FROM assignment_objects WHERE worker_id = $1 AND kind = 'replicas' AND NOT removed "
    "AND strpos(body::jsonb->>'image', '/' || $2 || '@sha256:') > 0 LIMIT 1"};

}  // namespace

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
  std::vector<base::WorkerId> workers;
  for (const auto& row : tx.rows(kWorkersWithDirty)) workers.push_back(row.id<base::WorkerId>(0));
  return workers;
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

}  // namespace fleet::store
