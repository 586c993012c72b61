#include "control-plane/modules/deployments/api_history.hpp"
#include "control-plane/modules/deployments/routes.hpp"
#include "control-plane/platform/api/since.hpp"

namespace deployments {
namespace {

using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;

constexpr int kPage = 1000;
constexpr int kMostChanges = 500;

/// Follows what events say of an app in one environment, `ref`: its settings are the last ones written, its variables
/// those that were set and not removed since.
void follow(HistoryView& view, const audit_chain::Event& event, const std::string& ref) {
  if (event.object_kind == "app") {
    const auto settings = json::decode<AppSnapshot>(event.after.text, json::Unknown::ignore);
    if (settings && settings->name == ref) view.settings = *settings;
  }
  const bool of_variables =
      event.action == "variable.set" || event.action == "variable.unset" || event.action == "variable.change";
  if (!of_variables) return;
  const auto before = json::decode<AuditedVariables>(event.before.text, json::Unknown::ignore);
  const auto after = json::decode<AuditedVariables>(event.after.text, json::Unknown::ignore);
  if ((before && before->scope != ref) || (after && after->scope != ref)) return;
  if (before) {
    for (const auto& [name, side] : before->variables) view.variables.erase(name);
  }
  if (after) {
    for (const auto& [name, side] : after->variables) view.variables[name] = side;
  }
}

}  // namespace

std::string snapshot_json(const projects::AppEnvironment& env) {
  return json::encode(AppSnapshot{
      env.ref(), env.source.git_url, env.source.branch, env.source.containerfile, env.port, env.health_path,
      env.desired_replicas, env.resources.cpu_millis, env.resources.memory_bytes, env.resources.pids, env.stopped,
      env.deleting_at.has_value(), env.automatic_deploys_paused, env.resources.disk_bytes, env.resources.read_only,
      env.request_limit.per_minute, env.request_limit.burst, env.source.static_directory, env.source.commands});
}

base::Result<HistoryView> RouteSet::history(Tx& tx, const Input& input) {
  TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
  HistoryView view;
  view.at = input.now;
  if (input.query.contains("at")) {
    const auto at = api::read_since(input.query.at("at"), input.now);
    if (!at) return base::invalid("at", "at is a time such as 2026-11-21T12:00:00Z, or a span such as 2h.");
    view.at = *at;
  }
  const auto at_us = view.at.time_since_epoch().count();
  for (std::int64_t from = 0;;) {
    const auto page = audit.of_app(tx, env.organization, env.app, from, at_us, kPage);
    for (const auto& entry : page) follow(view, entry.event, env.ref());
    if (static_cast<int>(page.size()) < kPage) break;
    from = page.back().event.at_us;
  }
  view.release = deployments.release_at(tx, env.id, view.at);
  const auto since =
      audit.of_app(tx, env.organization, env.app, at_us, input.now.time_since_epoch().count(), kMostChanges + 1);
  for (const auto& entry : since) {
    if (view.changes.size() == kMostChanges) {
      view.more = true;
      break;
    }
    auto shown = audit::view(entry.event, entry.seal);
    // Where people sit is for those who may read the whole log.
    shown.address = std::nullopt;
    shown.user_agent = std::nullopt;
    view.changes.push_back(std::move(shown));
  }
  return view;
}

void RouteSet::add_history(api::Api& api) {
  api.read<HistoryView>("/api/v1/orgs/{org}/apps/{app}/history", Permission::app_read,
                        [this](Tx& tx, const Input& input) { return history(tx, input); })
      .summary("An app as it was at a moment (settings, variables as fingerprints, release), and what changed since")
      .tag("audit")
      .query_parameter("at", "A time (RFC 3339), or a span before now: 90s, 10m, 2h, 3d; by default now")
      .errors({ErrorKind::not_found, ErrorKind::invalid});
}

}  // namespace deployments
