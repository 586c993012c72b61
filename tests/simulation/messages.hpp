#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/protocol/command_rules.hpp"

namespace simulation {

/// What an agent says of one replica.
struct Report {
  base::ReplicaId replica;
  std::string phase{"pending"};
  std::string health{"unknown"};
  std::string container;
  int restarts{0};
  std::optional<int> exit_code;
  std::string reason;
  std::string cause;
  base::UtcTime since;
};

using JobKey = std::pair<base::JobId, int>;

// The messages of PROTOCOL 7 that decide something. Signed commands are real ones.
struct Hello {
  std::map<std::string, protocol::CommandPosition> applied;
};
struct Inventory {
  std::uint64_t id{0};
  std::vector<Report> replicas;
  std::vector<JobKey> jobs;
};
struct Status {
  std::uint64_t id{0};
  std::vector<Report> replicas;
};
struct StatusAck {
  std::uint64_t id{0};
  bool refused{false};  ///< an `error` instead of an `ack`
};
struct Sync {
  protocol::SignedCommand command;
};
struct Applied {
  std::string kind;
  std::int64_t epoch{0};
  std::int64_t generation{0};
  bool in_force{false};             ///< all of it is, but what is pending
  std::vector<base::Uuid> pending;  ///< objects with something on its way out
};
struct Refused {
  bool assignment{true};
};
struct ObjectGet {
  std::vector<protocol::Digest> digests;
};
struct ObjectPut {
  protocol::Digest digest;
  std::optional<std::string> body;
};
struct Dispatch {
  protocol::SignedCommand command;
};
struct JobAccepted {
  JobKey job;
};
struct JobCancel {
  JobKey job;
};
struct JobFinished {
  JobKey job;
  std::string outcome;  ///< succeeded failed cancelled agent_restarted
};
struct JobAck {
  JobKey job;
};
using Message = std::variant<Hello, Inventory, Status, StatusAck, Sync, Applied, Refused, ObjectGet, ObjectPut,
                             Dispatch, JobAccepted, JobCancel, JobFinished, JobAck>;

}  // namespace simulation
