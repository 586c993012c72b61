#include "control-plane/modules/observability/api_drains.hpp"
#include "control-plane/modules/observability/routes.hpp"

namespace observability {
namespace {

using base::ErrorKind;

constexpr const char* kPath = "/api/v1/orgs/{org}/apps/{app}/log-drains";

LogDrainView view(const LogDrain& drain) {
  LogDrainView shown;
  shown.id = drain.id;
  shown.kind = drain.kind;
  shown.address = drain.address;
  shown.has_token = drain.has_token;
  shown.state = drain.failing_since ? "failing" : drain.delivered_at ? "delivering" : "waiting";
  if (drain.failing_since) shown.failure = drain.failure;
  shown.failing_since = drain.failing_since;
  shown.delivered_at = drain.delivered_at;
  shown.delivered_lines = drain.delivered_lines;
  shown.created_at = drain.created_at;
  return shown;
}

/// What the audit log keeps of a drain.
struct DrainNote {
  std::string kind;
  std::string address;
  bool has_token{false};
  template <class F>
  void map(F& f) {
    f.required("kind", kind);
    f.required("address", address);
    f.required("has_token", has_token);
  }
};

std::string note_of(const LogDrain& drain) {
  return json::encode(DrainNote{drain.kind, drain.address, drain.has_token});
}

void note_drain(api::Effect& effect, const projects::AppEnvironment& env, const LogDrain& drain) {
  effect.object_id = drain.id.to_string();
  effect.object_name = env.ref() + " → " + drain.address;
  effect.app_id = env.app.to_string();
}

}  // namespace

void Routes::add_drains(api::Api& api) {
  api.read<api::List<LogDrainView>>(kPath, auth::Permission::app_read,
                                    [this](Tx& tx, const api::Input& input) -> base::Result<api::List<LogDrainView>> {
                                      TRY_ASSIGN(const auto env,
                                                 projects.find(tx, input.organization(), input.param("app")));
                                      api::List<LogDrainView> shown;
                                      for (const auto& drain : drains.list(tx, env.organization, env.id))
                                        shown.items.push_back(view(drain));
                                      return shown;
                                    })
      .summary("Where an app's output is sent too, and whether it arrives")
      .tag("logs")
      .errors({ErrorKind::not_found});
  api.write<NewLogDrain, LogDrainView>(
         http::Method::post, kPath, auth::Permission::app_write, "log_drain.add", 201,
         [this](Tx& tx, const api::Input& input, const NewLogDrain& body,
                api::Effect& effect) -> base::Result<LogDrainView> {
           effect.object_kind = "log_drain";
           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
           TRY_ASSIGN(const auto drain,
                      drains.add(tx, env.organization, env.id, body.url, body.token.value_or(base::SecretString())));
           note_drain(effect, env, drain);
           effect.after = note_of(drain);
           return view(drain);
         })
      .summary("Send what an app prints from now on to an HTTP or syslog server too")
      .tag("logs")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(
         http::Method::del, std::string(kPath) + "/{drain}", auth::Permission::app_write, "log_drain.remove", 204,
         [this](Tx& tx, const api::Input& input, const api::Nothing&,
                api::Effect& effect) -> base::Result<api::Nothing> {
           effect.object_kind = "log_drain";
           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
           const auto id = base::Uuid::parse(input.param("drain"));
           if (!id) return base::not_found("log_drain.not_found", "The log drain");
           TRY_ASSIGN(const auto drain, drains.remove(tx, env.organization, env.id, *id));
           note_drain(effect, env, drain);
           effect.before = note_of(drain);
           return api::Nothing{};
         })
      .summary("Stop sending an app's output to a server")
      .tag("logs")
      .errors({ErrorKind::not_found});
}

}  // namespace observability
