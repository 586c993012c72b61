#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "worker-agent/edge/layout.hpp"
#include "worker-agent/edge/seen.hpp"

namespace simulation {

/// HAProxy as its runtime socket shows it: executes the very command lines that the edge's `compare` writes.
class HaproxyModel {
 public:
  struct Server {
    ::edge::SeenServer seen;
    std::string replica;
    std::string address;
    int port{0};
    base::UtcTime busy_until{};  ///< requests in flight end by then, at the latest
    bool let_go{false};          ///< nobody waits for them any more: the grace of its drain is over

    bool takes_requests() const { return !seen.maintenance && !seen.draining && seen.weight > 0; }
  };

  /// Throws Violation for a command that HAProxy would refuse.
  void order(const std::string& command);
  void remove(const std::string& path) { servers_.erase(path); }
  /// As it starts: from the configuration and the map on disk.
  void restart(const ::edge::Layout& disk);
  ::edge::Seen see() const;

  bool running() const { return running_; }
  void stop();
  std::map<std::string, Server>& servers() { return servers_; }
  const std::map<std::string, Server>& servers() const { return servers_; }
  const std::map<std::string, std::string>& hosts() const { return hosts_; }

 private:
  void add(const std::vector<std::string_view>& words);
  void set(const std::vector<std::string_view>& words);
  void map_entry(const std::vector<std::string_view>& words);

  bool running_{true};
  std::map<std::string, Server> servers_;  ///< by "backend/server"
  std::map<std::string, std::string> hosts_;
};

}  // namespace simulation
