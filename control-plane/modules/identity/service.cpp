#include "control-plane/modules/identity/service.hpp"

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/modules/identity/store.hpp"

namespace identity {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kLongestUserAgent = 300;

std::string new_token() {
  return base::base64url_encode(crypto::random_bytes(kTokenBytes));
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
    store::insert_person(tx, *person, "Operator");
  }
  return *person;
}

base::Result<NewSession> Service::redeem_setup_token(Tx& tx, const auth::Call& call, const std::string& token,
                                                     const std::string& user_agent) {
  const auto now = clock_.utc_now();
  if (!store::use_setup_link(tx, crypto::sha256(token), now)) {
    return base::fail(base::ErrorKind::forbidden, "setup.invalid",
                      "This setup link was used already or is older than 15 minutes. Print a new one on the server: "
                      "./dev status, or wh-control-plane setup-link.");
  }
  NewSession session;
  session.token = new_token();
  session.id = base::SessionId::make(clock_);
  session.person = ensure_operator(tx);
  session.expires_at = now + kSessionLife;
  store::insert_session(tx, session.id, session.person, crypto::sha256(session.token), session.expires_at,
                        user_agent.substr(0, kLongestUserAgent), call.remote_address);
  return session;
}

void Service::sign_out(Tx& tx, const auth::Call& call) {
  store::revoke_session(tx, call.actor.session);
}

}  // namespace identity
