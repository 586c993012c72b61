#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"

namespace fleet {

/// A worker as the API shows it.
struct WorkerView {
  base::WorkerId id;
  std::string name;
  std::string state;
  bool cordoned{false};
  std::vector<std::string> capabilities;
  std::string agent_version;
  int cpus{0};
  std::int64_t memory_bytes{0};
  std::map<std::string, std::string> labels;
  std::optional<base::UtcTime> last_seen_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("state", state, "pending, enrolled, online, unreachable, lost or duplicate");
    f.required("cordoned", cordoned);
    f.required("capabilities", capabilities);
    f.required("agent_version", agent_version);
    f.required("cpus", cpus);
    f.required("memory_bytes", memory_bytes);
    f.required("labels", labels);
    f.required("last_seen_at", last_seen_at);
  }
};

struct NewEnrolment {
  std::string name;
  template <class F>
  void map(F& f) {
    f.required("name", name, "The worker's name: lower-case letters, digits and dashes");
  }
};

struct EnrolmentView {
  std::string token;
  std::string name;
  base::UtcTime expires_at;
  std::string hub_url;
  std::string ca_pin;
  template <class F>
  void map(F& f) {
    f.required("token", token, "Shown once; single use; valid for an hour");
    f.required("name", name);
    f.required("expires_at", expires_at);
    f.required("hub_url", hub_url);
    f.required("ca_pin", ca_pin);
  }
};

}  // namespace fleet
