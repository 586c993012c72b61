#include "cli/ansi_filter.hpp"
#include "cli/commands/commands.hpp"

namespace cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

std::string address_of(const ReplicaView& replica) {
  if (!replica.address || replica.address->empty() || !replica.port) return "-";
  return *replica.address + ":" + std::to_string(*replica.port);
}

std::string age(const Session& session, std::optional<base::UtcTime> since) {
  return since ? format_age(*since, session.clock.utc_now()) : "-";
}

}  // namespace

async::Task<Outcome> list_replicas(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto replicas, co_await list<ReplicaView>(session, session.app_path(app, "/replicas")));
  if (session.json) {
    session.out() << replicas.json << "\n";
    co_return kOk;
  }
  if (replicas.items.empty()) {
    session.say("Nothing of " + app + " runs. Deploy it with: wh deploy " + app + "\n");
    co_return kOk;
  }
  Table table({"RELEASE", "REPLICA", "STATE", "RESTARTS", "WORKER", "ADDRESS", "SINCE", "NOW"});
  for (const auto& replica : replicas.items) {
    table.row({std::to_string(replica.release_number), std::to_string(replica.index),
               replica.state.empty() ? replica.phase : replica.state, std::to_string(replica.restarts),
               replica.worker.value_or("-"), address_of(replica), age(session, replica.since),
               AnsiFilter(false).feed(replica.status_text)},
              replica.id);
  }
  session.show(table, 2);
  co_return kOk;
}

async::Task<Outcome> list_workers(Session& session) {
  CO_TRY_ASSIGN(const auto workers, co_await list<WorkerView>(session, session.org_path("/workers")));
  if (session.json) {
    session.out() << workers.json << "\n";
    co_return kOk;
  }
  Table table({"NAME", "STATE", "CAPABILITIES", "CPUS", "MEMORY", "VERSION", "SEEN"});
  for (const auto& worker : workers.items) {
    const std::string memory = std::to_string(worker.memory_bytes >> 20U) + " MiB";
    table.row({worker.name, worker.cordoned ? worker.state + " (cordoned)" : worker.state, joined(worker.capabilities),
               std::to_string(worker.cpus), memory, worker.agent_version, age(session, worker.last_seen_at)});
  }
  session.show(table, 1);
  co_return kOk;
}

}  // namespace cli
