#include "control-plane/modules/hooks/store.hpp"

namespace hooks::store {
namespace {

#define HOOK_COLUMNS                                                                                      \
  "h.id, h.organization_id, h.app_environment_id, h.name, h.prefix, h.created_at, p.name, h.expires_at, " \
  "h.revoked_at, h.last_used_at, h.last_used_from"

// Two at once count one after the other.
const postgres::Statement kLock{
    "hooks.lock_environment",
    "SELECT id FROM app_environments WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE"};
const postgres::Statement kInsert{
    "hooks.insert",
    "INSERT INTO deploy_hooks (id, organization_id, app_environment_id, name, prefix, token_sha256, made_by, "
    "created_at, "
    "expires_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE (SELECT count(*) FROM deploy_hooks WHERE "
    "organization_id = $2 AND app_environment_id = $3 AND revoked_at IS NULL AND coalesce(expires_at > $8, true)) < "
    "$10"};
const postgres::Statement kList{
    "hooks.list",
    "SELECT " HOOK_COLUMNS
    " FROM deploy_hooks h JOIN people p ON p.id = h.made_by WHERE h.organization_id = $1 AND h.app_environment_id = $2 "
    "AND h.revoked_at IS NULL ORDER BY h.created_at DESC, h.id DESC LIMIT 500"};
const postgres::Statement kFind{"hooks.find", "SELECT " HOOK_COLUMNS
                                              " FROM deploy_hooks h JOIN people p ON p.id = h.made_by WHERE "
                                              "h.token_sha256 = $1"};
const postgres::Statement kRevoke{
    "hooks.revoke",
    "UPDATE deploy_hooks h SET revoked_at = $4 FROM people p WHERE p.id = h.made_by AND h.organization_id = $1 AND "
    "h.app_environment_id = $2 AND h.id = $3 AND h.revoked_at IS NULL RETURNING " HOOK_COLUMNS};
const postgres::Statement kNoteUse{
    "hooks.note_use",
    "UPDATE deploy_hooks SET last_used_at = $3, last_used_from = $4 WHERE organization_id = $1 AND id = $2 AND "
    "revoked_at IS NULL"};
const postgres::Statement kForgetOld{"hooks.forget_old",
                                     "DELETE FROM deploy_hooks WHERE coalesce(revoked_at, expires_at) < $1"};

Hook hook(const postgres::Row& row) {
  return {.id = row.uuid(0),
          .organization = row.id<base::OrganizationId>(1),
          .app_environment = row.id<base::AppEnvironmentId>(2),
          .name = row.text(3),
          .prefix = row.text(4),
          .created_at = row.time(5),
          .made_by = row.text(6),
          .expires_at = row.maybe_time(7),
          .revoked_at = row.maybe_time(8),
          .last_used_at = row.maybe_time(9),
          .last_used_from = row.text(10)};
}

}  // namespace

bool insert(Tx& tx, const Hook& hook, base::PersonId maker, std::string_view token_sha256, int most) {
  tx.rows(kLock, hook.organization, hook.app_environment);
  return tx.exec(kInsert, hook.id, hook.organization, hook.app_environment, hook.name, hook.prefix,
                 postgres::bytes(token_sha256), maker, hook.created_at, hook.expires_at, most) == 1;
}

std::vector<Hook> list(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment) {
  std::vector<Hook> found;
  for (const auto& row : tx.rows(kList, organization, environment)) found.push_back(hook(row));
  return found;
}

std::optional<Hook> find(Tx& tx, std::string_view token_sha256) {
  const auto row = tx.maybe_one(kFind, postgres::bytes(token_sha256));
  if (!row) return std::nullopt;
  return hook(*row);
}

std::optional<Hook> revoke(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                           const base::Uuid& id, base::UtcTime now) {
  const auto row = tx.maybe_one(kRevoke, organization, environment, id, now);
  if (!row) return std::nullopt;
  return hook(*row);
}

bool note_use(Tx& tx, const Hook& hook, base::UtcTime now, const std::string& address) {
  return tx.exec(kNoteUse, hook.organization, hook.id, now, address) == 1;
}

void forget_old(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetOld, before);
}

}  // namespace hooks::store
