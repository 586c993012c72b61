#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/haproxy_model.hpp"
#include "worker-agent/edge/drains.hpp"
#include "worker-agent/edge/layout.hpp"

namespace simulation {

class Agent;
class Cluster;

/// The edge of an agent, as edge.cpp leads it: routes become a layout (`plan`), the layout goes to disk, HAProxy is
/// brought to it (`compare`) and what had to go is drained (`Drains`). These are the product's; HAProxy is modelled.
class EdgeModel {
 public:
  EdgeModel(Cluster& cluster, Agent& agent) : cluster_(cluster), agent_(agent) {}

  void agent_started();
  void agent_crashed();
  void lose_power();
  /// HAProxy dies and is started again by whoever watches it.
  void restart_haproxy();
  /// Calls `Agent::routes_served` when HAProxy serves exactly these routes, or gave up for now.
  void apply(const std::vector<std::string>& bodies, std::uint64_t serial);

  const HaproxyModel& haproxy() const { return haproxy_; }
  bool at_rest() const { return wanted_serial_ == 0 && drains_.empty() && !suspect_; }

 private:
  void later(base::Duration delay, std::function<void()> what);
  void adopt_wanted();
  void converge();
  void advance_drains();
  void tell();
  std::optional<std::vector<base::Uuid>> pending() const;
  void note_owners();
  void keep_running();
  void note_drain(const std::string& command);

  Cluster& cluster_;
  Agent& agent_;
  HaproxyModel haproxy_;  ///< lives without the agent
  ::edge::Layout disk_;   ///< what is rendered to disk

  int life_{0};
  bool alive_{false};
  ::edge::Layout layout_;
  std::vector<::edge::Route> wanted_;
  std::uint64_t wanted_serial_{0};  ///< 0: nobody waits
  bool planned_{false};
  bool suspect_{true};
  bool draining_{false};
  base::SteadyTime give_up_at_{};
  ::edge::Drains drains_;
  std::map<std::string, base::Uuid> owners_;  ///< apps by backend, also of those that just left
  std::vector<base::Uuid> told_;              ///< what the last answer said is pending
};

}  // namespace simulation
