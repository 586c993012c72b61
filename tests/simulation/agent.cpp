#include "tests/simulation/agent.hpp"

#include <algorithm>

#include "common/json/json.hpp"
#include "tests/simulation/cluster.hpp"

namespace simulation {
namespace {

constexpr std::chrono::seconds kResend{15};

}  // namespace

Agent::Agent(Cluster& cluster, int index, base::WorkerId id, bool is_edge)
    : cluster_(cluster), index_(index), id_(id), is_edge_(is_edge), host_(cluster, *this), edge_(cluster, *this) {
  kinds_["replicas"];
  if (is_edge) kinds_["routes"];
}

void Agent::later(base::Duration delay, std::function<void()> what) {
  cluster_.timeline().after(delay, [this, life = life_, what = std::move(what)] {
    if (alive_ && life_ == life) what();
  });
}

base::UtcTime Agent::now() const {
  return cluster_.timeline().now() + skew_;
}

bool Agent::may_crash_here() {
  if (!cluster_.faults().agent_crashes || !cluster_.random().chance(5)) return false;
  crash_for_a_while();
  return true;
}

void Agent::crash_for_a_while() {
  crash();
  cluster_.timeline().after(cluster_.random().millis(500, 40'000), [this] { start(); });
}

void Agent::start() {
  if (alive_) return;
  alive_ = true;
  ++life_;
  if (cluster_.timeline().traced()) cluster_.timeline().note("agent " + std::to_string(index_) + " starts");
  for (auto& [key, job] : jobs_) {
    if (job.outcome.empty()) job.outcome = "agent_restarted";
  }
  host_.agent_started();
  if (is_edge_) edge_.agent_started();
  for (auto& [name, kind] : kinds_) {
    later(cluster_.random().millis(5, 50), [this, name] { step(name); });
  }
  later(cluster_.random().millis(20, 300), [this] { connect(); });
  later(kResend, [this] { send_results(); });
}

void Agent::crash() {
  if (!alive_) return;
  if (cluster_.timeline().traced()) cluster_.timeline().note("agent " + std::to_string(index_) + " crashes");
  alive_ = false;
  if (connection_) cluster_.network().close_agent_side(*std::exchange(connection_, std::nullopt), false);
  for (auto& [name, kind] : kinds_) {
    kind.offer.reset();
    kind.answer.reset();
    kind.busy = false;
  }
  statuses_.clear();
  in_flight_ = 0;
  backoff_.reset();
  host_.agent_crashed();
  edge_.agent_crashed();
}

void Agent::lose_power() {
  if (connection_) cluster_.network().close_agent_side(*std::exchange(connection_, std::nullopt), true);
  crash();
  host_.lose_power();
  if (is_edge_) edge_.lose_power();
}

void Agent::partition(base::Duration how_long) {
  partitioned_until_ = cluster_.timeline().now() + std::chrono::duration_cast<std::chrono::microseconds>(how_long);
  cut();
}

void Agent::cut() {
  if (connection_) cluster_.network().cut(*connection_);
}

void Agent::disconnected(int connection) {
  if (connection_ != connection) return;
  connection_.reset();
  in_flight_ = 0;
  if (alive_) connect_later();
}

void Agent::connect_later() {
  const double chance = cluster_.random().below(1000) / 1000.0;
  later(backoff_.next(chance), [this] { connect(); });
}

void Agent::connect() {
  if (connection_) return;
  const int plane = last_plane_ == 0 ? 1 : last_plane_ == 1 ? 0 : cluster_.random().below(2);  // elsewhere if possible
  last_plane_ = plane;
  const bool cut_off = cluster_.timeline().now() < partitioned_until_;
  const auto epoch = cut_off ? std::nullopt : cluster_.plane(plane).admit(id_);
  if (!epoch) return connect_later();
  backoff_.reset();
  connection_ = cluster_.network().connect(index_, plane, *epoch);
  cluster_.plane(plane).enter(*connection_);
  Hello hello;
  for (const auto& [name, kind] : kinds_) {
    if (kind.accepted) hello.applied[name] = {kind.accepted->head.epoch, kind.accepted->generation};
  }
  send(std::move(hello));
  Inventory inventory{.id = ++last_serial_, .replicas = take_statuses(true), .jobs = {}};
  for (const auto& [key, job] : jobs_) inventory.jobs.push_back(key);
  in_flight_ = inventory.id;
  send(std::move(inventory));
  for (const auto& [key, job] : jobs_) {
    if (!job.outcome.empty()) send(JobFinished{key, job.outcome});
  }
  for (const auto& [name, kind] : kinds_) {
    if (kind.offer && !kind.busy) step(name);
  }
}

void Agent::send(Message message) {
  if (connection_) cluster_.network().to_plane(*connection_, std::move(message));
}

void Agent::receive(int connection, const Message& message) {
  if (!alive_ || connection_ != connection) return;
  std::visit([this](const auto& known) { on(known); }, message);
}

// Statuses, as link/statuses.cpp keeps them: the newest of each replica until it was acknowledged.

void Agent::observe(const Report& report) {
  auto [entry, fresh] = statuses_.try_emplace(report.replica, StatusEntry{.report = report});
  if (!fresh) {
    entry->second.report = report;
    ++entry->second.version;
  }
  flush_statuses();
}

std::vector<Report> Agent::take_statuses(bool all) {
  std::vector<Report> reports;
  for (auto& [id, entry] : statuses_) {
    entry.sent = 0;
    if (!all && entry.acked == entry.version) continue;
    entry.sent = entry.version;
    reports.push_back(entry.report);
  }
  return reports;
}

void Agent::flush_statuses() {
  if (in_flight_ != 0 || !connection_) return;
  Status status{.id = 0, .replicas = take_statuses(false)};
  if (status.replicas.empty()) return;
  status.id = in_flight_ = ++last_serial_;
  send(std::move(status));
}

void Agent::on(const StatusAck& ack) {
  if (ack.id != in_flight_) return;
  in_flight_ = 0;
  if (ack.refused) return;
  for (auto item = statuses_.begin(); item != statuses_.end();) {
    auto& entry = item->second;
    if (entry.sent != 0) entry.acked = entry.sent;
    const bool over = entry.acked == entry.version && entry.report.phase == "stopped";
    item = over ? statuses_.erase(item) : std::next(item);
  }
  flush_statuses();
}

// Jobs, as link/jobs.cpp keeps them.

void Agent::on(const Dispatch& dispatch) {
  auto decision = protocol::check_command(cluster_.pinned_keys(), journal_, id_, protocol::CommandType::job,
                                          dispatch.command, now());
  if (!decision) return send(Refused{.assignment = false});
  const auto job = std::get<protocol::JobCommand>(decision->command);
  const JobKey key{job.job_id, job.attempt};
  if (decision->repeat) {
    send(JobAccepted{key});
    const auto known = jobs_.find(key);
    if (known != jobs_.end() && !known->second.outcome.empty()) send(JobFinished{key, known->second.outcome});
    return;
  }
  jobs_[key].run = life_;
  if (may_crash_here()) return;
  journal_ = protocol::accept_command(journal_, *decision, now());
  if (may_crash_here()) return;
  send(JobAccepted{key});
  run_job(key);
}

void Agent::run_job(const JobKey& key) {
  const bool fails = cluster_.faults().apps_fail && cluster_.random().chance(100);
  later(cluster_.random().millis(500, 30'000), [this, key, fails] { end_job(key, fails ? "failed" : "succeeded"); });
}

void Agent::end_job(const JobKey& key, const std::string& outcome) {
  const auto found = jobs_.find(key);
  if (found == jobs_.end() || !found->second.outcome.empty()) return;
  if (may_crash_here()) return;
  found->second.outcome = outcome;
  if (may_crash_here()) return;
  send(JobFinished{key, outcome});
}

void Agent::on(const JobCancel& cancel) {
  const auto found = jobs_.find(cancel.job);
  if (found == jobs_.end()) return;
  if (!found->second.outcome.empty()) return send(JobFinished{cancel.job, found->second.outcome});
  end_job(cancel.job, "cancelled");
}

void Agent::on(const JobAck& ack) {
  const auto found = jobs_.find(ack.job);
  if (found != jobs_.end() && !found->second.outcome.empty()) jobs_.erase(found);
}

void Agent::send_results() {
  later(kResend, [this] { send_results(); });
  flush_statuses();
  for (const auto& [key, job] : jobs_) {
    if (!job.outcome.empty()) send(JobFinished{key, job.outcome});
  }
}

std::string Agent::unrest() const {
  if (!connection_) return "is not connected";
  if (!jobs_.empty()) return "has a job";
  const bool said = std::ranges::all_of(statuses_, [](const auto& s) { return s.second.acked == s.second.version; });
  if (in_flight_ != 0 || !said) return "has a status to tell";
  for (const auto& [name, kind] : kinds_) {
    if (kind.offer || kind.busy) return "applies " + name;
    if (kind.accepted && (!kind.answer || !kind.answer->pending.empty())) return "did not answer for " + name;
  }
  return {};
}

}  // namespace simulation
