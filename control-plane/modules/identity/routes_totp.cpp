#include "common/crypto/hash.hpp"
#include "control-plane/modules/identity/api.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/routes.hpp"
#include "control-plane/modules/identity/views.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

/// Longer texts are no codes.
constexpr std::size_t kLongestCode = 64;

const char* how_of(CodeKind kind) {
  return kind == CodeKind::recovery ? "recovery_code" : "totp";
}

Reply answered(int status, std::string body, const auth::Principal& who) {
  Reply reply{.status = status, .body = std::move(body), .headers = {}, .refused = {}, .effect = {}};
  reply.effect.object_kind = "person";
  reply.effect.object_id = who.person.to_string();
  return reply;
}

base::Result<CodeBody> code_of(const http::Request& request) {
  TRY_ASSIGN(auto body, read_body<CodeBody>(request));
  if (body.code.empty() || body.code.size() > kLongestCode) {
    return base::invalid("/code", "Six digits of the authenticator, or a recovery code.");
  }
  return body;
}

base::Result<void> require_session(const auth::Call& call) {
  if (!caller(call).is_program()) return {};
  return base::fail(ErrorKind::forbidden, "reauthentication.impossible",
                    "Only a person in the dashboard can do this; a token cannot.");
}

CodePlace place_of(const Routes& routes, const api::Input& input, const http::Request& request) {
  return {routes.cookies.device_of(request), input.remote_address};
}

/// After a change of the second factor: a new token here, and everything else of the person's ends.
base::Result<void> renew_alone(Tx& tx, Routes& routes, const api::Input& input, const std::string& how,
                               bool second_factor, Reply& reply) {
  TRY_ASSIGN(const auto session, routes.people.renew_session(tx, input, how, second_factor));
  routes.people.revoke_other_sessions(tx, input);
  reply.headers.push_back(routes.cookies.session(session.token));
  return {};
}

base::Result<Reply> enrol(Tx& tx, Routes& routes, const api::Input& input) {
  const auto& who = caller(input);
  TRY_CHECK(auth::require_fresh_proof(who, input.now));
  TRY_ASSIGN(const auto person, routes.people.person(tx, who.person));
  TRY_ASSIGN(const auto made,
             routes.second_factor.enrol(tx, who.person, person.email.empty() ? person.name : person.email));
  return answered(200, json::encode(EnrolmentView{made.secret, made.uri, made.qr_svg}), who);
}

base::Result<Reply> confirm(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request) {
  const auto& who = caller(input);
  TRY_CHECK(auth::require_fresh_proof(who, input.now));
  TRY_ASSIGN(const auto body, code_of(request));
  TRY_CHECK(routes.attempts.take_code(input.remote_address, who.person));
  const auto codes = routes.second_factor.confirm(tx, who.person, body.code);
  if (!codes) return refuse(codes.error());
  auto reply = answered(200, json::encode(RecoveryCodesView{*codes}), who);
  TRY_CHECK(renew_alone(tx, routes, input, "totp", true, reply));
  return reply;
}

/// Taking the authenticator away, and new recovery codes: each needs a fresh code.
base::Result<Reply> change(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request, bool remove) {
  const auto& who = caller(input);
  TRY_CHECK(auth::require_fresh_proof(who, input.now));
  TRY_ASSIGN(const auto body, code_of(request));
  TRY_CHECK(routes.attempts.take_code(input.remote_address, who.person));
  const auto kind = routes.second_factor.check(tx, who.person, body.code, place_of(routes, input, request));
  if (!kind) return refuse(kind.error());
  if (!remove) {
    return answered(200, json::encode(RecoveryCodesView{routes.second_factor.new_recovery_codes(tx, who.person)}), who);
  }
  routes.second_factor.remove(tx, who.person);
  auto reply = answered(204, "", who);
  TRY_CHECK(renew_alone(tx, routes, input, how_of(*kind), false, reply));
  return reply;
}

base::Result<Reply> prove(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request) {
  const auto& who = caller(input);
  TRY_CHECK(require_session(input));
  TRY_ASSIGN(const auto body, code_of(request));
  TRY_CHECK(routes.attempts.take_code(input.remote_address, who.person));
  const auto kind = routes.second_factor.check(tx, who.person, body.code, place_of(routes, input, request));
  if (!kind) return refuse(kind.error());
  TRY_ASSIGN(const auto session, routes.people.renew_session(tx, input, how_of(*kind), true));
  auto reply = answered(204, "", who);
  reply.headers.push_back(routes.cookies.session(session.token));
  return reply;
}

