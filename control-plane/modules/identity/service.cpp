#include "control-plane/modules/identity/service.hpp"

#include "common/crypto/hash.hpp"
#include "common/json/json.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/device_store.hpp"
#include "control-plane/modules/identity/rules.hpp"
#include "control-plane/modules/identity/store.hpp"

namespace identity {
namespace {

constexpr std::chrono::hours kEndedKept{24 * 30};

/// What the audit log keeps of a sign-in.
struct SignInNote {
  std::string how;
  std::string person;
  std::string device;
  bool second_factor{false};
  template <class F>
  void map(F& f) {
    f.required("how", how);
    f.required("person", person);
    f.required("device", device);
    f.required("second_factor", second_factor);
  }
};

std::unexpected<base::Error> session_gone() {
  return base::not_found("session.not_found", "The session");
}

}  // namespace

std::string Service::make_setup_token(Tx& tx) {
  const auto token = new_token();
  const auto now = clock_.utc_now();
  store::insert_setup_link(tx, base::Uuid::v7(now), crypto::sha256(token), now + kSetupLinkLife);
  audit_.record_machine(tx, "system", "",
                        {.action = "setup_link.create", .object_kind = "", .object_id = "", .before = "", .after = ""});
  return token;
}

base::PersonId Service::ensure_operator(Tx& tx) {
  auto person = store::first_person(tx);
  if (!person) {
    person = base::PersonId::make(clock_);
    store::insert_person(tx, *person, "Operator", std::nullopt, true);
    return *person;
  }
  // A link from the host is the way back in: it makes its person the operator again, disabled or not.
  store::set_operator(tx, *person);
  store::set_disabled(tx, *person, std::nullopt);
  return *person;
}

base::Result<NewSession> Service::redeem_setup_token(Tx& tx, const auth::Call& call, const std::string& token,
                                                     const std::string& user_agent) {
  if (!store::use_setup_link(tx, crypto::sha256(token), clock_.utc_now())) {
    return base::fail(base::ErrorKind::forbidden, "setup.invalid",
                      "This setup link was used already or is older than 15 minutes. Print a new one on the server: "
                      "./dev status, or wh-control-plane setup-link.");
  }
  const auto person = ensure_operator(tx);
  return open_session(tx, call, {.person = person, .how = "setup_link", .second_factor = false},
                      {.user_agent = user_agent, .address = call.remote_address, .token = ""});
}

base::Result<NewSession> Service::open_session(Tx& tx, const auth::Call& call, const SignIn& sign_in,
                                               const Device& device) {
  const auto now = clock_.utc_now();
  const auto person = store::find_person(tx, sign_in.person);
  if (!person || person->disabled) {
    return base::fail(base::ErrorKind::unauthenticated, "person.disabled",
                      "This account is switched off. Ask whoever runs this installation.");
  }
  NewSession session{new_token(), base::SessionId::make(clock_), sign_in.person, now + kSessionLife};
  store::insert_session(tx, session, crypto::sha256(session.token), device, {now, sign_in.second_factor});
  const auto name = rules::device_name(device.user_agent);
  note(tx, call, "session.open", session.id.uuid(),
       json::encode(SignInNote{sign_in.how, sign_in.person.to_string(), name, sign_in.second_factor}));
  warn_of_new_device(tx, sign_in.person, device, now);
  return session;
}

void Service::warn_of_new_device(Tx& tx, base::PersonId id, const Device& device, base::UtcTime now) {
  if (device.token.empty()) return;
  const bool known_elsewhere = store::count_devices(tx, id) > 0;
  if (!store::see_device(tx, id, crypto::sha256(device.token), now) || !known_elsewhere) return;
  const auto person = store::find_person(tx, id);
  if (!person || person->email.empty()) return;
  outbox_.queue(
      tx, person->email, "A new device signed in to your WiseHosting account",
      "Hello " + person->name + ",\n\nsomebody signed in to your account with a device that it did not know:\n\n" +
          "  Device:  " + rules::device_name(device.user_agent) + "\n  Address: " + device.address +
          "\n  Time:    " + base::format_utc(now) +
          "\n\nIf that was you, there is nothing to do. If not, sign out everywhere in your account's sessions, "
          "and change the password of your identity provider.\n");
}

base::Result<NewSession> Service::renew_session(Tx& tx, const auth::Call& call, const std::string& how,
                                                bool second_factor) {
  const auto& who = caller(call);
  const auto now = clock_.utc_now();
  NewSession session{new_token(), base::SessionId(who.credential), who.person, who.expires_at};
  if (who.is_program() ||
      !store::renew_session(tx, session.id, crypto::sha256(session.token), {now, second_factor}, now)) {
    return base::fail(base::ErrorKind::unauthenticated, "session.invalid", "Your session has ended. Sign in again.");
  }
  credentials_.end_credential(tx, who.credential);
  note(tx, call, "session.prove", who.credential,
       json::encode(SignInNote{how, who.person.to_string(), "", who.second_factor || second_factor}));
  return session;
}

base::Result<void> Service::sign_out(Tx& tx, const auth::Call& call) {
  const auto& who = caller(call);
  switch (who.kind) {
    case auth::CredentialKind::session:
      store::revoke_session(tx, who.person, base::SessionId(who.credential), clock_.utc_now());
      break;
    case auth::CredentialKind::cli: device_store::revoke_grant(tx, who.person, who.credential, clock_.utc_now()); break;
    case auth::CredentialKind::personal_token:
    case auth::CredentialKind::organization_token:
      return base::conflict("session.none", "A token is no session: revoke it among your tokens.");
  }
  credentials_.end_credential(tx, who.credential);
  note(tx, call, "session.close", who.credential);
  return {};
}

std::vector<SessionInfo> Service::sessions(Tx& tx, const auth::Call& call) {
  const auto& who = caller(call);
  const auto now = clock_.utc_now();
  const auto used_after = now - std::chrono::duration_cast<std::chrono::microseconds>(credentials_.idle());
  std::vector<SessionInfo> all;
  for (auto& row : store::sessions_of(tx, who.person, now, used_after)) {
    all.push_back({row.id, row.created_at, row.last_used_at, row.expires_at, rules::device_name(row.user_agent),
                   std::move(row.address), row.second_factor, row.id.uuid() == who.credential});
  }
  return all;
}

base::Result<void> Service::revoke_session(Tx& tx, const auth::Call& call, base::SessionId id) {
  if (!store::revoke_session(tx, caller(call).person, id, clock_.utc_now())) return session_gone();
  credentials_.end_credential(tx, id.uuid());
  return {};
}

std::size_t Service::revoke_other_sessions(Tx& tx, const auth::Call& call) {
  const auto& who = caller(call);
  const auto kept = who.kind == auth::CredentialKind::session ? base::SessionId(who.credential) : base::SessionId();
  const auto ended = store::revoke_sessions(tx, who.person, kept, clock_.utc_now());
  device_store::revoke_grants(tx, who.person, clock_.utc_now());
  credentials_.end_person(tx, who.person);
  return ended;
}

base::Result<Person> Service::person(Tx& tx, base::PersonId id) {
  auto found = store::find_person(tx, id);
  if (!found) return base::not_found("person.not_found", "The person");
  return *std::move(found);
}

base::Result<void> Service::require_proof_where_possible(Tx& tx, const auth::Call& call) {
  const auto& who = caller(call);
  const bool is_person = who.kind == auth::CredentialKind::session || who.kind == auth::CredentialKind::cli;
  if (!is_person || auth::require_person_at_hand(who, call.now) || !store::can_prove(tx, who.person)) return {};
  return auth::require_person_at_hand(who, call.now);
}

base::Result<Person> Service::change_profile(Tx& tx, const auth::Call& call, const std::optional<std::string>& name,
                                             const std::optional<std::string>& theme) {
  if (name) TRY_CHECK(rules::check_name("/name", *name));
  if (theme) TRY_CHECK(rules::check_theme("/theme", *theme));
  if (!name && !theme) return base::invalid("", "Nothing to change: send a name, a theme or both.");
  store::set_profile(tx, caller(call).person, name, theme);
  if (name) credentials_.end_person(tx, caller(call).person);  // The cache holds the name.
  return person(tx, caller(call).person);
}

base::Result<void> Service::require_operator(Tx& tx, const auth::Call& call) {
  const auto& who = caller(call);
  if (!who.is_program()) {
    const auto found = store::find_person(tx, who.person);
    if (found && found->is_operator) return {};
  }
  return base::fail(base::ErrorKind::forbidden, "forbidden",
                    "Only whoever runs this installation can do this, in the dashboard.");
}

base::Result<Person> Service::set_disabled(Tx& tx, const auth::Call& call, base::PersonId id, bool disabled) {
  if (id == caller(call).person) return base::conflict("person.self", "You cannot switch off your own account.");
  const auto now = clock_.utc_now();
  TRY_CHECK(person(tx, id));
  store::set_disabled(tx, id, disabled ? std::optional(now) : std::nullopt);
  if (disabled) {
    store::revoke_sessions(tx, id, base::SessionId(), now);
    device_store::revoke_grants(tx, id, now);
  }
  credentials_.end_person(tx, id);
  return person(tx, id);
}

void Service::forget_old(Tx& tx) {
  store::forget_old_sessions(tx, clock_.utc_now() - kEndedKept);
}

void Service::note(Tx& tx, const auth::Call& call, const std::string& action, const base::Uuid& session,
                   const std::string& after) {
  audit_.record(
      tx, call,
      {.action = action, .object_kind = "session", .object_id = session.to_string(), .before = "", .after = after});
}

}  // namespace identity
