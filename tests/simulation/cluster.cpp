#include "tests/simulation/cluster.hpp"

#include "common/crypto/ed25519.hpp"

namespace simulation {
namespace {

constexpr std::chrono::seconds kLook{5};
constexpr std::chrono::minutes kBound{45};  ///< of virtual time, from the last fault to what was asked for
constexpr std::chrono::seconds kStays{15};
constexpr std::chrono::seconds kAftermath{90};
constexpr std::chrono::seconds kLeastTrouble{15};
constexpr std::chrono::seconds kMostTrouble{45};

}  // namespace

Cluster::Cluster(Options options)
    : options_(options), timeline_(options.traced), random_(options.seed), network_(*this), invariants_(*this) {
  database_.planted = options.planted;
  build();
}

const protocol::CommandSigningKey& Cluster::signing_key() {
  static const protocol::CommandSigningKey key{"simulated",
                                               *crypto::ed25519_from_seed(base::SecretString(std::string(32, 's')))};
  return key;
}

std::span<const protocol::CommandKey> Cluster::pinned_keys() {
  static const std::vector<protocol::CommandKey> keys{
      {signing_key().id, protocol::Binary{signing_key().pair.public_key}}};
  return keys;
}

void Cluster::build() {
  const int workers = 1 + random_.below(3);
  const int edges = workers > 1 && random_.chance(300) ? 2 : 1;
  for (int i = 0; i < workers; ++i) {
    WorkerRow row;
    row.id = ids_.make<base::WorkerId>();
    row.name = "worker " + std::to_string(i);
    row.address = "10.0.0." + std::to_string(i + 1);
    row.edge = i < edges;
    row.build = i < 2;
    agents_.push_back(std::make_unique<Agent>(*this, i, row.id, row.edge));
    database_.workers.push_back(row);
  }
  planes_.push_back(std::make_unique<Plane>(*this, 0));
  planes_.push_back(std::make_unique<Plane>(*this, 1));
  const int apps = 1 + random_.below(2);
  for (int i = 0; i < apps; ++i) create_app(i);
  choose_faults();
}

void Cluster::choose_faults() {
  if (random_.chance(250)) return;  // a quarter of the runs: only people
  const auto may = [this] { return random_.chance(280); };
  faults_ = Faults{.plane_crashes = may(),
                   .plane_stalls = may(),
                   .agent_crashes = may(),
                   .hosts_away = may(),
                   .cuts = may(),
                   .losses = may(),
                   .doubles = may(),
                   .delays = may(),
                   .reorders = may(),
                   .haproxy_restarts = may(),
                   .database_away = may(),
                   .skews = may(),
                   .apps_fail = may()};
  had_faults_ = faults_.any();
  if (timeline_.traced()) timeline_.note("faults: " + faults_.names());
}

const Agent& Cluster::agent_at(const std::string& address) const {
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    if (database_.workers[i].address == address) return *agents_[i];
  }
  throw Violation("a route to an address that no worker has");
}

const Host* Cluster::host_of(base::WorkerId worker) const {
  for (const auto& agent : agents_) {
    if (agent->id() == worker) return &agent->host();
  }
  return nullptr;
}

void Cluster::describe(const scheduling::Replica& replica, Behaviour behaviour) {
  auto& about = replicas_[replica.id];
  about.port = replica.publish_port;
  about.behaviour = behaviour;
  if (!timeline_.traced()) return;
  const auto& environment = database_.environments.at(replica.app_environment);
  for (const auto& release : environment.releases) {
    if (release.id == replica.release) {
      about.name = environment.data.app_name + " v" + std::to_string(release.number) + "." +
                   std::to_string(replica.index) + " on " + database_.worker(replica.worker).name + ":" +
                   std::to_string(replica.publish_port);
    }
  }
  timeline_.note("placed " + about.name);
}

void Cluster::erase(base::AppEnvironmentId environment) {
  if (timeline_.traced()) timeline_.note("an app is erased");
  database_.environments.erase(environment);
}

void Cluster::run_for(base::Duration how_long) {
  const auto until = timeline_.now() + std::chrono::duration_cast<std::chrono::microseconds>(how_long);
  bool over = false;
  timeline_.after(how_long, [&over] { over = true; });
  while (!over && timeline_.now() <= until && timeline_.run_next()) invariants_.after_event();
}

void Cluster::calm_down() {
  if (timeline_.traced()) timeline_.note("--- calm");
  faults_ = {};
  troubled_ = false;
  database_.away = false;
  for (const auto& plane : planes_) {
    plane->set_skew(std::chrono::milliseconds(0));
    plane->start();
  }
  for (const auto& agent : agents_) {
    agent->set_skew(std::chrono::milliseconds(0));
    agent->end_partition();
    agent->start();
    for (const auto& container : agent->host().containers()) {
      const auto behaviour = replica(container.replica).behaviour;
      if (behaviour != Behaviour::mute && behaviour != Behaviour::crashes) {
        agent->host().app_answers(std::string(container.id), true);
      }
    }
  }
}

/// A release that cannot run becomes live where no replica is wanted, and is found out later: its owner deploys again.
void Cluster::mend_apps() {
  for (auto& [id, environment] : database_.environments) {
    const auto current = environment.data.current_release;
    if (!current || environment.data.deleting_at || environment.rollout) continue;
    const auto& newest = environment.deployments.back();
    if (is_unfinished(newest.state)) continue;
    const auto behaviour = environment.release(*current)->behaviour;
    if (behaviour != Behaviour::mute && behaviour != Behaviour::crashes) continue;
    deploy(environment, timeline_.now(), std::nullopt);
    environment.deployments.back().behaviour = Behaviour::good;
  }
}

void Cluster::settle() {
  const auto began = timeline_.now();
  for (;;) {
    for (std::string missing = unfinished(); !missing.empty(); missing = unfinished()) {
      if (timeline_.now() > began + kBound) {
        note_rows();
        throw Violation("45 minutes after the last fault: " + missing);
      }
      run_for(kLook);
      mend_apps();
    }
    run_for(kStays);
    const auto missing = unfinished();
    if (missing.empty()) return;
    // A fault may be noticed only now: half-open connections, silence, a process that stood still.
    if (timeline_.now() > began + kAftermath) throw Violation("it was as asked for, and did not stay so: " + missing);
  }
}

Outcome Cluster::run() {
  Outcome outcome;
  const auto began = timeline_.now();
  try {
    for (const auto& plane : planes_) plane->start();
    for (const auto& agent : agents_) agent->start();
    people();
    if (had_faults_) nature();
    run_for(random_.between(kLeastTrouble, kMostTrouble));
    calm_down();
    settle();
  } catch (const Violation& violation) {
    outcome.passed = false;
    outcome.what = violation.what();
  } catch (const std::exception& error) {
    outcome.passed = false;
    outcome.what = std::string("exception: ") + error.what();
  }
  outcome.events = timeline_.events();
  timeline_.fold(random_.next());
  outcome.fingerprint = timeline_.fingerprint();
  outcome.virtual_time = timeline_.now() - began;
  outcome.notes = timeline_.notes();
  return outcome;
}

Outcome run_seed(Options options) {
  auto outcome = Cluster(options).run();
  if (outcome.passed || options.traced) return outcome;
  options.traced = true;
  return Cluster(options).run();
}

}  // namespace simulation
