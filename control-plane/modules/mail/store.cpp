#include "control-plane/modules/mail/store.hpp"

namespace mail::store {
namespace {

const postgres::Statement kSettings{
    "mail.settings",
    "SELECT url, username, sender, password_sealed, generation, updated_at FROM mail_settings WHERE id = 1"};
const postgres::Statement kSetSettings{
    "mail.set_settings",
    "INSERT INTO mail_settings (id, url, username, sender, password_sealed, generation, updated_at) "
    "VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET url = excluded.url, username = "
    "excluded.username, sender = excluded.sender, password_sealed = excluded.password_sealed, "
    "generation = excluded.generation, updated_at = excluded.updated_at"};
const postgres::Statement kForgetSettings{"mail.forget_settings", "DELETE FROM mail_settings WHERE id = 1"};
const postgres::Statement kInsert{
    "mail.insert",
    "INSERT INTO outgoing_mails (id, recipient, subject, body, created_at, next_attempt_at) "
    "VALUES ($1, $2, $3, $4, $5, $5)"};
const postgres::Statement kTakeDue{
    "mail.take_due",
    "UPDATE outgoing_mails SET next_attempt_at = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM "
    "outgoing_mails WHERE settled_at IS NULL AND next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT $3 FOR UPDATE "
    "SKIP LOCKED) RETURNING id, recipient, subject, body, created_at, attempts"};
// What was sent is kept without its text: a link in it must not lie about.
const postgres::Statement kSettle{
    "mail.settle", "UPDATE outgoing_mails SET settled_at = $2, last_error = $3, body = '' WHERE id = $1"};
const postgres::Statement kPostpone{"mail.postpone",
                                    "UPDATE outgoing_mails SET next_attempt_at = $2, last_error = $3 WHERE id = $1"};
const postgres::Statement kForgetSettled{"mail.forget_settled", "DELETE FROM outgoing_mails WHERE settled_at < $1"};

}  // namespace

std::optional<SettingsRow> settings(Tx& tx) {
  const auto row = tx.maybe_one(kSettings);
  if (!row) return std::nullopt;
  const auto sealed = row->maybe_text(3);
  return SettingsRow{.settings = {.url = row->text(0),
                                  .username = row->text(1),
                                  .has_password = sealed.has_value(),
                                  .sender = row->text(2),
                                  .updated_at = row->time(5)},
                     .password_sealed = sealed,
                     .generation = row->integer(4)};
}

void set_settings(Tx& tx, const Settings& settings, const std::optional<std::string>& password_sealed,
                  std::int64_t generation) {
  tx.exec(kSetSettings, settings.url, settings.username, settings.sender, password_sealed, generation,
          settings.updated_at);
}

void forget_settings(Tx& tx) {
  tx.exec(kForgetSettings);
}

void insert(Tx& tx, const Due& mail) {
  tx.exec(kInsert, mail.id, mail.recipient, mail.subject, mail.body, mail.created_at);
}

std::vector<Due> take_due(Tx& tx, base::UtcTime now, base::UtcTime until, int limit) {
  std::vector<Due> due;
  for (const auto& row : tx.rows(kTakeDue, now, until, limit)) {
    due.push_back({row.uuid(0), row.text(1), row.text(2), row.text(3), row.time(4), static_cast<int>(row.integer(5))});
  }
  return due;
}

void settle(Tx& tx, const base::Uuid& id, base::UtcTime now, const std::string& error) {
  tx.exec(kSettle, id, now, error);
}

void postpone(Tx& tx, const base::Uuid& id, base::UtcTime next, const std::string& error) {
  tx.exec(kPostpone, id, next, error);
}

void forget_settled(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetSettled, before);
}

}  // namespace mail::store
