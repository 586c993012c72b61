#include "control-plane/modules/audit/seal_store.hpp"

#include "common/base/bytes.hpp"

namespace audit::store {
namespace {

#define EVENT_COLUMNS                                                                                               \
  "e.id, e.organization_id, (extract(epoch from e.at) * 1000000)::bigint, e.actor_kind, e.actor_id, e.actor_name, " \
  "e.credential, e.credential_id, e.action, e.object_kind, e.object_id, e.app_id, e.address, e.user_agent, "        \
  "e.request_id, e.before::text, e.after::text, e.object_name"
#define SEAL_COLUMNS "s.sequence, s.hash, s.signature, s.key_id, (extract(epoch from s.sealed_at) * 1000000)::bigint"

const postgres::Statement kAnyPending{"audit.any_pending", "SELECT EXISTS (SELECT 1 FROM audit_pending)"};
// Below the oldest running transaction nothing can come before any more. Beyond the newest: rows of another cluster,
// from which this database was restored.
const postgres::Statement kPending{
    "audit.pending", "SELECT " EVENT_COLUMNS
                     " FROM audit_pending p JOIN audit_events e ON e.id = p.event_id "
                     "WHERE p.transaction < pg_snapshot_xmin(pg_current_snapshot()) OR p.transaction >= "
                     "pg_snapshot_xmax(pg_current_snapshot()) ORDER BY p.transaction, p.position LIMIT $1"};
const postgres::Statement kInsertSeals{
    "audit.insert_seals",
    "INSERT INTO audit_seals (chain, organization_id, sequence, event_id, hash, signature, key_id, sealed_at) "
    "SELECT chain, nullif(chain, '00000000-0000-0000-0000-000000000000'), sequence, event_id, decode(hash, 'hex'), "
    "decode(nullif(signature, ''), 'hex'), nullif(key_id, ''), to_timestamp(0) + sealed_at * interval '1 microsecond' "
    "FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[]) "
    "AS n (chain, sequence, event_id, hash, signature, key_id, sealed_at)"};
const postgres::Statement kForgetPending{"audit.forget_pending",
                                         "DELETE FROM audit_pending WHERE event_id = ANY($1::uuid[])"};
const postgres::Statement kLastSeal{"audit.last_seal", "SELECT " SEAL_COLUMNS
                                                       " FROM audit_seals s WHERE s.chain = $1 ORDER BY s.sequence "
                                                       "DESC LIMIT 1"};
const postgres::Statement kList{
    "audit.list",
    "SELECT " EVENT_COLUMNS ", " SEAL_COLUMNS
    ", coalesce(e.object_name, e.after->>'name', e.before->>'name')"
    " FROM audit_events e LEFT JOIN audit_seals s ON s.event_id = e.id WHERE e.organization_id = $1 "
    "AND ($2::bigint IS NULL OR e.at >= to_timestamp(0) + $2::bigint * interval '1 microsecond') "
    "AND ($3::bigint IS NULL OR e.at < to_timestamp(0) + $3::bigint * interval '1 microsecond') "
    "AND ($4::text IS NULL OR e.actor_id = $4 OR lower(e.actor_name) = lower($4) OR e.actor_kind = $4) "
    "AND ($5::text IS NULL OR e.object_id = $5 OR e.object_kind = $5 OR right(e.object_id, length($5) + 1) = '/' || $5 "
    "OR e.object_name = $5 OR e.before->>'name' = $5 OR e.after->>'name' = $5) "
    "AND ($6::text IS NULL OR e.action = $6 OR (right($6, 1) = '.' AND starts_with(e.action, $6))) "
    "AND ($7::uuid IS NULL OR e.app_id = $7::uuid) "
    "AND ($8::bigint IS NULL OR (e.at, e.id) < (to_timestamp(0) + $8::bigint * interval '1 microsecond', $9::uuid)) "
    "ORDER BY e.at DESC, e.id DESC LIMIT $10"};
const postgres::Statement kChain{"audit.chain", "SELECT " EVENT_COLUMNS ", " SEAL_COLUMNS
                                                " FROM audit_seals s LEFT JOIN audit_events e ON e.id = s.event_id "
                                                "WHERE s.chain = $1 AND s.sequence > $2 ORDER BY s.sequence LIMIT $3"};
const postgres::Statement kUnsealed{
    "audit.unsealed",
    "SELECT " EVENT_COLUMNS
    " FROM audit_events e WHERE coalesce(e.organization_id, '00000000-0000-0000-0000-000000000000') = $1 "
    "AND NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.event_id = e.id) ORDER BY e.at, e.id LIMIT $2"};
const postgres::Statement kOfApp{
    "audit.of_app",
    "SELECT " EVENT_COLUMNS ", " SEAL_COLUMNS
    " FROM audit_events e LEFT JOIN audit_seals s ON s.event_id = e.id WHERE e.organization_id = $1 AND e.app_id = $2 "
    "AND e.at > to_timestamp(0) + $3::bigint * interval '1 microsecond' "
    "AND e.at <= to_timestamp(0) + $4::bigint * interval '1 microsecond' ORDER BY e.at, e.id LIMIT $5"};
const postgres::Statement kEnds{
    "audit.ends", "SELECT c.id, " SEAL_COLUMNS
                  " FROM (SELECT id FROM organizations UNION ALL SELECT '00000000-0000-0000-0000-000000000000') c "
                  "CROSS JOIN LATERAL (SELECT sequence, hash, signature, key_id, sealed_at FROM audit_seals WHERE "
                  "chain = c.id ORDER BY sequence DESC LIMIT 1) s"};
const postgres::Statement kHashAt{"audit.hash_at", "SELECT hash FROM audit_seals WHERE chain = $1 AND sequence = $2"};

constexpr std::size_t kSealAt = 18;
constexpr std::size_t kNameAt = 23;  // of kList: events of before names were kept have one in what they changed

audit_chain::Event event(const postgres::Row& row) {
  audit_chain::Event found;
  if (row.is_null(0)) return found;
  found.id = row.text(0);
  found.organization_id = row.maybe_text(1);
  found.at_us = row.integer(2);
  found.actor_kind = row.text(3);
  found.actor_id = row.maybe_text(4);
  found.actor_name = row.maybe_text(5);
  found.credential = row.maybe_text(6);
  found.credential_id = row.maybe_text(7);
  found.action = row.text(8);
  found.object_kind = row.maybe_text(9);
  found.object_id = row.maybe_text(10);
  found.app_id = row.maybe_text(11);
  found.address = row.maybe_text(12);
  found.user_agent = row.maybe_text(13);
  found.request_id = row.maybe_text(14);
  found.before.text = row.text_or(15, "");
  found.after.text = row.text_or(16, "");
  found.object_name = row.maybe_text(17);
  return found;
}

std::optional<audit_chain::Seal> seal(const postgres::Row& row, std::size_t first) {
  if (row.is_null(first)) return std::nullopt;
  audit_chain::Seal found;
  found.sequence = row.integer(first);
  found.hash = row.bytes(first + 1);
  if (!row.is_null(first + 2)) found.signature = row.bytes(first + 2);
  found.key_id = row.text_or(first + 3, "");
  found.sealed_at_us = row.integer(first + 4);
  return found;
}

std::vector<Entry> entries(const std::vector<postgres::Row>& rows) {
  std::vector<Entry> found;
  for (const auto& row : rows) found.push_back({event(row), seal(row, kSealAt)});
  return found;
}

}  // namespace

bool any_pending(Tx& tx) {
  return tx.one(kAnyPending).boolean(0);
}

std::vector<audit_chain::Event> pending(Tx& tx, int limit) {
  std::vector<audit_chain::Event> found;
  for (const auto& row : tx.rows(kPending, limit)) found.push_back(event(row));
  return found;
}

void insert_seals(Tx& tx, const std::vector<NewSeal>& seals) {
  std::vector<std::string> chains;
  std::vector<std::string> sequences;
  std::vector<std::string> events;
  std::vector<std::string> hashes;
  std::vector<std::string> signatures;
  std::vector<std::string> keys;
  std::vector<std::string> times;
  for (const auto& fresh : seals) {
    chains.push_back(fresh.chain);
    sequences.push_back(std::to_string(fresh.seal.sequence));
    events.push_back(fresh.event_id);
    hashes.push_back(base::hex_encode(fresh.seal.hash));
    signatures.push_back(base::hex_encode(fresh.seal.signature));
    keys.push_back(fresh.seal.key_id);
    times.push_back(std::to_string(fresh.seal.sealed_at_us));
  }
  tx.exec(kInsertSeals, chains, sequences, events, hashes, signatures, keys, times);
}

void forget_pending(Tx& tx, const std::vector<NewSeal>& sealed) {
  std::vector<std::string> events;
  for (const auto& fresh : sealed) events.push_back(fresh.event_id);
  tx.exec(kForgetPending, events);
}

std::optional<audit_chain::Seal> last_seal(Tx& tx, const std::string& chain) {
  const auto row = tx.maybe_one(kLastSeal, chain);
  if (!row) return std::nullopt;
  return seal(*row, 0);
}

std::vector<Entry> list(Tx& tx, base::OrganizationId organization, const Filter& filter) {
  const auto behind_at = filter.behind ? std::optional(filter.behind->at_us) : std::nullopt;
  const auto behind_id = filter.behind ? std::optional(filter.behind->id) : std::nullopt;
  std::vector<Entry> found;
  for (const auto& row : tx.rows(kList, organization, filter.since_us, filter.until_us, filter.actor, filter.object,
                                 filter.action, filter.app, behind_at, behind_id, filter.limit)) {
    found.push_back({event(row), seal(row, kSealAt)});
    found.back().event.object_name = row.maybe_text(kNameAt);
  }
  return found;
}

std::vector<Entry> chain(Tx& tx, const std::string& chain, std::int64_t after, int limit) {
  return entries(tx.rows(kChain, chain, after, limit));
}

std::vector<Entry> unsealed(Tx& tx, const std::string& chain, int limit) {
  std::vector<Entry> found;
  for (const auto& row : tx.rows(kUnsealed, chain, limit)) found.push_back({event(row), std::nullopt});
  return found;
}

std::vector<Entry> of_app(Tx& tx, base::OrganizationId organization, base::AppId app, std::int64_t from_us,
                          std::int64_t until_us, int limit) {
  return entries(tx.rows(kOfApp, organization, app, from_us, until_us, limit));
}

std::vector<End> ends(Tx& tx) {
  std::vector<End> found;
  for (const auto& row : tx.rows(kEnds)) found.push_back({row.text(0), *seal(row, 1)});
  return found;
}

std::optional<std::string> hash_at(Tx& tx, const std::string& chain, std::int64_t sequence) {
  const auto row = tx.maybe_one(kHashAt, chain, sequence);
  if (!row) return std::nullopt;
  return row->bytes(0);
}

}  // namespace audit::store
