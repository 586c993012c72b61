#include "control-plane/modules/deployments/views.hpp"

#include <algorithm>

namespace deployments {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

std::string app_state(const projects::AppEnvironment& env, const std::optional<Deployment>& latest,
                      const std::vector<scheduling::Replica>& replicas) {
  if (env.deleting_at) return "deleting";
  if (latest && is_unfinished(latest->state)) return "deploying";
  if (env.stopped) return "stopped";
  if (!env.current_release) return latest && latest->state == State::failed ? "failed" : "empty";
  const auto serving = std::ranges::count_if(replicas, [&env](const auto& replica) {
    return replica.release == *env.current_release && replica.phase == "running" && replica.health == "healthy";
  });
  return serving >= env.desired_replicas ? "live" : "degraded";
}

std::string Views::url(const std::string& host) const {
  auto text = options_.scheme + "://" + host;
  if (options_.edge_port != 0) text += ":" + std::to_string(options_.edge_port);
  return text;
}

ReleaseView Views::release(const Release& release) {
  return ReleaseView{release.id,     release.number,       release.deployment,
                     release.commit, release.image_digest, release.created_at};
}

DeploymentView Views::deployment(Tx& tx, const Deployment& d) {
  DeploymentView view;
  view.id = d.id;
  view.app_id = d.app;
  view.app_name = d.app_name;
  view.number = d.number;
  view.trigger = d.trigger;
  view.state = to_string(d.state);
  view.source.git_url = d.git_url;
  view.source.branch = d.branch;
  view.source.commit = d.commit;
  view.source.commit_message = d.commit_message;
  view.release_number = d.release_number;
  view.image_digest = d.image_digest;
  if (d.failure) {
    view.failure = FailureView{d.failure->step,      d.failure->code,       d.failure->message,
                               d.failure->exit_code, d.failure->last_lines, unless_empty(d.failure->hint)};
  }
  view.status_text = d.status_text;
  if (d.state == State::building) {
    if (const auto job = builds_.of_deployment(tx, d.id); job && job->phase == "source")
      view.status_text = "Fetching the source.";
    else if (job && job->phase == "push")
      view.status_text = "Pushing the image to the registry.";
  }
  view.created_at = d.created_at;
  view.building_at = d.building_at;
  view.built_at = d.built_at;
  view.releasing_at = d.releasing_at;
  view.live_at = d.live_at;
  view.finished_at = d.finished_at;
  view.created_by = d.created_by;
  view.log_bytes = builds_.log_bytes(tx, d.id);
  if (d.trigger == "rollback") view.rollback_of = d.copies_release_number;
  return view;
}

std::vector<AppView> Views::apps(Tx& tx, const std::vector<projects::AppEnvironment>& environments) {
  std::vector<AppView> views;
  for (const auto& env : environments) views.push_back(app(tx, env));
  return views;
}

AppView Views::app(Tx& tx, const projects::AppEnvironment& env) {
  const auto latest = deployments_.latest(tx, {env.id});
  const auto newest = latest.empty() ? std::optional<Deployment>() : std::optional(latest.front());
  AppView view;
  view.id = env.app;
  view.name = env.app_name;
  view.project = env.project;
  view.environment = env.environment;
  view.url = url(env.host);
  view.state = app_state(env, newest, scheduling_.of_environment(tx, env.id));
  view.source.git_url = env.source.git_url;
  view.source.branch = env.source.branch;
  view.source.containerfile = env.source.containerfile;
  view.port = env.port;
  view.health_path = env.health_path;
  view.desired_replicas = env.desired_replicas;
  if (env.current_release) {
    if (const auto current = deployments_.find_release(tx, *env.current_release))
      view.current_release = release(*current);
  }
  if (newest) view.latest_deployment = deployment(tx, *newest);
  view.staged_changes = static_cast<int>(deployments_.staged(tx, env).size());
  view.automatic_deploys_paused = env.automatic_deploys_paused;
  view.created_at = env.created_at;
  view.updated_at = env.updated_at;
  view.version = env.version;
  return view;
}

std::vector<scheduling::ReplicaView> Views::replicas(Tx& tx, const projects::AppEnvironment& env) {
  std::vector<scheduling::ReplicaView> views;
  for (const auto& replica : scheduling_.of_environment(tx, env.id)) {
    scheduling::ReplicaView view;
    view.id = replica.id;
    if (const auto of = deployments_.find_release(tx, replica.release)) view.release_number = of->number;
    view.index = replica.index;
    view.worker = replica.worker_name;
    view.desired = replica.desired;
    view.phase = replica.phase;
    view.health = replica.health;
    view.routing = replica.routing;
    view.reason = unless_empty(replica.reason);
    view.restarts = replica.restarts;
    view.exit_code = replica.exit_code;
    view.address = replica.publish_address;
    view.port = replica.publish_port;
    view.since = replica.observed_since.value_or(replica.created_at);
    view.placement = scheduling::read_placement(replica.placement_json);
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace deployments
