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

std::string mail_text(const std::string& organization, const NewInvitation& made, const std::string& link) {
  return made.invitation.invited_by + " invites you to " + organization + " as " +
         auth::to_string(made.invitation.role) + ".\n\nTo accept, open this link. It works once, until " +
         base::format_utc(made.invitation.expires_at) + ":\n\n  " + link +
         "\n\nIf you expected no invitation, do nothing.\n";
}

}  // namespace

void Routes::add_invitations(api::Api& api) {
  api.read<api::List<InvitationView>>("/api/v1/orgs/{org}/invitations", Permission::member_manage,
                                      [this](Tx& tx, const Input& input) -> Result<api::List<InvitationView>> {
                                        api::List<InvitationView> list;
                                        for (const auto& open : organizations.invitations(tx, input.organization())) {
                                          list.items.push_back(show(open));
                                        }
                                        return list;
                                      })
      .summary("List open invitations; never their links")
      .tag("members");
  api.write<InviteBody, NewInvitationView>(
         Method::post, "/api/v1/orgs/{org}/invitations", Permission::member_manage, "member.invite", 201,
         [this](Tx& tx, const Input& input, const InviteBody& body, Effect& effect) -> Result<NewInvitationView> {
           TRY_ASSIGN(const auto role, auth::parse_role(body.role));
           TRY_ASSIGN(const auto made, organizations.invite(tx, input, role, body.email));
           NewInvitationView view{show(made.invitation), public_url + "/invitation#" + made.token};
           effect.object_kind = "invitation";
           effect.object_id = made.invitation.id.to_string();
           effect.object_name = body.email.value_or("");
           effect.after = json::encode(view.invitation);
           const auto organization = organizations.find(tx, input.organization().to_string());
           if (body.email && organization) {
             view.mailed = mail(tx, *body.email, "Invitation to " + organization->name,
                                mail_text(organization->name, made, view.link));
           }
           return view;
         },
         /*confidential=*/true)
      .summary("Invite somebody by a link that works once, for seven days; by e-mail if you give an address")
      .tag("members")
      .errors({ErrorKind::invalid, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(
         Method::del, "/api/v1/orgs/{org}/invitations/{invitation}", Permission::member_manage, "member.uninvite", 204,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<api::Nothing> {
           const auto id = base::InvitationId::parse(input.param("invitation"));
           if (!id) return base::not_found("invitation.not_found", "The invitation");
           effect.object_kind = "invitation";
           effect.object_id = id->to_string();
           TRY_ASSIGN(effect.object_name, organizations.revoke_invitation(tx, input, *id));
           return api::Nothing{};
         })
      .summary("Take an invitation back")
      .tag("members")
      .errors({ErrorKind::not_found});
}

void Routes::add_acceptance(api::Api& api) {
  api.write<InvitationTokenBody, OfferView>(
         Method::post, "/api/v1/invitations/look", Permission::nobody, "", 200,
         [this](Tx& tx, const Input&, const InvitationTokenBody& body, Effect&) -> Result<OfferView> {
           TRY_ASSIGN(const auto offer, organizations.offer(tx, body.token));
           return OfferView{offer.organization_name, auth::to_string(offer.role), offer.invited_by, offer.expires_at};
         })
      .summary("What an invitation offers, for who has its link")
      .tag("members")
      .errors({ErrorKind::forbidden});
  api.write<InvitationTokenBody, OrganizationView>(
         Method::post, "/api/v1/invitations/accept", Permission::signed_in, "member.join", 200,
         [this](Tx& tx, const Input& input, const InvitationTokenBody& body,
                Effect& effect) -> Result<OrganizationView> {
           Input call = input;
           TRY_ASSIGN(const auto joined, organizations.accept(tx, call, body.token));
           effect.object_kind = "member";
           effect.object_id = input.actor.person.to_string();
           effect.organization = joined.id;
           return show(joined, call.actor.role);
         })
      .summary("Accept an invitation; it is used up then")
      .tag("members")
      .errors({ErrorKind::forbidden, ErrorKind::conflict});
}

}  // namespace organizations
