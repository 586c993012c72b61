#include "control-plane/modules/organizations/member_store.hpp"
#include "control-plane/modules/organizations/organizations.hpp"
#include "control-plane/modules/organizations/store.hpp"

namespace organizations {
namespace {

constexpr const char* kDefaultSlug = "default";

std::unexpected<base::Error> slug_taken(const std::string& slug) {
  return base::conflict("organization.slug_taken",
                        "There is an organization " + slug + " already. Choose another name.");
}

base::Result<void> require_person(const auth::Call& call) {
  if (!call.actor.person.is_nil()) return {};
  return base::fail(base::ErrorKind::forbidden, "person.required",
                    "Only a person can do this, no organization's token.");
}

}  // namespace

base::Result<identity::NewSession> Service::set_up(Tx& tx, const auth::Call& call, const std::string& token,
                                                   const std::string& user_agent) {
  TRY_ASSIGN(auto session, identity_.redeem_setup_token(tx, call, token, user_agent));
  make_first_owner(tx, session.person);
  return session;
}

void Service::make_first_owner(Tx& tx, base::PersonId person) {
  if (!store::of_person(tx, person).empty()) return;
  store::insert(tx, base::OrganizationId::make(clock_), kDefaultSlug, "Default", {});
  const auto organization = store::find(tx, kDefaultSlug);
  if (organization && store::add_member(tx, organization->id, person, auth::Role::owner))
    memberships_.changed(tx, organization->id);
}

std::optional<Organization> Service::find(Tx& tx, const std::string& slug_or_id) {
  return store::find(tx, slug_or_id);
}

std::vector<Mine> Service::mine(Tx& tx, base::PersonId person) {
  return store::of_person(tx, person);
}

base::Result<Organization> Service::create(Tx& tx, const auth::Call& call, const std::string& name, std::string slug) {
  TRY_CHECK(require_person(call));
  TRY_CHECK(rules::check_name(name));
  if (slug.empty()) slug = rules::slug_of(name);
  TRY_CHECK(rules::check_slug(slug));
  tx.enter(postgres::Reach::all());  // it belongs to nobody yet
  if (store::count_owned(tx, call.actor.person) >= kMostOwned) {
    return base::conflict("organization.too_many",
                          "You own " + std::to_string(kMostOwned) + " organizations; that is the most.");
  }
  const auto id = base::OrganizationId::make(clock_);
  if (!store::insert(tx, id, slug, name, options_.limits)) return slug_taken(slug);
  store::add_member(tx, id, call.actor.person, auth::Role::owner);
  memberships_.changed(tx, id);
  announce(tx, id, "organization.created");
  return *store::find(tx, id.to_string());
}

base::Result<Organization> Service::change(Tx& tx, const auth::Call& call, Change change) {
  if (change.name) TRY_CHECK(rules::check_name(*change.name));
  if (change.slug) TRY_CHECK(rules::check_slug(*change.slug));
  if (change.second_factor_required.value_or(false) && !call.actor.principal.second_factor) {
    return base::conflict(
        "second_factor.own_first",
        "Turn on a second factor for yourself and sign in with it first; else you would lock yourself "
        "out.");
  }
  const auto id = call.organization();
  store::lock(tx, id);
  const auto before = store::find(tx, id.to_string());
  if (before && before->second_factor_required && !change.second_factor_required.value_or(true)) {
    TRY_CHECK(auth::require_person_at_hand(call.actor.principal, call.now));
  }
  if (change.slug) {
    // The slugs of others cannot be seen from within the organization.
    tx.enter(postgres::Reach::all());
    if (store::is_taken(tx, *change.slug, id)) return slug_taken(*change.slug);
  }
  store::change(tx, id, change);
  memberships_.changed(tx, id);
  announce(tx, id, "organization.updated");
  return *store::find(tx, id.to_string());
}

base::Result<Organization> Service::remove(Tx& tx, const auth::Call& call) {
  const auto id = call.organization();
  store::lock(tx, id);
  const auto before = store::find(tx, id.to_string());
  if (!before) return base::not_found("organization.not_found", "The organization");
  if (before->deleted_at) return base::conflict("organization.deleted", "It is deleted already.");
  store::set_deleted(tx, id, clock_.utc_now());
  hooks.deleted(tx, call);
  memberships_.changed(tx, id);
  announce(tx, id, "organization.deleting");
  return *store::find(tx, id.to_string());
}

base::Result<Organization> Service::undo_removal(Tx& tx, const auth::Call& call) {
  const auto id = call.organization();
  store::lock(tx, id);
  const auto before = store::find(tx, id.to_string());
  if (!before || !before->deleted_at) {
    return base::conflict("organization.not_deleted", "It is not deleted; there is nothing to bring back.");
  }
  store::set_deleted(tx, id, std::nullopt);
  hooks.restored(tx, call, *before->deleted_at);
  memberships_.changed(tx, id);
  announce(tx, id, "organization.restored");
  return *store::find(tx, id.to_string());
}

void Service::erase_due(Tx& tx) {
  for (const auto& id : store::erasable(tx, clock_.utc_now() - kUndoTime)) {
    store::erase(tx, id);
    memberships_.changed(tx, id);
    announce(tx, id, "organization.deleted");
  }
}

base::Result<Organization> Service::set_limits(Tx& tx, const std::string& slug_or_id, const Limits& limits) {
  const auto found = store::find(tx, slug_or_id);
  if (!found) return base::not_found("organization.not_found", "The organization");
  store::set_limits(tx, found->id, limits);
  return *store::find(tx, slug_or_id);
}

void Service::announce(Tx& tx, base::OrganizationId organization, const std::string& kind, const std::string& member) {
  feed::Change change;
  change.kind = kind;
  change.organization = organization;
  if (!member.empty()) change.data = feed::named(member);
  feed_.append(tx, change);
}

}  // namespace organizations
