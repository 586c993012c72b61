#include "tests/simulation/haproxy_model.hpp"

#include <charconv>

#include "tests/simulation/timeline.hpp"

namespace simulation {
namespace {

std::vector<std::string_view> words_of(const std::string& command) {
  std::vector<std::string_view> words;
  std::string_view rest = command;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    if (end > 0) words.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// "app-3/<replica>_<address>_<port>"
HaproxyModel::Server server_of(std::string_view path) {
  HaproxyModel::Server server;
  const auto slash = path.find('/');
  server.seen.backend = std::string(path.substr(0, slash));
  server.seen.name = std::string(path.substr(slash + 1));
  const auto& name = server.seen.name;
  const auto first = name.find('_');
  const auto second = name.find('_', first + 1);
  server.replica = name.substr(0, first);
  server.address = name.substr(first + 1, second - first - 1);
  server.port = number(std::string_view(name).substr(second + 1));
  server.seen.weight = 1;
  return server;
}

}  // namespace

void HaproxyModel::order(const std::string& command) {
  const auto words = words_of(command);
  if (words.size() >= 4 && words[0] == "add" && words[1] == "server") return add(words);
  if (words.size() >= 3 && words[0] == "enable" && words[1] == "health") {
    servers_.at(std::string(words[2])).seen.checked = true;
    return;
  }
  if (words.size() >= 5 && words[0] == "set" && words[1] == "server") return set(words);
  if (words.size() >= 4 && words[1] == "map") return map_entry(words);
  throw Violation("HAProxy does not know: " + command);
}

void HaproxyModel::add(const std::vector<std::string_view>& words) {
  const std::string path(words[2]);
  auto server = server_of(path);
  server.seen.maintenance = true;  // as HAProxy adds them
  for (std::size_t i = 3; i + 1 < words.size(); ++i) {
    if (words[i] == "weight") server.seen.weight = number(words[i + 1]);
  }
  if (!servers_.emplace(path, std::move(server)).second) throw Violation("a server was added twice: " + path);
}

void HaproxyModel::set(const std::vector<std::string_view>& words) {
  const auto found = servers_.find(std::string(words[2]));
  if (found == servers_.end()) throw Violation("no such server: " + std::string(words[2]));
  auto& seen = found->second.seen;
  if (words[3] == "weight") {
    seen.weight = number(words[4]);
  } else if (words[4] == "ready") {
    seen.maintenance = seen.draining = false;
    found->second.let_go = false;
  } else if (words[4] == "drain") {
    seen.maintenance = false;
    seen.draining = true;
  } else {
    seen.maintenance = true;
  }
}

void HaproxyModel::map_entry(const std::vector<std::string_view>& words) {
  const std::string host(words[3]);
  if (words[0] == "del") {
    hosts_.erase(host);
  } else {
    hosts_[host] = std::string(words.at(4));
  }
}

void HaproxyModel::stop() {
  running_ = false;
  servers_.clear();
  hosts_.clear();
}

void HaproxyModel::restart(const ::edge::Layout& disk) {
  stop();
  running_ = true;
  for (const auto& [app, placed] : disk.placed) {
    const auto backend = ::edge::backend_name(placed.slot);
    for (const auto& host : placed.route.hosts) hosts_[host] = backend;
    for (const auto& target : placed.route.targets) {
      if (target.drain || target.weight == 0) continue;  // as render.cpp writes them
      const auto path = backend + "/" + ::edge::server_name(target);
      auto server = server_of(path);
      server.seen.weight = target.weight;
      server.seen.checked = true;
      servers_.emplace(path, std::move(server));
    }
  }
}

::edge::Seen HaproxyModel::see() const {
  ::edge::Seen seen;
  for (const auto& [path, server] : servers_) seen.servers.push_back(server.seen);
  seen.hosts = hosts_;
  return seen;
}

}  // namespace simulation
