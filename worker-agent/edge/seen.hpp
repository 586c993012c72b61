#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace edge {

/// One server as HAProxy itself tells it (`show servers state`).
struct SeenServer {
  std::string backend;
  std::string name;
  int weight{0};
  bool maintenance{false};  ///< takes nothing; freshly added or about to go
  bool draining{false};     ///< takes no new requests
  bool checked{false};      ///< its health check runs

  std::string path() const { return backend + "/" + name; }
};

/// What HAProxy serves at this moment.
struct Seen {
  std::vector<SeenServer> servers;
  std::map<std::string, std::string> hosts;   ///< host → backend
  std::vector<std::string> repeated_hosts;    ///< hosts with more than one entry; only the first counts
  std::map<std::string, std::string> limits;  ///< backend → what its rules read
  std::vector<std::string> repeated_limits;
};

/// The name of the row in which HAProxy sums up a backend, with what it answered by itself.
inline constexpr const char* kBackendRow = "BACKEND";

/// What was counted for one server since it was added, or for a backend (`show stat`).
struct ServerCounters {
  std::string backend;
  std::string name;
  std::uint64_t requests{0};         ///< attempts: a request that was tried twice is two
  std::uint64_t answered{0};         ///< requests with an answer of the server's own; of a backend: all that have ended
  std::uint64_t in_flight{0};        ///< requests and tunnels that it serves now
  std::uint64_t idle{0};             ///< connections that are open for the next request
  std::uint64_t connect_errors{0};   ///< could not be connected to
  std::uint64_t response_errors{0};  ///< broke off or answered what is not HTTP
  std::uint64_t broken_off{0};       ///< of response_errors: in the middle of an answer
  std::uint64_t aborted{0};          ///< the client went away
  std::uint64_t retries{0};
  std::uint64_t responses_4xx{0};
  std::uint64_t responses_5xx{0};
  std::uint64_t denied{0};  ///< of a backend: requests that its rules refused, which are those over the app's limit
  bool healthy{false};
};

// Readers of HAProxy's answers. Error `edge.haproxy_answer` when a line has another form than 2.6 gives.
base::Result<std::vector<SeenServer>> parse_servers_state(std::string_view text);
base::Result<void> parse_map(std::string_view text, Seen& seen);
base::Result<void> parse_limits(std::string_view text, Seen& seen);
base::Result<std::vector<ServerCounters>> parse_counters(std::string_view csv);

}  // namespace edge
