#include "control-plane/modules/identity/api.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/routes.hpp"
#include "control-plane/modules/identity/views.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

MeView me(Tx& tx, Routes& routes, const api::Input& input) {
  const auto& who = caller(input);
  MeView shown;
  shown.credential = show(who, input.now);
  if (who.person.is_nil()) return shown;
  if (const auto person = routes.people.person(tx, who.person)) shown.person = show(*person);
  shown.totp_on = routes.second_factor.is_on(tx, who.person);
  return shown;
}

}  // namespace

void Routes::add(api::Api& api) {
  add_account(api);
  add_sessions(api);
  add_tokens(api);
  add_organization_tokens(api);
  add_ssh_keys(api);
  add_totp(api);
  add_totp_changes(api);
  add_proof(api);
  add_devices(api);
  add_device_decisions(api);
}

void Routes::add_account(api::Api& api) {
  api.read<MeView>("/api/v1/me", Permission::signed_in,
                   [this](Tx& tx, const api::Input& input) -> base::Result<MeView> { return me(tx, *this, input); })
      .summary("Who you are, and what your credential is good for")
      .tag("account");
  api.write<ProfileBody, PersonView>(Method::patch, "/api/v1/me", Permission::signed_in, "person.update", 200,
                                     [this](Tx& tx, const api::Input& input, const ProfileBody& body,
                                            api::Effect& effect) -> base::Result<PersonView> {
                                       TRY_CHECK(require_account(input));
                                       TRY_ASSIGN(const auto person,
                                                  people.change_profile(tx, input, body.name, body.theme));
                                       effect.object_kind = "person";
                                       effect.object_id = person.id.to_string();
                                       effect.object_name = person.name;
                                       effect.after = json::encode(body);
                                       return show(person);
                                     })
      .summary("Change your name or theme")
      .tag("account")
      .errors({ErrorKind::invalid, ErrorKind::forbidden});
  for (const bool disabled : {true, false}) {
    api.write<api::Nothing, PersonView>(Method::post,
                                        std::string("/api/v1/people/{person}/") + (disabled ? "disable" : "enable"),
                                        Permission::signed_in, disabled ? "person.disable" : "person.enable", 200,
                                        [this, disabled](Tx& tx, const api::Input& input, const api::Nothing&,
                                                         api::Effect& effect) -> base::Result<PersonView> {
                                          TRY_CHECK(people.require_operator(tx, input));
                                          TRY_ASSIGN(const auto id, person_id(input.param("person")));
                                          effect.object_kind = "person";
                                          effect.object_id = id.to_string();
                                          TRY_ASSIGN(const auto person, people.set_disabled(tx, input, id, disabled));
                                          effect.object_name = person.name;
                                          return show(person);
                                        })
        .summary(disabled ? "Switch an account off: all that it has open ends, and it cannot sign in"
                          : "Let an account sign in again")
        .tag("account")
        .errors({ErrorKind::forbidden, ErrorKind::not_found, ErrorKind::conflict});
  }
}

void Routes::add_sessions(api::Api& api) {
  api.read<api::List<SessionItem>>("/api/v1/me/sessions", Permission::signed_in,
                                   [this](Tx& tx, const api::Input& input) -> base::Result<api::List<SessionItem>> {
                                     TRY_CHECK(require_person(input));
                                     api::List<SessionItem> shown;
                                     for (const auto& session : people.sessions(tx, input))
                                       shown.items.push_back(show(session));
                                     return shown;
                                   })
      .summary("Your sessions: browsers that are signed in")
      .tag("account");
  api.write<api::Nothing, api::Nothing>(Method::del, "/api/v1/me/sessions/{session}", Permission::signed_in,
                                        "session.revoke", 204,
                                        [this](Tx& tx, const api::Input& input, const api::Nothing&,
                                               api::Effect& effect) -> base::Result<api::Nothing> {
                                          TRY_CHECK(require_account(input));
                                          const auto id = base::SessionId::parse(input.param("session"));
                                          if (!id) return base::not_found("session.not_found", "The session");
                                          effect.object_kind = "session";
                                          effect.object_id = id->to_string();
                                          TRY_CHECK(people.revoke_session(tx, input, *id));
                                          return api::Nothing{};
                                        })
      .summary("End one session, sockets included")
      .tag("account")
      .errors({ErrorKind::not_found});
  api.write<api::Nothing, EndedView>(
         Method::del, "/api/v1/me/sessions", Permission::signed_in, "session.revoke_others", 200,
         [this](Tx& tx, const api::Input& input, const api::Nothing&, api::Effect& effect) -> base::Result<EndedView> {
           TRY_CHECK(require_account(input));
           effect.object_kind = "person";
           effect.object_id = caller(input).person.to_string();
           return EndedView{static_cast<std::int64_t>(people.revoke_other_sessions(tx, input))};
         })
      .summary("Sign out everywhere but here: all other sessions, and every wh login")
      .tag("account");
}

}  // namespace identity
