#include "worker-agent/edge/drains.hpp"

#include <utility>

namespace edge {

Drains::Step Drains::step(const std::string& path, std::uint64_t in_flight, base::SteadyTime now) {
  const auto found = drains_.find(path);
  if (found == drains_.end()) return Step::wait;
  Drain& drain = found->second;
  if (now - drain.since >= drain.grace && in_flight > 0) {
    if (now - drain.since >= drain.grace + last_words_) return Step::cut_and_remove;
    return std::exchange(drain.let_go, true) ? Step::wait : Step::let_go;
  }
  if (drain.removing_since == base::SteadyTime{}) {
    if (in_flight > 0) return Step::wait;
    drain.removing_since = now;
  }
  return now - drain.removing_since >= std::chrono::seconds(2) ? Step::cut_and_remove : Step::remove;
}

std::vector<std::string> Drains::paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, drain] : drains_) paths.push_back(path);
  return paths;
}

std::vector<std::string> Drains::waited_for() const {
  std::vector<std::string> paths;
  for (const auto& [path, drain] : drains_) {
    if (!drain.let_go) paths.push_back(path);
  }
  return paths;
}

}  // namespace edge
