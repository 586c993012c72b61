#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/host_state.hpp"

/// Podman's configuration of this installation: its own files, store and sockets, apart from any other Podman on the
/// host.
namespace host {

/// How containers are started, best first. Podman calls either through `wh-oci-runtime`.
enum class OciRuntime {
  crun,
  runc,  ///< last resort, shown as a warning (SECURITY CTR-07)
};

const char* to_string(OciRuntime runtime);

/// Where an installation keeps what belongs to containers.
struct ContainerDirs {
  std::filesystem::path state_dir;    ///< on disk; store, networks, configuration and logs live beneath it
  std::filesystem::path runtime_dir;  ///< short, on tmpfs; Podman refuses run roots over 50 characters
  std::filesystem::path oci_wrapper;  ///< the program `wh-oci-runtime`; empty: beside this executable
};

/// The answer of `prepare_containers`: everything needed to call Podman and skopeo.
struct ContainerSetup {
  std::string installation;  ///< 8 hexadecimal digits; in the names of bridges, tables and cgroups
  OciRuntime runtime{OciRuntime::crun};
  bool user_namespaces{false};             ///< containers get one each, with the ids of their app environment
  std::map<std::string, std::string> env;  ///< exactly the environment of podman and skopeo
  std::filesystem::path graph_root;
  std::filesystem::path run_root;
  std::filesystem::path policy_file;
  std::filesystem::path socket;         ///< of `podman system service`
  std::filesystem::path variables_dir;  ///< links to the values of containers that are being started
  std::filesystem::path log_dir;        ///< of containers
  std::filesystem::path daemon_dir;     ///< records and logs of daemons
  std::string cgroup_parent;            ///< e.g. "/wh-1f2e3d4c"
  std::string podman_version;           ///< e.g. "4.3.1"
  std::vector<std::string> warnings;    ///< sentences for the operator
  std::vector<std::string> resolvers;   ///< as in HostState
  bool proven_now{false};               ///< false: the proof of an earlier start still holds
};

/// Paths and names only; touches nothing.
ContainerSetup describe_containers(const ContainerDirs& dirs);

/// Under which name Podman calls `wh-oci-runtime`: its end says which runtime that one becomes.
std::filesystem::path oci_link(const ContainerDirs& dirs, OciRuntime runtime);

/// Writes the configuration and proves once, with a probe container, which OCI runtime works; the proof is kept and
/// holds until a program, the kernel, the cgroup mode or the configuration changes (first start about 0.6 s, later 2
/// ms). Error `host.containers` with a sentence for the operator when no container can be run.
async::Task<base::Result<ContainerSetup>> prepare_containers(HostState host, ContainerDirs dirs,
                                                             base::Deadline deadline);

/// One thing that the preflight found.
struct Finding {
  bool problem{false};   ///< false: a warning, things work
  std::string code;      ///< e.g. "host.low_disk"
  std::string sentence;  ///< what is wrong and what to do
};

struct Preflight {
  HostState host;
  std::optional<ContainerSetup> containers;
  std::vector<Finding> findings;
  bool ok() const;
};

/// Looks at the host, prepares containers, says what is missing. For `./dev up` and the start of the agent.
async::Task<Preflight> preflight(ContainerDirs dirs, base::Deadline deadline);

/// Findings that follow from the host alone. Pure.
std::vector<Finding> judge(const HostState& host);

// The files that are written; pure.
std::string render_containers_conf(const HostState& host, const ContainerDirs& dirs, OciRuntime runtime);
std::string render_storage_conf(const ContainerDirs& dirs);

}  // namespace host
