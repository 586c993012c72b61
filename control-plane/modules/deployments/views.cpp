#include "control-plane/modules/deployments/views.hpp"
#include "control-plane/modules/sources/types.hpp"

#include <algorithm>
#include <cctype>

namespace deployments {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

/// "the app wrote much" as a sentence.
std::string sentence(std::string words) {
  words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
  return words + ".";
}

std::string healthy_text(const std::string& routing) {
  if (routing == "drain") return "Answers what it has begun, and gets no new requests.";
  return routing == "ready" ? "Serves requests." : "Is healthy; about to get requests.";
}

/// `status_text`, or what the build is at.
std::string status_text(const Deployment& d, const builds::Progress& progress) {
  if (d.state == State::building && progress.phase == "source") return "Fetching the source.";
  if (d.state == State::building && progress.phase == "push") return "Pushing the image to the registry.";
  return d.status_text;
}

/// Folders that were sent have an address of their own.
std::string source_kind(const std::string& git_url) {
  return git_url.starts_with(sources::kUploadScheme) ? "upload" : "git";
}

DeploymentView deployment_view(const Deployment& d, const builds::Progress& progress) {
  DeploymentView view;
  view.id = d.id;
  view.app_id = d.app;
  view.app_name = d.app_name;
  view.number = d.number;
  view.trigger = d.trigger;
  view.state = to_string(d.state);
  view.source.git_url = d.git_url;
  view.source.kind = source_kind(d.git_url);
  view.source.branch = d.branch;
  view.source.containerfile = d.containerfile;
  view.source.static_directory = d.static_directory;
  view.source.commands = d.commands;
  view.source.commit = d.commit;
  view.source.commit_message = d.commit_message;
  view.release_number = d.release_number;
  view.image_digest = d.image_digest;
  view.content_hash = d.content_hash;
  if (d.failure) {
    view.failure = FailureView{d.failure->step,      d.failure->code,       d.failure->message,
                               d.failure->exit_code, d.failure->last_lines, unless_empty(d.failure->hint)};
  }
  view.status_text = status_text(d, progress);
  view.created_at = d.created_at;
  view.building_at = d.building_at;
  view.built_at = d.built_at;
  view.releasing_at = d.releasing_at;
  view.live_at = d.live_at;
  view.finished_at = d.finished_at;
  view.created_by = d.created_by;
  view.log_bytes = progress.log_bytes;
  if (d.trigger == "rollback") view.rollback_of = d.copies_release_number;
  return view;
}

/// The members that are columns of the environment itself.
AppView settings_view(const projects::AppEnvironment& env, std::string url) {
  AppView view;
  view.id = env.app;
  view.name = env.ref();
  view.project = env.project;
  view.environment = env.environment;
  view.url = std::move(url);
  view.source.git_url = env.source.git_url;
  view.source.kind = source_kind(env.source.git_url);
  view.source.branch = env.source.branch;
  view.source.containerfile = env.source.containerfile;
  view.source.static_directory = env.source.static_directory;
  view.source.commands = env.source.commands;
  view.port = env.port;
  view.health_path = env.health_path;
  view.desired_replicas = env.desired_replicas;
  view.limits = {env.resources.cpu_millis, env.resources.memory_bytes, env.resources.pids, env.resources.disk_bytes,
                 env.resources.read_only};
  view.request_limit = {env.request_limit.per_minute, env.request_limit.burst};
  view.deleted_at = env.deleting_at;
  if (env.deleting_at) view.erased_at = *env.deleting_at + projects::kUndoTime;
  view.automatic_deploys_paused = env.automatic_deploys_paused;
  view.created_at = env.created_at;
  view.updated_at = env.updated_at;
  view.version = env.version;
  return view;
}

}  // namespace

std::string app_state(const projects::AppEnvironment& env, const std::optional<Deployment>& latest,
                      const std::vector<scheduling::Replica>& replicas) {
  if (env.deleting_at) return "deleting";
  if (latest && is_unfinished(latest->state)) return "deploying";
  if (env.stopped) return "stopped";
  if (!env.current_release) return latest && latest->state == State::failed ? "failed" : "empty";
  const auto serving = std::ranges::count_if(replicas, [&env](const auto& replica) {
    return replica.app_environment == env.id && replica.release == *env.current_release && replica.phase == "running" &&
           replica.health == "healthy";
  });
  return serving >= env.desired_replicas ? "live" : "degraded";
}

std::string replica_text(const scheduling::Replica& replica) {
  if (replica.worker_state == "lost") return "Its worker is lost; it is made anew on another one.";
  const auto state = scheduling::replica_state(replica);
  const auto why = scheduling::first_sentence(replica.reason);
  if (state == "healthy") return healthy_text(replica.routing) + (why.empty() ? "" : " " + sentence(why));
  if (state == "unhealthy") return "Is unhealthy: " + why + ".";
  if (state == "checking") return "Runs; it is not known yet whether it answers.";
  if (state == "pulling") return "Its worker fetches the image.";
  if (state == "starting") return "Is being started.";
  if (state == "stopping") return "Is being stopped.";
  if (state == "stopped") return "Is stopped.";
  if (state == "pending") return "Waits for its worker.";
  std::string text = "Failed: " + (why.empty() ? "nobody knows why" : why) + ".";
  if (!replica.restart_at) return text;
  text += " Starts again at " + base::format_utc(*replica.restart_at).substr(11, 8) + " UTC";
  if (state == "crash-looping")
    text += ", later each time, at most 5 minutes; restart " + std::to_string(replica.restarts + 1);
  return text + ".";
}

