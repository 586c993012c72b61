#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/text/port_range.hpp"

namespace all_in_one {

/// TCP ports of one installation; each 1..65535. All listen on loopback.
struct Ports {
  int dashboard{7070};  ///< REST and dashboard, http
  int hub{7071};        ///< worker hub, https and wss
  int edge{7080};       ///< apps, http
  int registry{7050};   ///< images, on the host side of the build bridge
  text::PortRange replicas{20000, 20999};
};

/// Environment variables by name, as `main` got them.
using Environment = std::map<std::string, std::string>;

/// Everything the supervisor needs. The defaults suit a machine with Debian's packages.
struct AllInOneOptions {
  std::filesystem::path home;                              ///< data directory, absolute
  std::filesystem::path runtime_root{"/run/wisehosting"};  ///< short paths for sockets are made beneath it
  std::filesystem::path control_plane_binary;              ///< absolute; run with `serve` and `worker-token`
  std::filesystem::path agent_binary;                      ///< absolute
  std::filesystem::path postgres_binaries{"/usr/lib/postgresql/15/bin"};
  std::string postgres_user{"postgres"};  ///< unprivileged; PostgreSQL refuses root
  Ports ports;
  Environment passed_on;  ///< WISEHOSTING_*, WH_CRASH_AT, WH_CRASH_FILE, sanitizer options: handed to the children
};

/// Where one installation keeps its things. Pure; the same everywhere for the same `home`.
struct Layout {
  std::filesystem::path home;
  std::filesystem::path runtime;                 ///< /run/wisehosting/<first 8 hex digits of SHA-256 of home>
  std::filesystem::path postgres_socket_folder;  ///< runtime/pg; database `wisehosting`, user `wh`, port 5432
  std::filesystem::path master_key;              ///< home/secrets/master.key: 32 random bytes, 0600
  std::filesystem::path control_plane;           ///< home/control-plane: what the control plane keeps on disk
  std::filesystem::path agent_state;             ///< home/agent
  std::filesystem::path logs;                    ///< home/logs
  std::filesystem::path run_file;                ///< home/run.json
};
Layout layout_of(const std::filesystem::path& home, const std::filesystem::path& runtime_root = "/run/wisehosting");

/// Reads WISEHOSTING_HOME (default $HOME/.local/share/wisehosting), WISEHOSTING_PORT_OFFSET (0, 100 … 1200) and
/// WISEHOSTING_{DASHBOARD,HUB,EDGE,REGISTRY}_PORT and WISEHOSTING_PUBLISH_PORTS (`20000-20999`). `own_binary` is the
/// path of wh-control-plane; wh-agent is expected beside it (or in WISEHOSTING_AGENT_BINARY). All mistakes are reported
/// together, kind `invalid`.
base::Result<AllInOneOptions> options_from(const Environment& environment, const std::filesystem::path& own_binary);

/// Runs a whole installation on this machine until SIGTERM or SIGINT: PostgreSQL, `wh-control-plane serve`, `wh-agent`.
/// Restarts what dies (0.2 s to 10 s of back-off; at once after 5 s of good life). Returns an exit code:
/// 0 after an orderly stop (at most 10 s), 1 when it could not start (the reason is logged), 2 when this home is
/// already being run. Needs root (PostgreSQL runs as its own user). Blocks; one thread; call it from `main`.
///
/// What it expects of the programs:
/// - `wh-control-plane serve --home HOME`, with WISEHOSTING_{DASHBOARD,HUB,EDGE,REGISTRY}_PORT in the environment:
///   migrates, then answers 200 at http://127.0.0.1:<dashboard>/readyz; ends on SIGTERM within 5 s.
/// - `wh-control-plane worker-token NAME --json --home HOME`: prints one JSON object
///   {"token","expires_at","name","hub_url","ca_pin"} and exits 0.
/// - `wh-agent run`, configured by WISEHOSTING_{NAME,STATE_DIR,RUNTIME_DIR,HUB_URL,CA_PIN,ENROLMENT_TOKEN_FILE,
///   CAPABILITIES,PUBLISH_ADDRESS,PUBLISH_PORTS,EDGE_HTTP_ADDRESS,EDGE_HTTP_PORT,REGISTRY_PORT}; ends on SIGTERM
///   within 3 s and leaves its containers running.
int run_all_in_one(const AllInOneOptions& options);

}  // namespace all_in_one
