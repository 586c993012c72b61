#include "control-plane/modules/identity/sign_in.hpp"

#include "common/crypto/hash.hpp"
#include "common/json/json.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/provider_store.hpp"
#include "control-plane/modules/identity/rules.hpp"
#include "control-plane/modules/identity/store.hpp"

namespace identity {
namespace {

using base::ErrorKind;

constexpr std::size_t kLongestToken = 200;

struct IdentityNote {
  std::string issuer;
  std::string email;
  template <class F>
  void map(F& f) {
    f.required("issuer", issuer);
    f.required("email", email);
  }
};

struct RefusalNote {
  std::string code;
  template <class F>
  void map(F& f) {
    f.required("code", code);
  }
};

audit::Event person_event(const std::string& action, base::PersonId person, const std::string& name,
                          const IdTokenClaims& claims) {
  return {.action = action,
          .object_kind = "person",
          .object_id = person.to_string(),
          .before = "",
          .after = json::encode(IdentityNote{claims.issuer, claims.email}),
          .object_name = name};
}

/// What a person is called before they say so themselves.
std::string first_name_of(const IdTokenClaims& claims) {
  const auto cut = claims.name.substr(0, 100);
  if (rules::check_name("", cut)) return cut;
  const auto local = claims.email.substr(0, std::min<std::size_t>(100, claims.email.find('@')));
  return rules::check_name("", local) ? local : "Somebody";
}

std::unexpected<base::Error> bad_state() {
  return base::fail(ErrorKind::malformed, "sign_in.state",
                    "This sign-in was not begun in this browser, took too long, or is over already. Begin again.");
}

std::unexpected<base::Error> email_taken() {
  return base::conflict(
      "identity.email_taken",
      "There is an account with your e-mail address, but it is not linked to this sign-in. Sign in as "
      "you did before, then link this one in your account.");
}

}  // namespace

const char* to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::sign_in: return "sign_in";
    case Purpose::link: return "link";
    case Purpose::prove: return "prove";
  }
  return "sign_in";
}

Departure SignIns::depart(Tx& tx, const Flow& flow) {
  Departure departure{new_token(), new_token()};
  provider_store::insert_flow(tx, crypto::sha256(departure.state), crypto::sha256(departure.browser_token), flow,
                              clock_.utc_now() + kFlowLife);
  return departure;
}

base::Result<Flow> SignIns::take(Tx& tx, const std::string& state, const std::string& browser_token) {
  if (state.empty() || state.size() > kLongestToken || browser_token.empty() || browser_token.size() > kLongestToken) {
    return bad_state();
  }
  auto flow = provider_store::take_flow(tx, crypto::sha256(state), crypto::sha256(browser_token), clock_.utc_now());
  if (!flow) return bad_state();
  return *std::move(flow);
}

base::Result<Arrival> SignIns::arrive(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims,
                                      const ProviderSettings& settings, const Device& device) {
  if (!claims.email_verified || claims.email.empty() || claims.email.size() > 320) {
    return base::fail(ErrorKind::forbidden, "email.not_verified",
                      "The identity provider does not vouch for your e-mail address. Verify it there, then try again.");
  }
  // Google says `hd` only for addresses that it hosts; a domain that merely looks so is not enough there.
  const bool google = settings.issuer == oidc::kGoogle;
  const auto& domain = google && claims.hosted_domain.empty() ? std::string("-") : claims.hosted_domain;
  if (!rules::is_allowed(claims.email, domain, settings.allowed_domains, settings.allowed_emails)) {
    return base::fail(ErrorKind::forbidden, "email.not_allowed",
                      "Your account may not sign in here. Ask whoever runs this installation.");
  }
  switch (flow.purpose) {
    case Purpose::sign_in: return enter(tx, call, flow, claims, device);
    case Purpose::link: return link(tx, call, flow, claims);
    case Purpose::prove: return prove(tx, call, flow, claims);
  }
  return bad_state();
}

base::Result<base::PersonId> SignIns::person_of(Tx& tx, const auth::Call& call, const IdTokenClaims& claims) {
  const auto now = clock_.utc_now();
  if (const auto known = provider_store::find_identity(tx, claims.issuer, claims.subject)) {
    provider_store::note_sign_in(tx, claims.issuer, claims.subject, claims.email, now);
    store::set_email(tx, *known, claims.email);
    return *known;
  }
  if (provider_store::is_email_taken(tx, claims.email)) return email_taken();
  const auto person = base::PersonId::make(clock_);
  const auto name = first_name_of(claims);
  if (!store::insert_person(tx, person, name, claims.email, false)) return email_taken();
  if (!provider_store::insert_identity(tx, {claims.issuer, claims.subject, claims.email, now, now}, person, now)) {
    return base::conflict("identity.taken", "You signed in twice at once. Try again.");
  }
  audit_.record(tx, call, person_event("person.create", person, name, claims));
  return person;
}