std::vector<std::string> warnings(const projects::AppEnvironment& env,
                                  const std::vector<scheduling::Replica>& replicas) {
  std::vector<std::string> found;
  for (const auto& replica : replicas) {
    if (replica.app_environment != env.id || replica.desired != "running" || replica.routing == "drain") continue;
    if (scheduling::replica_state(replica) != "healthy" || replica.reason.empty()) continue;
    found.push_back("Replica " + std::to_string(replica.index) + ": " + scheduling::first_sentence(replica.reason) +
                    ".");
  }
  return found;
}

std::string Views::url(const std::string& host) const {
  auto text = options_.scheme + "://" + host;
  if (options_.edge_port != 0) text += ":" + std::to_string(options_.edge_port);
  return text;
}

ReleaseView Views::release(const Release& release) {
  return ReleaseView{release.id,         release.number,       release.deployment,
                     release.commit,     release.image_digest, release.content_hash,
                     release.created_at, release.pinned,       release.image_removed};
}

std::vector<DeploymentView> Views::deployments(Tx& tx, const std::vector<Deployment>& all) {
  std::vector<base::DeploymentId> ids;
  for (const auto& d : all) ids.push_back(d.id);
  const auto progress = builds_.progress_of(tx, ids);
  std::vector<DeploymentView> views;
  for (const auto& d : all) {
    const auto found = progress.find(d.id);
    views.push_back(deployment_view(d, found == progress.end() ? builds::Progress{} : found->second));
  }
  return views;
}

DeploymentView Views::deployment(Tx& tx, const Deployment& d) {
  auto view = deployments(tx, {d}).front();
  const auto receipt = receipts_ == nullptr ? std::nullopt : receipts_->receipt(tx, d.id);
  if (receipt) view.receipt = view_of(*receipt);
  return view;
}

DeletionView Views::deletion(Tx& tx, const projects::AppEnvironment& env) {
  const auto holdings = deployments_.holdings(tx, env.id);
  DeletionView view;
  view.app = env.ref();
  view.url = url(env.host);
  view.replicas = holdings.replicas;
  view.deployments = holdings.deployments;
  view.releases = holdings.releases;
  view.variables = holdings.variables;
  view.log_bytes = holdings.log_bytes;
  view.undo_hours = projects::kUndoTime.count();
  view.deleted_at = env.deleting_at;
  if (env.deleting_at) view.erased_at = *env.deleting_at + projects::kUndoTime;
  return view;
}

std::vector<AppView> Views::apps(Tx& tx, const std::vector<projects::AppEnvironment>& environments) {
  std::vector<base::AppEnvironmentId> ids;
  std::vector<base::ReleaseId> current;
  for (const auto& env : environments) {
    ids.push_back(env.id);
    if (env.current_release) current.push_back(*env.current_release);
  }
  const auto latest = deployments_.latest(tx, ids);
  const auto latest_views = deployments(tx, latest);
  const auto replicas = scheduling_.of_environments(tx, ids);
  const auto releases = deployments_.releases_of(tx, current);
  const auto staged = deployments_.staged_counts(tx, ids);
  std::vector<AppView> views;
  for (const auto& env : environments) {
    AppView view = settings_view(env, url(env.host));
    const auto newest = std::ranges::find(latest, env.id, &Deployment::app_environment);
    const bool deployed = newest != latest.end();
    if (deployed) view.latest_deployment = latest_views[static_cast<std::size_t>(newest - latest.begin())];
    view.state = app_state(env, deployed ? std::optional(*newest) : std::nullopt, replicas);
    view.warnings = warnings(env, replicas);
    const auto release_of = std::ranges::find(releases, env.current_release, &Release::id);
    if (release_of != releases.end()) {
      view.current_release = release(*release_of);
      view.staged_settings = changed_settings(env, *release_of);
    }
    if (const auto found = staged.find(env.id); found != staged.end()) view.staged_changes = found->second;
    views.push_back(std::move(view));
  }
  return views;
}

AppView Views::app(Tx& tx, const projects::AppEnvironment& env) {
  return apps(tx, {env}).front();
}

std::vector<scheduling::ReplicaView> Views::replicas(Tx& tx, const projects::AppEnvironment& env) {
  const auto replicas = scheduling_.of_environment(tx, env.id);
  std::vector<base::ReleaseId> ids;
  for (const auto& replica : replicas) ids.push_back(replica.release);
  const auto releases = deployments_.releases_of(tx, ids);
  std::vector<scheduling::ReplicaView> views;
  for (const auto& replica : replicas) {
    scheduling::ReplicaView view;
    view.id = replica.id;
    const auto of = std::ranges::find(releases, replica.release, &Release::id);
    if (of != releases.end()) view.release_number = of->number;
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
    view.state = scheduling::replica_state(replica);
    view.status_text = replica_text(replica);
    view.cause = unless_empty(replica.cause);
    view.restart_at = replica.restart_at;
    view.container_id = replica.container;
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace deployments
