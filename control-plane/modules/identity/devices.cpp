#include "control-plane/modules/identity/devices.hpp"

#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/device_store.hpp"
#include "control-plane/modules/identity/rules.hpp"

namespace identity {
namespace {

constexpr std::size_t kLongestClient = 100;
constexpr int kCodeTries = 5;

base::Error pending(const char* code, const char* message) {
  return base::Error(base::ErrorKind::malformed, code, message);
}

base::Error refresh_invalid() {
  return base::Error(base::ErrorKind::unauthenticated, "refresh.invalid",
                     "This sign-in has ended. Sign in again: wh login.");
}

std::unexpected<base::Error> no_such_code() {
  return base::not_found("device.not_found", "A sign-in with this code");
}

std::string printable(const std::string& client) {
  std::string kept;
  for (const char c : client.substr(0, kLongestClient)) {
    const auto byte = static_cast<unsigned char>(c);
    kept.push_back(byte >= 0x20 && byte < 0x7F ? c : '?');
  }
  return kept.empty() ? "a program" : kept;
}

audit::Event event(const std::string& action, const base::Uuid& grant, const std::string& client = "") {
  return {.action = action,
          .object_kind = "cli",
          .object_id = grant.to_string(),
          .before = "",
          .after = "",
          .object_name = client};
}

}  // namespace

DeviceCode Devices::ask(Tx& tx, const auth::Call& call, const std::string& client) {
  return make_code(tx, call, client, std::nullopt);
}

base::Result<DeviceCode> Devices::ask_for_proof(Tx& tx, const auth::Call& call) {
  const auto& who = caller(call);
  if (who.kind != auth::CredentialKind::cli) {
    return base::fail(base::ErrorKind::forbidden, "device.no_cli", "Only a program signed in by wh login asks so.");
  }
  std::string client = "wh";
  for (const auto& cli : device_store::clis_of(tx, who.person)) {
    if (cli.id == who.credential) client = cli.client;
  }
  return make_code(tx, call, client, who.credential);
}

DeviceCode Devices::make_code(Tx& tx, const auth::Call& call, const std::string& client,
                              std::optional<base::Uuid> grant) {
  const auto now = clock_.utc_now();
  DeviceCode made{new_token("wh_dev_"), "", now + kDeviceCodeLife};
  device_store::Code code;
  code.id = base::Uuid::v7(now);
  code.client = printable(client);
  code.address = call.remote_address;
  code.created_at = now;
  code.grant = grant;
  for (int i = 0; i < kCodeTries; ++i) {
    made.user_code = rules::user_code(crypto::random_bytes(8));
    if (device_store::insert_code(tx, code, crypto::sha256(made.device_code), made.user_code, made.expires_at)) break;
  }
  return made;
}

base::Result<DeviceRequest> Devices::find(Tx& tx, const std::string& user_code) {
  const auto code = device_store::find_open(tx, rules::normal_user_code(user_code), clock_.utc_now());
  if (!code) return no_such_code();
  return DeviceRequest{code->client, code->address, code->created_at, code->grant.has_value()};
}

base::Result<void> Devices::prove(Tx& tx, const auth::Call& call, const base::Uuid& code, const base::Uuid& grant,
                                  bool approve) {
  const auto& who = caller(call);
  if (approve) {
    TRY_CHECK(auth::require_fresh_proof(who, call.now));
    if (!device_store::set_proved(tx, grant, who.person, *who.proved_at)) return no_such_code();
    credentials_.end_credential(tx, grant);
  }
  device_store::remove(tx, code);
  audit_.record(tx, call, event(approve ? "cli.prove" : "cli.prove_denied", grant));
  return {};
}

base::Result<DeviceRequest> Devices::decide(Tx& tx, const auth::Call& call, const std::string& user_code,
                                            bool approve) {
  const auto& who = caller(call);
  if (who.is_program()) {
    return base::fail(base::ErrorKind::forbidden, "device.by_program", "Only a person in a browser can confirm this.");
  }
  const auto code = device_store::find_open(tx, rules::normal_user_code(user_code), clock_.utc_now());
  if (!code) return no_such_code();
  const DeviceRequest request{code->client, code->address, code->created_at, code->grant.has_value()};
  if (code->grant) {
    TRY_CHECK(prove(tx, call, code->id, *code->grant, approve));
    return request;
  }
  if (!device_store::decide(tx, code->id, who.person, approve, who.proved_at)) return no_such_code();
  audit_.record(tx, call, event(approve ? "cli.approve" : "cli.deny", code->id, code->client));
  return request;
}

CliTokens Devices::issue(Tx& tx, const base::Uuid& grant) {
  const auto now = clock_.utc_now();
  CliTokens tokens{new_token("wh_cli_"), new_token("wh_ref_"), now + kAccessLife, now + kRefreshLife};
  device_store::insert_pair(tx, {base::Uuid::v7(now), grant, crypto::sha256(tokens.access), tokens.access_expires_at,
                                 crypto::sha256(tokens.refresh), tokens.refresh_expires_at});
  return tokens;
}

CliAnswer Devices::poll(Tx& tx, const auth::Call& call, const std::string& device_code) {
  const auto now = clock_.utc_now();
  const auto code = device_store::hold(tx, crypto::sha256(device_code), now);
  if (!code) return pending("expired_token", "This sign-in took too long or is known no more. Begin again: wh login.");
  if (code->decision.empty()) {
    const bool hasty = code->last_poll_at && now - *code->last_poll_at < kDevicePoll - std::chrono::seconds(1);
    device_store::note_poll(tx, code->id, now);
    if (hasty) return pending("slow_down", "Ask less often.");
    return pending("authorization_pending", "Nobody confirmed this sign-in yet.");
  }
  device_store::remove(tx, code->id);
  if (code->decision != "approved" || !code->person) {
    return pending("access_denied", "The sign-in was refused in the browser.");
  }
  // The code's id goes on as the grant's: what was approved is what is signed in.
  const device_store::Grant grant{
      code->id, *code->person, code->client, code->address, device_store::has_totp(tx, *code->person), code->proved_at};
  device_store::insert_grant(tx, grant, now);
  audit_.record(tx, call, event("cli.sign_in", grant.id, code->client));
  return issue(tx, grant.id);
}

CliAnswer Devices::refresh(Tx& tx, const auth::Call& call, const std::string& refresh_token) {
  const auto now = clock_.utc_now();
  const auto found = device_store::hold_refresh(tx, crypto::sha256(refresh_token), now);
  if (!found) return refresh_invalid();
  if (found->spent) {
    if (const auto client = device_store::revoke_grant(tx, found->person, found->grant, now)) {
      audit_.record(tx, call, event("cli.refresh_reused", found->grant, *client));
    }
    credentials_.end_credential(tx, found->grant);
    return base::Error(base::ErrorKind::unauthenticated, "refresh.reused",
                       "This sign-in was used from two places and has been ended. Sign in again: wh login.");
  }
  if (found->ended) return refresh_invalid();
  device_store::spend(tx, found->id, now);
  credentials_.end_credential(tx, found->grant);
  return issue(tx, found->grant);
}

std::vector<CliInfo> Devices::list(Tx& tx, const auth::Call& call) {
  return device_store::clis_of(tx, caller(call).person);
}

base::Result<std::string> Devices::revoke(Tx& tx, base::PersonId person, const base::Uuid& grant) {
  auto client = device_store::revoke_grant(tx, person, grant, clock_.utc_now());
  if (!client) return base::not_found("cli.not_found", "The sign-in");
  credentials_.end_credential(tx, grant);
  return *std::move(client);
}

void Devices::revoke_all(Tx& tx, base::PersonId person) {
  device_store::revoke_grants(tx, person, clock_.utc_now());
  credentials_.end_person(tx, person);
}

void Devices::forget_old(Tx& tx) {
  const auto now = clock_.utc_now();
  device_store::forget_codes(tx, now);
  device_store::forget_grants(tx, now);
}

}  // namespace identity
