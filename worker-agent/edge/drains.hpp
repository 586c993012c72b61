#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "worker-agent/edge/seen.hpp"

namespace edge {

/// The servers on their way out: drained, waited for, then deleted. Decides; `Edge` acts. Pure beside its own memory.
class Drains {
 public:
  /// What is due for one server now.
  enum class Step { wait, remove, cut_and_remove };

  /// Takes over what `compare` found; servers that came back or are gone are forgotten. New ones are drained since
  /// `now`; `grace_of` answers how long requests in flight may last, by backend.
  template <class GraceOf>
  void follow(const std::vector<SeenServer>& surplus, base::SteadyTime now, GraceOf grace_of) {
    std::map<std::string, Drain> next;
    for (const auto& server : surplus) {
      const std::string path = server.path();
      const auto known = drains_.find(path);
      next.emplace(path, known != drains_.end() ? known->second : Drain{now, grace_of(server.backend), {}});
    }
    drains_ = std::move(next);
  }

  /// `in_flight` is its current number of requests. Without any it is removed; when it cannot be for 2 s, or the grace
  /// is over, its sessions are cut.
  Step step(const std::string& path, std::uint64_t in_flight, base::SteadyTime now);
  void gone(const std::string& path) { drains_.erase(path); }

  bool empty() const { return drains_.empty(); }
  std::vector<std::string> paths() const;

 private:
  struct Drain {
    base::SteadyTime since;
    base::Duration grace{};
    base::SteadyTime removing_since;  ///< epoch: not yet
  };
  std::map<std::string, Drain> drains_;
};

}  // namespace edge
