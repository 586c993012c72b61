#include "worker-agent/host/containers.hpp"

#include <algorithm>
#include <sstream>

#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"

namespace host {
namespace {

constexpr std::uint64_t kLowDisk = std::uint64_t{2} << 30U;

std::string quote(const std::filesystem::path& path) {
  return "\"" + path.string() + "\"";
}

/// A TOML string in quotes has no room for these; paths with them are refused early.
bool plain(const std::filesystem::path& path) {
  return path.is_absolute() && path.string().find_first_of("\"\\\n") == std::string::npos;
}

std::filesystem::path full_path(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal();
}

std::string installation_of(const ContainerDirs& dirs) {
  return crypto::sha256_hex(full_path(dirs.state_dir).string()).substr(0, 8);
}

}  // namespace

const char* to_string(OciRuntime runtime) {
  switch (runtime) {
    case OciRuntime::crun: return "crun";
    case OciRuntime::runc: return "runc";
  }
  return "crun";
}

ContainerSetup describe_containers(const ContainerDirs& dirs) {
  const auto state = full_path(dirs.state_dir);
  const auto runtime = full_path(dirs.runtime_dir);
  const auto config = state / "containers";
  ContainerSetup setup;
  setup.installation = installation_of(dirs);
  setup.graph_root = state / "storage";
  setup.run_root = runtime / "r";
  setup.policy_file = config / "policy.json";
  setup.socket = runtime / "podman.sock";
  setup.variables_dir = runtime / "v";
  setup.log_dir = state / "logs" / "replicas";
  setup.daemon_dir = state / "daemons";
  setup.cgroup_parent = "/wh-" + setup.installation;
  setup.env = {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
               {"HOME", (state / "containers").string()},
               {"LANG", "C.UTF-8"},
               {"TMPDIR", (state / "tmp").string()},
               {"CONTAINERS_CONF", (config / "containers.conf").string()},
               {"CONTAINERS_STORAGE_CONF", (config / "storage.conf").string()},
               {"CONTAINERS_REGISTRIES_CONF", (config / "registries.conf").string()}};
  return setup;
}

std::filesystem::path oci_link(const ContainerDirs& dirs, OciRuntime runtime) {
  return full_path(dirs.state_dir) / "containers" / (std::string("oci-") + to_string(runtime));
}

std::string render_containers_conf(const HostState& host, const ContainerDirs& dirs, OciRuntime runtime) {
  const auto state = full_path(dirs.state_dir);
  const auto runtime_dir = full_path(dirs.runtime_dir);
  const std::string name = to_string(runtime);
  BASE_CHECK(plain(state) && plain(runtime_dir), "directories with quotes were refused before");
  // The subnets differ between installations, since their bridges share one host.
  const auto spread = std::stoul(installation_of(dirs).substr(0, 2), nullptr, 16) % 32;
  std::ostringstream out;
  out << "[containers]\n"
      << "default_ulimits = [\"nofile=" << host.open_files_limit << ":" << host.open_files_limit
      << "\", \"nproc=" << host.processes_limit << ":" << host.processes_limit << "\"]\n"
      << "seccomp_profile = " << quote(state / "containers" / "seccomp.json") << "\n"
      << "http_proxy = false\nbase_hosts_file = \"none\"\nlog_driver = \"k8s-file\"\n"
      << "[engine]\n"
      << "runtime = \"" << name << "\"\n"
      << "cgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\nlock_type = \"file\"\n"
      << "tmp_dir = " << quote(runtime_dir / "p") << "\n"
      << "image_copy_tmp_dir = " << quote(state / "tmp") << "\n";
  out << "[engine.runtimes]\n" << name << " = [" << quote(oci_link(dirs, runtime)) << "]\n";
  out << "[network]\nnetwork_backend = \"netavark\"\n"
      << "network_config_dir = " << quote(state / "networks") << "\n"
      << "default_subnet_pools = [{\"base\" = \"10." << 160 + spread << ".0.0/16\", \"size\" = 26}, {\"base\" = \"10."
      << 192 + spread << ".0.0/16\", \"size\" = 26}]\n";
  return out.str();
}

std::string render_storage_conf(const ContainerDirs& dirs) {
  const auto setup = describe_containers(dirs);
  return "[storage]\ndriver = \"overlay\"\ngraphroot = " + quote(setup.graph_root) +
         "\nrunroot = " + quote(setup.run_root) + "\n";
}

std::vector<Finding> judge(const HostState& host) {
  std::vector<Finding> findings;
  if (!host.root) {
    findings.push_back(
        {true, "host.not_root",
         "The agent does not run as root. It needs root to give containers networks and limits: start it "
         "as root, or turn its capability 'run' off."});
  }
  if (host.cgroup_mode == CgroupMode::none) {
    findings.push_back({true, "host.no_cgroups",
                        "There are no control groups at /sys/fs/cgroup, so no container can be limited. Mount them, or "
                        "give this machine's container access to them."});
  } else if (!host.missing_controllers.empty()) {
    std::string names;
    for (const auto& name : host.missing_controllers) names += (names.empty() ? "" : ", ") + name;
    findings.push_back(
        {true, "host.cgroup_controllers",
         "These control group controllers are missing: " + names +
             ". Without them an app could use up the whole machine. Turn them on in the kernel's command "
             "line or in the virtual machine's settings."});
  }
  if (host.disk_free_bytes < kLowDisk) {
    findings.push_back(
        {false, "host.low_disk",
         "Only " + std::to_string(host.disk_free_bytes >> 20U) +
             " MB are free where the agent keeps images and logs; builds may fail below 2048 MB. Free some "
             "space or move the state directory."});
  }
  return findings;
}

bool Preflight::ok() const {
  return std::ranges::none_of(findings, [](const Finding& finding) { return finding.problem; });
}

}  // namespace host
