#include "control-plane/modules/hooks/routes.hpp"

#include "control-plane/modules/hooks/api.hpp"

namespace hooks {
namespace {

using auth::Permission;
using base::ErrorKind;

constexpr const char* kPath = "/api/v1/orgs/{org}/apps/{app}/hooks";

HookView view(const Hook& hook) {
  HookView shown;
  shown.id = hook.id;
  shown.name = hook.name;
  shown.prefix = hook.prefix;
  shown.created_by = hook.made_by;
  shown.created_at = hook.created_at;
  shown.expires_at = hook.expires_at;
  shown.last_used_at = hook.last_used_at;
  if (!hook.last_used_from.empty()) shown.last_used_from = hook.last_used_from;
  return shown;
}

/// What the audit log keeps of a hook.
struct HookNote {
  std::string name;
  std::string prefix;
  std::optional<base::UtcTime> expires_at;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("prefix", prefix);
    f.required("expires_at", expires_at);
  }
};

std::string note_of(const Hook& hook) {
  return json::encode(HookNote{hook.name, hook.prefix, hook.expires_at});
}

void note_hook(api::Effect& effect, const projects::AppEnvironment& env, const Hook& hook) {
  effect.object_id = hook.id.to_string();
  effect.object_name = env.ref() + " ← " + hook.name;
  effect.app_id = env.app.to_string();
}

}  // namespace

void Routes::add(api::Api& api) {
  api.read<api::List<HookView>>(kPath, Permission::app_read,
                                [this](Tx& tx, const api::Input& input) -> base::Result<api::List<HookView>> {
                                  TRY_ASSIGN(const auto env,
                                             projects.find(tx, input.organization(), input.param("app")));
                                  api::List<HookView> shown;
                                  for (const auto& hook : hooks.list(tx, env)) shown.items.push_back(view(hook));
                                  return shown;
                                })
      .summary("Secret addresses that deploy an app")
      .tag("deployments")
      .errors({ErrorKind::not_found});
  api.write<CreateHookBody, NewHookView>(
         http::Method::post, kPath, Permission::app_write, "deploy_hook.create", 201,
         [this](Tx& tx, const api::Input& input, const CreateHookBody& body,
                api::Effect& effect) -> base::Result<NewHookView> {
           effect.object_kind = "deploy_hook";
           TRY_ASSIGN(const auto env, projects.find_for_change(tx, input.organization(), input.param("app")));
           TRY_ASSIGN(const auto made, hooks.create(tx, input, env, HookWish{.name = body.name, .days = body.days}));
           note_hook(effect, env, made.hook);
           effect.after = note_of(made.hook);
           return NewHookView{public_url + "/hooks/deploy/" + made.token, view(made.hook)};
         },
         /*confidential=*/true)
      .summary("Make a secret address that deploys an app when it is called")
      .tag("deployments")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::forbidden, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(
         http::Method::del, std::string(kPath) + "/{hook}", Permission::app_write, "deploy_hook.revoke", 204,
         [this](Tx& tx, const api::Input& input, const api::Nothing&,
                api::Effect& effect) -> base::Result<api::Nothing> {
           effect.object_kind = "deploy_hook";
           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
           const auto id = base::Uuid::parse(input.param("hook"));
           if (!id) return no_hook();
           TRY_ASSIGN(const auto hook, hooks.revoke(tx, env, *id));
           note_hook(effect, env, hook);
           effect.before = note_of(hook);
           return api::Nothing{};
         })
      .summary("Revoke a deploy hook: its address opens nothing any more, at once")
      .tag("deployments")
      .errors({ErrorKind::not_found});
  add_address(api);
}

}  // namespace hooks
