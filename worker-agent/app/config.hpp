#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/config/config.hpp"

namespace agent {

/// Configuration of wh-agent. Flags over environment (WISEHOSTING_…) over a TOML file.
struct Config {
  std::string name;
  std::filesystem::path state_dir{"/var/lib/wisehosting"};
  std::filesystem::path runtime_dir{"/run/wisehosting/agent"};
  std::string hub_url{"https://localhost:7071"};
  std::string ca_pin;
  std::filesystem::path enrolment_token_file;
  std::vector<std::string> capabilities{"run", "build", "edge", "registry"};
  std::string publish_address{"127.0.0.1"};
  std::string publish_ports{"20000-20999"};
  struct {
    std::string http_address{"127.0.0.1"};
    int http_port{7080};
    int slots{1000};
  } edge;
  struct {
    int port{7050};
  } registry;
  struct {
    std::int64_t bytes_per_second{2 << 20};
    std::int64_t burst_bytes{16 << 20};
    std::int64_t replica_bytes{64 << 20};
    std::int64_t all_bytes{std::int64_t{4} << 30};
    int keep_hours{72};
    std::string drain;
    std::filesystem::path drain_token_file;
  } logs;
  std::string log_level{"info"};

  template <class F>
  void map(F& f) {
    f.key("name", name, "Name of this worker; empty: the one that the enrolment token is bound to");
    f.key("state_dir", state_dir, "Where the agent keeps what must survive");
    f.key("runtime_dir", runtime_dir, "Short folder on tmpfs for sockets, at most 40 characters", config::range(2, 40));
    f.key("hub_url", hub_url, "The control plane's hub, https://host:port");
    f.key("ca_pin", ca_pin, "sha256/… of the control plane's authority, from the enrolment command");
    f.key("enrolment_token_file", enrolment_token_file, "File with the enrolment token; deleted once used");
    f.key("capabilities", capabilities, "What this host does: run, build, edge, registry");
    f.key("publish_address", publish_address, "Address at which replicas are published to the edges");
    f.key("publish_ports", publish_ports, "Ports for replicas, for example 20000-20999");
    f.key("edge.http_address", edge.http_address, "Address at which the edge serves apps");
    f.key("edge.http_port", edge.http_port, "Port at which the edge serves apps", config::range(1, 65535));
    f.key("edge.slots", edge.slots, "Backends that HAProxy starts with; it grows by a reload",
          config::range(1, 100000));
    f.key("registry.port", registry.port, "Port of the image registry on the build bridge", config::range(1, 65535));
    f.key("logs.bytes_per_second", logs.bytes_per_second,
          "Output of one replica that is kept, on the average; what is over it is left out and counted; 0: no limit",
          config::range(0, std::int64_t{1} << 40));
    f.key("logs.burst_bytes", logs.burst_bytes, "Output of one replica that may come at once",
          config::range(64 << 10, std::int64_t{1} << 40));
    f.key("logs.replica_bytes", logs.replica_bytes, "Log kept of one replica; the oldest is dropped",
          config::range(1 << 20, std::int64_t{1} << 40));
    f.key("logs.all_bytes", logs.all_bytes, "Logs kept of all replicas of this host; the oldest are dropped",
          config::range(1 << 20, std::int64_t{1} << 50));
    f.key("logs.keep_hours", logs.keep_hours, "How long the log of a replica is kept that left this host",
          config::range(1, 24 * 365));
    f.key(
        "logs.drain", logs.drain,
        "Where the output of this host's apps is kept too: file:/path, https://…, http://… or syslog+tcp://host:port; "
        "empty: nowhere");
    f.key("logs.drain_token_file", logs.drain_token_file, "File with the bearer token of an http drain");
    f.key("log_level", log_level, "debug, info, warn or error");
  }
};

}  // namespace agent
