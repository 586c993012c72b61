#include "control-plane/modules/organizations/limits.hpp"
#include "control-plane/modules/organizations/routes.hpp"
#include "control-plane/modules/organizations/views.hpp"

namespace organizations {
namespace {

using api::Effect;
using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;
using http::Method;

/// For the audit log.
struct Traits {
  std::string slug;
  std::string name;
  bool second_factor_required{false};
  template <class F>
  void map(F& f) {
    f.required("slug", slug);
    f.required("name", name);
    f.required("second_factor_required", second_factor_required);
  }
};

std::string traits(const Organization& organization) {
  return json::encode(Traits{organization.slug, organization.name, organization.second_factor_required});
}

void note(Effect& effect, const Organization& organization) {
  effect.object_kind = "organization";
  effect.object_id = organization.id.to_string();
  effect.object_name = organization.name;
  effect.after = traits(organization);
  effect.organization = organization.id;
}

Result<Organization> current(Tx& tx, Service& organizations, const Input& input) {
  auto found = organizations.find(tx, input.organization().to_string());
  if (!found) return base::not_found("organization.not_found", "The organization");
  return *std::move(found);
}

}  // namespace

void Routes::add_organizations(api::Api& api) {
  api.read<api::List<OrganizationView>>("/api/v1/orgs", Permission::signed_in,
                                        [this](Tx& tx, const Input& input) -> Result<api::List<OrganizationView>> {
                                          api::List<OrganizationView> list;
                                          const auto& only = input.actor.principal.organization;
                                          for (const auto& mine : organizations.mine(tx, input.actor.person)) {
                                            if (!only.is_nil() && mine.organization.id != only) continue;
                                            list.items.push_back(show(mine.organization, mine.role));
                                          }
                                          return list;
                                        })
      .summary("List the organizations that you belong to")
      .tag("organizations");
  api.write<NewOrganizationBody, OrganizationView>(
         Method::post, "/api/v1/orgs", Permission::signed_in, "organization.create", 201,
         [this](Tx& tx, const Input& input, const NewOrganizationBody& body,
                Effect& effect) -> Result<OrganizationView> {
           TRY_ASSIGN(const auto made, organizations.create(tx, input, body.name, body.slug));
           note(effect, made);
           return show(made, auth::Role::owner);
         })
      .summary("Make an organization; you become its owner")
      .tag("organizations")
      .errors({ErrorKind::invalid, ErrorKind::conflict});
  api.read<OrganizationView>("/api/v1/orgs/{org}", Permission::organization_read,
                             [this](Tx& tx, const Input& input) -> Result<OrganizationView> {
                               TRY_ASSIGN(const auto found, current(tx, organizations, input));
                               auto view = show(found, input.actor.role);
                               const auto used = store::usage(tx, found.id, month_of(input.now));
                               view.limits = show(found.limits, used);
                               return view;
                             })
      .summary("Show an organization, its limits and what it uses")
      .tag("organizations")
      .errors({ErrorKind::not_found});
}

void Routes::add_changes(api::Api& api) {
  api.write<OrganizationChangeBody, OrganizationView>(
         Method::patch, "/api/v1/orgs/{org}", Permission::organization_write, "organization.change", 200,
         [this](Tx& tx, const Input& input, const OrganizationChangeBody& body,
                Effect& effect) -> Result<OrganizationView> {
           TRY_ASSIGN(const auto before, current(tx, organizations, input));
           TRY_ASSIGN(const auto after,
                      organizations.change(tx, input, {body.name, body.slug, body.second_factor_required}));
           note(effect, after);
           effect.before = traits(before);
           return show(after, input.actor.role);
         })
      .summary("Change an organization's name, address or rules")
      .tag("organizations")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<api::Nothing, OrganizationView>(
         Method::del, "/api/v1/orgs/{org}", Permission::organization_delete, "organization.delete", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<OrganizationView> {
           TRY_ASSIGN(const auto deleted, organizations.remove(tx, input));
           note(effect, deleted);
           return show(deleted, input.actor.role);
         })
      .summary("Delete an organization: its apps stop now; for 24 hours it can be brought back")
      .tag("organizations")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  api.write<api::Nothing, OrganizationView>(
         Method::post, "/api/v1/orgs/{org}/undo", Permission::organization_own, "organization.undo", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<OrganizationView> {
           TRY_ASSIGN(const auto restored, organizations.undo_removal(tx, input));
           note(effect, restored);
           return show(restored, input.actor.role);
         })
      .summary("Bring a deleted organization back")
      .tag("organizations")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
}

}  // namespace organizations
