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
  /// What is due for one server now. `let_go`: the grace is over and nobody waits for it any more, so that its replica
  /// is told to stop and can end what is left in its own words (a WebSocket's close frame); comes once.
  enum class Step { wait, let_go, remove, cut_and_remove };

  /// More than a replica's time to stop.
  static constexpr base::Duration kLastWords{std::chrono::seconds(20)};

  /// `last_words`: after that long beyond the grace what is left is cut.
  explicit Drains(base::Duration last_words = kLastWords) : last_words_(last_words) {}

  /// Takes over what `compare` found; servers that came back or are gone are forgotten. New ones are drained since
  /// `now`; `grace_of` answers how long requests in flight may last, by backend.
  template <class GraceOf>
  void follow(const std::vector<SeenServer>& surplus, base::SteadyTime now, GraceOf grace_of) {
    std::map<std::string, Drain> next;
    for (const auto& server : surplus) {
      const std::string path = server.path();
      const auto known = drains_.find(path);
      next.emplace(path, known != drains_.end() ? known->second : Drain{now, grace_of(server.backend), {}, false});
    }
    drains_ = std::move(next);
  }

  /// `in_flight` is its current number of requests. Without any it is removed; when it cannot be for 2 s, or the grace
  /// and the last words are over, its sessions are cut.
  Step step(const std::string& path, std::uint64_t in_flight, base::SteadyTime now);
  void gone(const std::string& path) { drains_.erase(path); }

  bool empty() const { return drains_.empty(); }
  std::vector<std::string> paths() const;
  /// Those whose grace is not over.
  std::vector<std::string> waited_for() const;

 private:
  struct Drain {
    base::SteadyTime since;
    base::Duration grace{};
    base::SteadyTime removing_since;  ///< epoch: not yet
    bool let_go{false};
  };
  base::Duration last_words_;
  std::map<std::string, Drain> drains_;
};

}  // namespace edge
