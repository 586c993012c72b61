#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "worker-agent/edge/layout.hpp"

namespace edge {

/// The fixed part of HAProxy's configuration. Files are named relative to the configuration's own folder (HAProxy runs
/// with -C).
struct Frame {
  std::string http_address{"127.0.0.1"};
  int http_port{7080};
  std::filesystem::path socket;  ///< runtime socket (mode 0600)
  std::filesystem::path jail;    ///< empty folder for chroot; empty: no chroot and no change of user
  std::string user{"haproxy"};   ///< also the group
  int max_connections{10'000};
  /// One thread for each of these, none elsewhere (48 at most); empty: as HAProxy likes. Threads wait for each other by
  /// spinning: two that share a processor, which happens as soon as it is busy, stand still for a whole turn.
  std::vector<int> processors{};
  /// Where HAProxy writes a line for each answer, as it sees it from inside its jail; empty: nowhere.
  std::filesystem::path answer_log;
  base::Duration request_time{std::chrono::seconds(10)};  ///< for a request's head to arrive, then 408
};

// Names in the configuration's folder. HAProxy's runtime API names the map the same way.
inline constexpr const char* kConfigFile = "haproxy.cfg";
inline constexpr const char* kMapFile = "hosts.map";
inline constexpr const char* kLimitsFile = "limits.map";
/// The socket of the answer log, in the chroot folder.
inline constexpr const char* kAnswerLog = "answers.sock";

/// Everything before the slots. Error `edge.settings` when a path or an address cannot stand in a configuration.
base::Result<std::string> render_frame(const Frame& frame);

/// Every slot of the layout with those of its targets that take new requests. What is draining is left out: HAProxy,
/// when it starts anew, has nothing of it in flight.
std::string render_slots(const Layout& layout);

/// `host backend`, one a line, in the order of the apps' ids.
std::string render_map(const Layout& layout);

/// `backend limit`, one a line, of the apps that have a limit of requests.
std::string render_limits(const Layout& layout);

/// What the rules of an app read: µs from one request to the next, and how many of those may be ahead of the clock.
std::string limit_value(const RequestLimit& limit);

/// `address:port` and options, as in `add server` and in the configuration.
std::string server_arguments(const Target& target);

}  // namespace edge
