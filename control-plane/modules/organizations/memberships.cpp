#include "control-plane/modules/organizations/memberships.hpp"

#include "control-plane/modules/organizations/member_store.hpp"

namespace organizations {
namespace {

constexpr std::string_view kTopic = "members:";

/// The organization that is meant: the route's, else the only one that the credential is good for.
std::string wanted(const auth::Principal& principal, std::string_view organization) {
  if (organization.empty() && !principal.organization.is_nil()) return principal.organization.to_string();
  return std::string(organization);
}

std::string key_of(const auth::Principal& principal, const std::string& organization) {
  // A token of an organization has no person; then it is itself.
  const auto who = principal.person.is_nil() ? principal.credential.to_string() : principal.person.to_string();
  return who + "/" + organization;
}

/// A token of an organization acts as the role that its scope is made for; the scope bounds it further.
auth::Role role_of(auth::Scope scope) {
  switch (scope) {
    case auth::Scope::read: return auth::Role::viewer;
    case auth::Scope::deploy:
    case auth::Scope::write: return auth::Role::member;
    case auth::Scope::admin: return auth::Role::admin;
  }
  return auth::Role::viewer;
}

bool is_good_for(const auth::Principal& principal, const auth::Membership& membership) {
  return principal.organization.is_nil() || principal.organization == membership.organization;
}

}  // namespace

std::optional<auth::Membership> Memberships::remembered(const auth::Principal& principal, std::string_view organization,
                                                        base::UtcTime now) {
  const auto key = key_of(principal, wanted(principal, organization));
  auto known = state_.with([&](State& state) -> std::optional<auth::Membership> {
    const auto found = state.entries.find(key);
    if (found == state.entries.end() || now - found->second.read_at >= kLife) return std::nullopt;
    return found->second.membership;
  });
  if (known && !is_good_for(principal, *known)) return std::nullopt;
  return known;
}

base::Result<auth::Membership> Memberships::look_up(Tx& tx, const auth::Principal& principal,
                                                    std::string_view organization, base::UtcTime now) {
  const auto name = wanted(principal, organization);
  const auto mark = state_.with([](State& state) { return state.forgotten; });
  const bool of_person = !principal.person.is_nil() && principal.kind != auth::CredentialKind::organization_token;
  auto found = of_person ? store::find_membership(tx, principal.person, name)
                         : store::find_for_token(tx, name, role_of(principal.scope));
  if (found && !is_good_for(principal, *found)) found.reset();
  if (!found) {
    if (!name.empty()) return base::not_found("organization.not_found", "The organization");
    return auth::Membership();
  }
  keep(key_of(principal, name), *found, now, mark);
  return *std::move(found);
}

void Memberships::keep(const std::string& key, const auth::Membership& membership, base::UtcTime now,
                       std::uint64_t mark) {
  state_.with([&](State& state) {
    // What was forgotten since the tables were read may be what was read.
    if (state.forgotten != mark) return;
    if (state.entries.size() >= kMost) state.entries.clear();
    state.entries.insert_or_assign(key, Entry{membership, now});
  });
}

std::optional<base::ProjectId> Memberships::project_of(Tx& tx, base::OrganizationId organization,
                                                       const std::string& kind, const std::string& name_or_id) {
  return store::project_of(tx, organization, kind, name_or_id);
}

void Memberships::changed(Tx& tx, base::OrganizationId organization) {
  tx.after_commit([this, topic = std::string(kTopic) + organization.to_string()] {
    hear(topic);
    publish_(topic);
  });
}

void Memberships::hear(const std::string& topic) {
  if (!topic.empty() && !topic.starts_with(kTopic)) return;
  const auto id = topic.empty() ? std::nullopt : [&] {
    const auto parsed = base::OrganizationId::parse(topic.substr(kTopic.size()));
    return parsed ? std::optional(*parsed) : std::nullopt;
  }();
  state_.with([&](State& state) {
    ++state.forgotten;
    std::erase_if(state.entries, [&](const auto& entry) { return !id || entry.second.membership.organization == *id; });
  });
  endings_.notify();
}

}  // namespace organizations