base::Result<Arrival> SignIns::enter(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims,
                                     const Device& device) {
  TRY_ASSIGN(const auto person, person_of(tx, call, claims));
  const auto found = store::find_person(tx, person);
  if (!found || found->disabled) {
    return base::fail(ErrorKind::unauthenticated, "person.disabled",
                      "This account is switched off. Ask whoever runs this installation.");
  }
  // The session that this browser had is over: nobody is left behind in it.
  if (!caller(call).is_program() && !caller(call).person.is_nil()) TRY_CHECK(people_.sign_out(tx, call));
  Arrival arrival;
  arrival.return_to = flow.return_to;
  if (second_factor_.is_on(tx, person)) {
    arrival.waiting = second_factor_.begin_wait(tx, person, flow.return_to);
    return arrival;
  }
  TRY_ASSIGN(arrival.session, people_.open_session(tx, call, {person, "provider", false}, device));
  return arrival;
}

base::Result<void> SignIns::require_session(const auth::Call& call, const Flow& flow) const {
  const auto& who = caller(call);
  if (!who.is_program() && !who.person.is_nil() && who.credential == flow.session.uuid()) return {};
  return base::fail(ErrorKind::unauthenticated, "session.invalid",
                    "The session in which this was begun has ended. Sign in again.");
}

base::Result<Arrival> SignIns::link(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims) {
  TRY_CHECK(require_session(call, flow));
  const auto person = caller(call).person;
  const auto now = clock_.utc_now();
  const auto owner = provider_store::find_identity(tx, claims.issuer, claims.subject);
  const bool free = !owner && provider_store::insert_identity(
                                  tx, {claims.issuer, claims.subject, claims.email, now, now}, person, now);
  if (!free && owner != person) {
    return base::conflict("identity.taken", "This sign-in belongs to another account already.");
  }
  const auto found = store::find_person(tx, person);
  if (found && found->email.empty()) store::set_email(tx, person, claims.email);
  if (free) audit_.record(tx, call, person_event("identity.link", person, found ? found->name : "", claims));
  Arrival arrival{.session = {}, .waiting = {}, .return_to = flow.return_to, .purpose = flow.purpose};
  TRY_ASSIGN(arrival.session, people_.renew_session(tx, call, "provider", false));
  return arrival;
}

base::Result<Arrival> SignIns::prove(Tx& tx, const auth::Call& call, const Flow& flow, const IdTokenClaims& claims) {
  TRY_CHECK(require_session(call, flow));
  const auto owner = provider_store::find_identity(tx, claims.issuer, claims.subject);
  if (owner != caller(call).person) {
    return base::conflict("identity.other", "That was another account than the one that is signed in here.");
  }
  if (claims.authenticated_at && clock_.utc_now() - *claims.authenticated_at > auth::kFreshProof) {
    return base::fail(ErrorKind::forbidden, "proof.stale",
                      "The identity provider did not ask you again. Try once more.");
  }
  Arrival arrival{.session = {}, .waiting = {}, .return_to = flow.return_to, .purpose = flow.purpose};
  TRY_ASSIGN(arrival.session, people_.renew_session(tx, call, "provider", false));
  return arrival;
}

void SignIns::note_refusal(Tx& tx, const auth::Call& call, const std::string& code) {
  audit_.record(tx, call,
                {.action = "sign_in.refused",
                 .object_kind = "",
                 .object_id = "",
                 .before = "",
                 .after = json::encode(RefusalNote{code})});
}

std::vector<IdentityInfo> SignIns::identities(Tx& tx, base::PersonId person) {
  return provider_store::identities_of(tx, person);
}

base::Result<void> SignIns::unlink(Tx& tx, const auth::Call& call, const std::string& issuer,
                                   const std::string& subject) {
  const auto person = caller(call).person;
  if (provider_store::identities_of(tx, person).size() <= 1) {
    return base::conflict("identity.last", "This is your only way to sign in. Link another one first.");
  }
  if (!provider_store::remove_identity(tx, person, issuer, subject)) {
    return base::not_found("identity.not_found", "The linked sign-in");
  }
  people_.revoke_other_sessions(tx, call);
  return {};
}

void SignIns::forget_old(Tx& tx) {
  provider_store::forget_flows(tx, clock_.utc_now());
}

}  // namespace identity
