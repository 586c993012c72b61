#include "control-plane/modules/mail/outbox.hpp"

#include <algorithm>

#include "common/log/log.hpp"
#include "control-plane/modules/mail/store.hpp"

namespace mail {
namespace {

constexpr const char* kPurpose = "mail";
constexpr int kBatch = 20;
constexpr int kMostTries = 10;
constexpr std::chrono::minutes kClaim{5};
constexpr std::chrono::hours kLongestPause{6};
constexpr std::chrono::hours kKept{24 * 30};
constexpr std::size_t kLongestError = 300;

crypto::ColumnContext password_place(std::int64_t generation) {
  return {"mail_settings", "password_sealed", "1", static_cast<std::uint64_t>(generation)};
}

}  // namespace

bool Outbox::queue(Tx& tx, const std::string& recipient, const std::string& subject, const std::string& body) {
  if (!check_address("", recipient) || !store::settings(tx)) return false;
  const auto now = clock_.utc_now();
  store::insert(tx, {base::Uuid::v7(now), recipient, subject, body, now, 0});
  tx.after_commit([this] { nudge_(); });
  return true;
}

std::optional<Settings> Outbox::settings(Tx& tx) {
  auto row = store::settings(tx);
  if (!row) return std::nullopt;
  return std::move(row->settings);
}

base::Result<Settings> Outbox::set_settings(Tx& tx, const Settings& wanted,
                                            const std::optional<base::SecretString>& password) {
  TRY_CHECK(check_url(wanted.url));
  TRY_CHECK(check_address("/sender", wanted.sender));
  const auto before = store::settings(tx);
  const std::int64_t generation = before ? before->generation + 1 : 1;
  // A password must not follow to another server: whoever may change the URL would learn it.
  const bool same = before && before->settings.url == wanted.url && before->settings.username == wanted.username;
  std::optional<base::SecretString> kept = password;
  if (!kept && same && before->password_sealed) {
    TRY_ASSIGN(kept,
               vault_.open_installation(tx, kPurpose, password_place(before->generation), *before->password_sealed));
  }
  std::optional<std::string> sealed;
  if (kept && !kept->empty())
    sealed = vault_.seal_installation(tx, kPurpose, password_place(generation), kept->reveal());
  auto settings = wanted;
  settings.has_password = sealed.has_value();
  settings.updated_at = clock_.utc_now();
  store::set_settings(tx, settings, sealed, generation);
  return settings;
}

void Outbox::forget_settings(Tx& tx) {
  store::forget_settings(tx);
}

base::Result<std::optional<Server>> Outbox::server(Tx& tx) {
  const auto row = store::settings(tx);
  if (!row) return std::optional<Server>();
  Server server{
      .url = row->settings.url, .username = row->settings.username, .password = {}, .sender = row->settings.sender};
  if (row->password_sealed) {
    TRY_ASSIGN(server.password,
               vault_.open_installation(tx, kPurpose, password_place(row->generation), *row->password_sealed));
  }
  return std::optional(std::move(server));
}

std::vector<Due> Outbox::take_due(Tx& tx) {
  const auto now = clock_.utc_now();
  return store::take_due(tx, now, now + kClaim, kBatch);
}

void Outbox::sent(Tx& tx, const Due& mail) {
  store::settle(tx, mail.id, clock_.utc_now(), "");
}

void Outbox::failed(Tx& tx, const Due& mail, const base::Error& error) {
  const auto why = error.message.substr(0, kLongestError);
  const auto now = clock_.utc_now();
  if (error.code == "mail.refused" || mail.attempts >= kMostTries) {
    logging::warn("mail.given_up", {{"mail", mail.id.to_string()}, {"reason", why}});
    store::settle(tx, mail.id, now, why);
    return;
  }
  const auto pause =
      std::min<std::chrono::minutes>(std::chrono::minutes(1) * (1 << (mail.attempts - 1)), kLongestPause);
  store::postpone(tx, mail.id, now + pause, why);
}

void Outbox::forget_old(Tx& tx) {
  store::forget_settled(tx, clock_.utc_now() - kKept);
}

}  // namespace mail
