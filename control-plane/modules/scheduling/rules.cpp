#include "control-plane/modules/scheduling/rules.hpp"

#include <algorithm>

namespace scheduling::rules {
namespace {

/// A tenth of the host's memory is left for the host itself.
std::int64_t usable_memory(const WorkerView& worker) {
  return worker.memory_bytes - worker.memory_bytes / 10;
}

std::string mebibytes(std::int64_t bytes) {
  return std::to_string(bytes >> 20U) + " MiB";
}

/// Why not here, or empty.
std::string refusal(const Demand& demand, const WorkerView& worker) {
  if (!worker.runs) return "does not run containers";
  if (!worker.online) return "is not online";
  if (worker.cordoned) return "is cordoned";
  if (!worker.has_free_port) return "has no free port";
  const auto free = usable_memory(worker) - worker.memory_reserved;
  if (free < demand.memory_bytes) {
    return "has " + mebibytes(std::max<std::int64_t>(free, 0)) + " of memory left, " + mebibytes(demand.memory_bytes) +
           " are needed";
  }
  return {};
}

/// Higher is better: fewer of the same app first, then the share of free memory.
int score(const Demand& demand, const WorkerView& worker) {
  const auto usable = std::max<std::int64_t>(usable_memory(worker), 1);
  const auto free_after = usable - worker.memory_reserved - demand.memory_bytes;
  const int free_percent = static_cast<int>(100 * std::max<std::int64_t>(free_after, 0) / usable);
  return 1000 - 100 * std::min(worker.same_app, 9) + free_percent;
}

}  // namespace

base::Result<Placement> choose(const Demand& demand, std::span<const WorkerView> workers) {
  Placement placement;
  const WorkerView* best = nullptr;
  for (const auto& worker : workers) {
    if (auto reason = refusal(demand, worker); !reason.empty()) {
      placement.refused.push_back(Refusal{worker.name, std::move(reason)});
      continue;
    }
    const int points = score(demand, worker);
    if (best != nullptr && (points < placement.score || (points == placement.score && best->id < worker.id))) continue;
    best = &worker;
    placement.score = points;
  }
  if (best == nullptr) {
    std::string message =
        workers.empty() ? "There is no worker yet. Add one: wh workers enrol." : "No worker can take it:";
    for (const auto& [worker, reason] : placement.refused) message += " " + worker + " " + reason + ";";
    if (message.back() == ';') message.back() = '.';
    return base::fail(base::ErrorKind::unavailable, "placement.none", std::move(message));
  }
  placement.worker = best->id;
  placement.worker_name = best->name;
  const auto free = usable_memory(*best) - best->memory_reserved;
  placement.reasons.push_back("online and able to run containers");
  placement.reasons.push_back(mebibytes(free) + " of memory free, " + mebibytes(demand.memory_bytes) + " needed");
  placement.reasons.push_back(best->same_app == 0
                                  ? "no other replica of this app there"
                                  : std::to_string(best->same_app) + " replicas of this app there already");
  return placement;
}

}  // namespace scheduling::rules
