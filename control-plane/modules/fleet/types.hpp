#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace fleet {

inline constexpr std::chrono::seconds kUnreachableAfter{30};
inline constexpr std::chrono::minutes kLostAfter{2};

struct Capabilities {
  bool run{false};
  bool build{false};
  bool edge{false};
  bool registry{false};
};

/// A worker host as the other modules see it.
struct Worker {
  base::WorkerId id;
  std::string name;
  std::string state;  ///< pending enrolled online unreachable lost revoked duplicate
  bool cordoned{false};
  Capabilities capabilities;
  std::string sealing_public_key;  ///< 32 raw bytes
  std::string agent_version;
  std::int64_t memory_bytes{0};
  int cpus{0};
  std::map<std::string, std::string> labels;
  std::optional<base::UtcTime> last_seen_at;

  bool online() const { return state == "online"; }
  std::string label(const std::string& name_, std::string fallback = {}) const {
    const auto found = labels.find(name_);
    return found == labels.end() ? std::move(fallback) : found->second;
  }
};

/// The two kinds of desired state that there are so far.
inline constexpr const char* kReplicas = "replicas";
inline constexpr const char* kRoutes = "routes";

}  // namespace fleet
