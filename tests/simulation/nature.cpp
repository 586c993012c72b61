// What goes wrong, at random, where the run has that fault.

#include "tests/simulation/cluster.hpp"

namespace simulation {

void Cluster::nature() {
  timeline_.after(random_.millis(300, 9'000), [this] {
    if (!troubled_) return;
    nature();
    something_happens();
  });
}

void Cluster::something_happens() {
  auto& unlucky = agent(random_.below(static_cast<int>(agents_.size())));
  auto& which = plane(random_.below(2));
  const auto say = [&](const std::string& words) {
    if (timeline_.traced()) timeline_.note("* " + words + " (agent " + std::to_string(unlucky.index()) + ")");
  };
  const int event = random_.below(10);
  if (event == 0 && faults_.plane_crashes && which.alive()) {
    which.crash();
    timeline_.after(random_.millis(200, 30'000), [&which] { which.start(); });
  } else if (event == 1 && faults_.plane_stalls) {
    which.stall(random_.millis(1'000, 25'000));
  } else if (event == 2 && faults_.agent_crashes && unlucky.alive()) {
    unlucky.crash_for_a_while();
  } else if (event == 3 && faults_.hosts_away && unlucky.alive()) {
    say("power off");
    unlucky.lose_power();
    timeline_.after(random_.millis(10'000, 200'000), [&unlucky] { unlucky.start(); });
  } else if (event == 4 && faults_.cuts) {
    say("cut off");
    const bool long_one = random_.chance(300);
    unlucky.partition(long_one ? random_.millis(60'000, 900'000) : random_.millis(0, 40'000));
  } else if (event == 5 && faults_.haproxy_restarts && unlucky.is_edge()) {
    say("HAProxy dies");
    unlucky.edge().restart_haproxy();
  } else if (event == 6 && faults_.database_away && !database_.away) {
    say("the database is away");
    database_.away = true;
    timeline_.after(random_.millis(500, 60'000), [this] { database_.away = false; });
  } else if (event == 7 && faults_.skews) {
    skew_clocks();
  } else if (event >= 8 && faults_.apps_fail) {
    upset_app();
  }
}

void Cluster::skew_clocks() {
  for (const auto& one : agents_) {
    if (random_.chance(500)) one->set_skew(std::chrono::milliseconds(random_.below(600'000) - 300'000));
  }
  for (const auto& one : planes_) one->set_skew(std::chrono::milliseconds(random_.below(1'000) - 500));
}

void Cluster::upset_app() {
  auto& host = agent(random_.below(static_cast<int>(agents_.size()))).host();
  if (host.containers().empty()) return;
  const auto& chosen =
      host.containers()[static_cast<std::size_t>(random_.below(static_cast<int>(host.containers().size())))];
  const std::string container = chosen.id;
  if (random_.chance(500)) return host.app_exits(container, 137);
  if (timeline_.traced()) timeline_.note("* " + container + " answers no more");
  host.app_answers(container, false);
  timeline_.after(random_.millis(500, 40'000), [&host, container] { host.app_answers(container, true); });
}

}  // namespace simulation
