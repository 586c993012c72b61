#include "common/crypto/hash.hpp"
#include "control-plane/modules/organizations/organizations.hpp"
#include "control-plane/modules/organizations/store.hpp"

namespace organizations {
namespace {

constexpr const char* kDefaultSlug = "default";

}  // namespace

base::Result<auth::Actor> Service::authenticate(Tx& tx, std::string_view session_token, std::string_view organization,
                                                base::UtcTime now) {
  auto actor = store::find_actor(tx, crypto::sha256(session_token), organization, now);
  if (!actor) {
    return base::fail(base::ErrorKind::unauthenticated, "session.invalid",
                      "Your session has ended. Sign in again: open a setup link, or run wh login.");
  }
  if (actor->organization.is_nil() && !organization.empty()) {
    return base::not_found("organization.not_found", "The organization");
  }
  return *std::move(actor);
}

base::Result<identity::NewSession> Service::set_up(Tx& tx, const auth::Call& call, const std::string& token,
                                                   const std::string& user_agent) {
  TRY_ASSIGN(auto session, identity_.redeem_setup_token(tx, call, token, user_agent));
  store::insert_organization(tx, base::OrganizationId::make(clock_), kDefaultSlug, "Default");
  store::add_member(tx, find(tx, kDefaultSlug)->id, session.person, auth::Role::owner);
  return session;
}

std::optional<Organization> Service::find(Tx& tx, const std::string& slug_or_id) {
  const auto row = store::find(tx, slug_or_id);
  if (!row) return std::nullopt;
  return Organization{row->id<base::OrganizationId>(0), row->text(1), row->text(2)};
}

}  // namespace organizations
