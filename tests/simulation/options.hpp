#pragma once

#include <cstdint>
#include <string>

namespace simulation {

/// Mistakes of the model that a test puts in, to see that the invariants find them. Never in product code.
enum class Planted {
  none,
  confirmed_too_early,      ///< an edge counts as having confirmed what was only sent to it
  compare_and_set_ignored,  ///< a reconciler writes what it decided on a world that has changed since
  quarantine_skipped,       ///< a port is given out again at once
  epoch_ignored,            ///< a leader that was replaced goes on writing
  result_taken_twice,       ///< a job's result counts although that attempt has one
};

struct Options {
  std::uint64_t seed{1};
  bool traced{false};
  Planted planted{Planted::none};
};

/// What may go wrong in one run; each seed has a few of them, so that each has runs of its own.
struct Faults {
  bool plane_crashes{false};
  bool plane_stalls{false};  ///< a paused process that does not know how late it is
  bool agent_crashes{false};
  bool hosts_away{false};  ///< power off, containers gone
  bool cuts{false};        ///< connections and whole partitions
  bool losses{false};      ///< a message is lost, and its connection with it, noticed later
  bool doubles{false};
  bool delays{false};
  bool reorders{false};
  bool haproxy_restarts{false};
  bool database_away{false};
  bool skews{false};  ///< clocks of agents up to 5 minutes off, and stepping back
  bool apps_fail{false};

  bool any() const { return !names().empty(); }
  std::string names() const {
    std::string text;
    const auto add = [&](bool has, const char* name) {
      if (has) text += (text.empty() ? "" : ", ") + std::string(name);
    };
    add(plane_crashes, "control planes crash");
    add(plane_stalls, "control planes stand still");
    add(agent_crashes, "agents crash");
    add(hosts_away, "hosts lose power");
    add(cuts, "connections are cut");
    add(losses, "messages are lost");
    add(doubles, "messages come twice");
    add(delays, "messages are late");
    add(reorders, "messages overtake");
    add(haproxy_restarts, "HAProxy restarts");
    add(database_away, "the database goes away");
    add(skews, "clocks are wrong");
    add(apps_fail, "apps fail");
    return text;
  }
};

/// How an image behaves when it is started.
enum class Behaviour { good, slow, crashes, mute, flaky };

}  // namespace simulation