/// The second step of a sign-in: the cookie says for whom.
base::Result<Reply> second_step(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request) {
  TRY_ASSIGN(const auto body, code_of(request));
  const auto token = routes.cookies.wait_of(request);
  const auto waiting = token.empty() ? std::nullopt : routes.second_factor.hold_wait(tx, token);
  if (!waiting) {
    return base::fail(ErrorKind::unauthenticated, "sign_in.over", "This sign-in took too long. Begin again.");
  }
  TRY_CHECK(routes.attempts.take_code(input.remote_address, waiting->person));
  const auto kind = routes.second_factor.check(tx, waiting->person, body.code, place_of(routes, input, request));
  if (!kind) {
    auto refused = refuse(kind.error());
    refused.effect.object_kind = "person";
    refused.effect.object_id = waiting->person.to_string();
    return refused;
  }
  routes.second_factor.end_wait(tx, token);
  const auto device = device_of(routes.cookies, input, request);
  TRY_ASSIGN(const auto session, routes.people.open_session(tx, input, {waiting->person, how_of(*kind), true}, device));
  Reply reply{
      .status = 200, .body = json::encode(ReturnView{waiting->return_to}), .headers = {}, .refused = {}, .effect = {}};
  reply.effect.object_kind = "person";
  reply.effect.object_id = waiting->person.to_string();
  reply.headers.push_back(routes.cookies.session(session.token));
  reply.headers.push_back(routes.cookies.end_wait());
  reply.headers.push_back(routes.cookies.device(device.token));
  return reply;
}

}  // namespace

void Routes::add_totp(api::Api& api) {
  api.read<TotpView>("/api/v1/me/totp", Permission::signed_in,
                     [this](Tx& tx, const api::Input& input) -> base::Result<TotpView> {
                       TRY_CHECK(require_person(input));
                       const auto state = second_factor.state(tx, caller(input).person);
                       return TotpView{state.on, state.since, state.recovery_codes_left};
                     })
      .summary("Whether your account has an authenticator")
      .tag("second factor");
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/me/totp",
              .permission = Permission::signed_in,
              .action = "totp.enrol",
              .act = [this](Tx& tx, const api::Input& input, const http::Request&) { return enrol(tx, *this, input); }})
      .summary("Begin with an authenticator: its key, not in force before it is confirmed. Needs a fresh proof")
      .tag("second factor")
      .response_schema(200, json::schema<EnrolmentView>())
      .errors({ErrorKind::forbidden, ErrorKind::conflict});
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/me/totp/confirm",
              .permission = Permission::signed_in,
              .action = "totp.confirm",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return confirm(tx, *this, input, request); }})
      .summary("Put the authenticator in force with its first code; all your other sessions end")
      .tag("second factor")
      .request_schema(json::schema<CodeBody>())
      .response_schema(200, json::schema<RecoveryCodesView>())
      .errors({ErrorKind::forbidden, ErrorKind::conflict, ErrorKind::rate_limited});
}

void Routes::add_totp_changes(api::Api& api) {
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/me/totp/disable",
              .permission = Permission::signed_in,
              .action = "totp.disable",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return change(tx, *this, input, request, true); }})
      .summary("Take the authenticator away, with a fresh code; all your other sessions end")
      .tag("second factor")
      .request_schema(json::schema<CodeBody>())
      .response_schema(204, "")
      .errors({ErrorKind::forbidden, ErrorKind::conflict, ErrorKind::rate_limited});
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/me/totp/recovery-codes",
              .permission = Permission::signed_in,
              .action = "totp.recovery_codes",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return change(tx, *this, input, request, false); }})
      .summary("Ten new recovery codes, with a fresh code; the earlier ones are void")
      .tag("second factor")
      .request_schema(json::schema<CodeBody>())
      .response_schema(200, json::schema<RecoveryCodesView>())
      .errors({ErrorKind::forbidden, ErrorKind::conflict, ErrorKind::rate_limited});
}

void Routes::add_proof(api::Api& api) {
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/me/proof",
              .permission = Permission::signed_in,
              .action = "session.prove_code",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return prove(tx, *this, input, request); }})
      .summary("Prove with a code that it is you: what needs a fresh proof is possible for ten minutes")
      .tag("second factor")
      .request_schema(json::schema<CodeBody>())
      .response_schema(204, "")
      .errors({ErrorKind::forbidden, ErrorKind::conflict, ErrorKind::rate_limited});
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/sign-in/code",
              .permission = Permission::nobody,
              .action = "sign_in.code",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return second_step(tx, *this, input, request); }})
      .summary("Second step of a sign-in: a code. Only now there is a session")
      .tag("sign-in")
      .request_schema(json::schema<CodeBody>())
      .response_schema(200, json::schema<ReturnView>())
      .errors({ErrorKind::unauthenticated, ErrorKind::forbidden, ErrorKind::rate_limited});
}

}  // namespace identity
