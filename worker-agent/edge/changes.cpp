#include "worker-agent/edge/changes.hpp"

#include <map>
#include <set>

#include "worker-agent/edge/render.hpp"

namespace edge {
namespace {

/// Commands by the step in which they are safe, and by kind: those of one kind go to HAProxy together.
struct Steps {
  std::vector<std::string> add;
  std::vector<std::string> check;
  std::vector<std::string> weight;
  std::vector<std::string> ready;
  std::vector<std::string> unready;  ///< added for a target that drains already
  std::vector<std::string> limits;   ///< before the hosts that they hold for
  std::vector<std::string> hosts;
  std::vector<std::string> drain;
};

void bring_to(Steps& steps, const std::string& path, const Target& target, const SeenServer* seen) {
  if (seen == nullptr) {
    steps.add.push_back("add server " + path + " " + server_arguments(target));
    steps.check.push_back("enable health " + path);
    if (target.drain) {
      steps.unready.push_back("set server " + path + " state drain");
    } else {
      steps.ready.push_back("set server " + path + " state ready");
    }
    return;
  }
  if (!seen->checked) steps.check.push_back("enable health " + path);
  if (seen->weight != target.weight)
    steps.weight.push_back("set server " + path + " weight " + std::to_string(target.weight));
  if (target.drain) {
    if (!seen->draining || seen->maintenance) steps.drain.push_back("set server " + path + " state drain");
  } else if (seen->draining || seen->maintenance) {
    steps.ready.push_back("set server " + path + " state ready");
  }
}

/// Brings a map of HAProxy's to what is wanted; an entry that is there twice becomes one.
void bring_map(std::vector<std::string>& commands, const std::string& file,
               const std::map<std::string, std::string>& wanted, const std::map<std::string, std::string>& there,
               const std::vector<std::string>& repeated_keys) {
  const std::set<std::string> repeated(repeated_keys.begin(), repeated_keys.end());
  for (const auto& [key, value] : wanted) {
    const auto found = there.find(key);
    if (found == there.end()) {
      commands.push_back("add map " + file + " " + key + " " + value);
    } else if (repeated.contains(key)) {
      commands.push_back("del map " + file + " " + key);
      commands.push_back("add map " + file + " " + key + " " + value);
    } else if (found->second != value) {
      commands.push_back("set map " + file + " " + key + " " + value);
    }
  }
  for (const auto& [key, value] : there) {
    if (!wanted.contains(key)) commands.push_back("del map " + file + " " + key);
  }
}

void bring_maps(Steps& steps, const Layout& layout, const Seen& seen) {
  std::map<std::string, std::string> hosts;
  std::map<std::string, std::string> limits;
  for (const auto& [app, placed] : layout.placed) {
    const auto backend = backend_name(placed.slot);
    for (const auto& host : placed.route.hosts) hosts.emplace(host, backend);
    if (const auto& limit = placed.route.request_limit) limits.emplace(backend, limit_value(*limit));
  }
  bring_map(steps.limits, kLimitsFile, limits, seen.limits, seen.repeated_limits);
  bring_map(steps.hosts, kMapFile, hosts, seen.hosts, seen.repeated_hosts);
}

}  // namespace

Changes compare(const Layout& layout, const Seen& seen) {
  std::map<std::string, const SeenServer*> there;
  for (const auto& server : seen.servers) there.emplace(server.path(), &server);

  Steps steps;
  std::set<std::string> wanted;
  for (const auto& [app, placed] : layout.placed) {
    for (const auto& target : placed.route.targets) {
      const std::string path = backend_name(placed.slot) + "/" + server_name(target);
      const auto found = there.find(path);
      bring_to(steps, path, target, found == there.end() ? nullptr : found->second);
      wanted.insert(path);
    }
  }
  bring_maps(steps, layout, seen);

  Changes changes;
  for (const auto& server : seen.servers) {
    if (wanted.contains(server.path())) continue;
    if (!server.draining && !server.maintenance) steps.drain.push_back("set server " + server.path() + " state drain");
    changes.surplus.push_back(server);
  }
  for (auto* step : {&steps.add, &steps.check, &steps.weight, &steps.unready, &steps.ready, &steps.limits, &steps.hosts,
                     &steps.drain}) {
    for (auto& command : *step) changes.commands.push_back(std::move(command));
  }
  return changes;
}

}  // namespace edge
