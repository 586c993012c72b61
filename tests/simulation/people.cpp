// What people do, at random: through whichever control plane answers.

#include "tests/simulation/cluster.hpp"
#include "tests/simulation/reconciler.hpp"

namespace simulation {
namespace {

constexpr int kMostReplicas = 3;

}  // namespace

void Cluster::create_app(int number) {
  EnvironmentRow row;
  row.data.id = ids_.make<base::AppEnvironmentId>();
  row.data.app_name = "app" + std::to_string(number);
  row.data.host = row.data.app_name + ".localhost";
  row.data.desired_replicas = 1 + random_.below(kMostReplicas);
  auto& kept = database_.environments.emplace(row.data.id, std::move(row)).first->second;
  deploy(kept, timeline_.now(), std::nullopt);
  kept.deployments.back().behaviour = Behaviour::good;
}

bool Cluster::deploy(EnvironmentRow& environment, base::UtcTime now, std::optional<base::ReleaseId> copies) {
  DeploymentRow row;
  row.id = ids_.make<base::DeploymentId>();
  row.number = environment.next_deployment++;
  row.copies = copies;
  if (copies) {
    row.behaviour = environment.release(*copies)->behaviour;
  } else if (random_.chance(350)) {
    const Behaviour odd[] = {Behaviour::slow, Behaviour::crashes, Behaviour::mute, Behaviour::flaky};
    row.behaviour = odd[random_.below(had_faults_ ? 4 : 3)];
  }
  if (timeline_.traced()) {
    timeline_.note("deployment " + std::to_string(row.number) + " of " + environment.data.app_name +
                   (copies ? " copies a release" : " is built") + ", behaviour " +
                   std::to_string(static_cast<int>(row.behaviour)));
  }
  environment.deployments.push_back(row);
  Database::wake(environment, now);
  return true;
}

void Cluster::people() {
  timeline_.after(random_.millis(200, 12'000), [this] {
    if (!troubled_) return;
    people();
    somebody_acts();
  });
}

void Cluster::undo_deletion(EnvironmentRow& environment, base::UtcTime now) {
  if (now >= *environment.data.deleting_at + Reconciler::kUndoTime) return;
  environment.data.deleting_at.reset();
  if (timeline_.traced()) timeline_.note(environment.data.app_name + ": undo the deletion");
  Database::wake(environment, now);
}

void Cluster::somebody_acts() {
  auto& plane_used = plane(random_.below(2));
  if (!plane_used.alive() || database_.away || database_.environments.empty()) return;
  auto chosen = database_.environments.begin();
  std::advance(chosen, random_.below(static_cast<int>(database_.environments.size())));
  auto& environment = chosen->second;
  auto& data = environment.data;
  const auto now = plane_used.now();
  if (data.deleting_at) {
    if (random_.chance(300)) return undo_deletion(environment, now);
    return;
  }
  const auto say = [&](const std::string& words) {
    if (timeline_.traced()) timeline_.note(data.app_name + ": " + words);
  };
  switch (random_.below(16)) {
    case 0:
    case 1:
    case 2:
    case 3: deploy(environment, now, std::nullopt); break;
    case 4:
    case 5:
      if (!environment.releases.empty()) {
        const auto& old =
            environment
                .releases[static_cast<std::size_t>(random_.below(static_cast<int>(environment.releases.size())))];
        deploy(environment, now, old.id);
      }
      break;
    case 6:
    case 7:
      if (data.current_release) deploy(environment, now, data.current_release);
      break;
    case 8:
    case 9:
    case 10:
      data.desired_replicas = random_.below(kMostReplicas + 1);
      say("scale to " + std::to_string(data.desired_replicas));
      break;
    case 11:
    case 12:
      for (auto& d : environment.deployments) {
        if (is_unfinished(d.state) && random_.chance(700)) {
          d.cancel_requested = true;
          say("cancel " + std::to_string(d.number));
        }
      }
      break;
    case 13:
    case 14:
      data.stopped = !data.stopped;
      say(data.stopped ? "stop" : "start");
      break;
    default:
      if (!random_.chance(300)) break;
      data.deleting_at = now;
      say("delete");
  }
  Database::wake(environment, now);
  plane_used.nudge_reconciler();
}

}  // namespace simulation
