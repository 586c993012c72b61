#include <algorithm>
#include <string_view>
#include <utility>

#include "control-plane/modules/deployments/rules.hpp"

namespace deployments::rules {
namespace {

/// Agents put an app's last output behind this into their reason.
constexpr std::string_view kPrinted = "; it printed:\n";

/// Moves the output from the message into the last lines.
void split_output(Failure& failure) {
  const auto at = failure.message.find(kPrinted);
  if (at == std::string::npos) return;
  std::string line;
  for (const char c : failure.message.substr(at + kPrinted.size())) {
    if (c != '\n') {
      line.push_back(c);
      continue;
    }
    failure.last_lines.push_back(std::exchange(line, {}));
  }
  if (!line.empty()) failure.last_lines.push_back(line);
  failure.message.resize(at);
  failure.message += '.';
}

/// What to do about it, and under which code, by the agent's word for it.
struct Meaning {
  std::string_view cause;
  std::string_view code;
  std::string_view hint;
};
constexpr Meaning kMeanings[] = {
    {"out-of-memory", "app_out_of_memory",
     "Give it more memory: wh scale APP --memory 512, then deploy again; or let it need less."},
    {"disk-full", "worker_disk_full", "Make room on that worker, or add another one; then deploy again."},
    {"command", "app_not_started", "Correct CMD, ENTRYPOINT or USER in the Containerfile."},
    {"killed", "app_killed", "Nothing of the platform killed it: look at the worker's own log for who did."},
};

}  // namespace

Failure explain(const ReplicaView& replica) {
  Failure failure;
  failure.exit_code = replica.exit_code;
  failure.message = replica.reason.empty() ? "The app did not start." : replica.reason;
  split_output(failure);
  const auto meaning = std::ranges::find(kMeanings, replica.cause, &Meaning::cause);
  if (meaning != std::end(kMeanings)) {
    failure.step = "start";
    failure.code = meaning->code;
    failure.hint = meaning->hint;
  } else if (replica.exit_code) {
    failure.step = "start";
    failure.code = "app_exited";
    failure.hint = "Run the image's command locally, or look at its output in the logs: wh logs APP.";
  } else if (replica.has_run) {
    failure.step = "health";
    failure.code = "app_not_healthy";
    failure.hint = "The app must listen on 0.0.0.0 at the port in $PORT and answer its health path below 500.";
  } else {
    failure.step = "start";
    failure.code = "app_not_started";
  }
  return failure;
}

Failure explain_deadline(const std::vector<const ReplicaView*>& replicas, bool edge_online) {
  Failure failure;
  failure.code = "progress_deadline";
  if (replicas.empty()) {
    failure.step = "place";
    failure.message = "No worker could take a replica within 10 minutes.";
    failure.hint = "Look at wh workers: is one online, with enough free memory?";
    return failure;
  }
  if (std::ranges::all_of(replicas, [](const auto* r) { return r->healthy(); })) {
    failure.step = "route";
    failure.message =
        edge_online ? "The edges did not confirm the routes within 10 minutes." : "No edge is online to serve it.";
    failure.hint = "Look at wh workers: a worker with the capability edge must be online.";
    return failure;
  }
  failure.step = "start";
  failure.message = "It was not healthy within 10 minutes.";
  const auto told = std::ranges::find_if(replicas, [](const auto* r) { return !r->reason.empty(); });
  if (told != replicas.end()) failure.message += " What was seen last: " + (*told)->reason;
  split_output(failure);
  return failure;
}

}  // namespace deployments::rules
