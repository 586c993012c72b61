#include <sys/stat.h>

#include <filesystem>

#include "common/async/process.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/host/seccomp.hpp"
#include "worker-agent/host/tar.hpp"

namespace host {
namespace {

constexpr const char* kProbeImage = "localhost/wisehosting/probe:1";
/// Of Debian's package golang-github-containers-common, which Podman needs.
constexpr const char* kSeccomp = "/usr/share/containers/seccomp.json";
constexpr const char* kProbeIds = "0:99000000:65536";

/// What was proven, kept on disk. It holds as long as `key` is the same.
struct Proof {
  std::string key;
  std::string runtime;
  bool user_namespaces{false};
  std::string podman_version;

  template <class F>
  void map(F& f) {
    f.required("key", key);
    f.required("runtime", runtime);
    f.required("user_namespaces", user_namespaces);
    f.required("podman_version", podman_version);
  }
};

constexpr OciRuntime kRuntimes[] = {OciRuntime::crun, OciRuntime::runc};

struct Way {
  OciRuntime runtime{OciRuntime::crun};
  bool user_namespaces{true};
};

/// Best first.
std::vector<Way> ways() {
  std::vector<Way> out;
  for (const auto runtime : kRuntimes) {
    out.push_back({runtime, true});
    out.push_back({runtime, false});
  }
  return out;
}

/// Changes whenever a program is upgraded.
std::string file_stamp(const std::filesystem::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return path.string() + " absent\n";
  return path.string() + " " + std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "\n";
}

std::string proof_key(const HostState& host, const ContainerDirs& dirs) {
  std::string text = host.kernel + "\n" + to_string(host.cgroup_mode) + "\n" + kProbeIds + "\n";
  for (const char* program : {"/usr/bin/podman", "/usr/bin/crun", "/usr/sbin/runc", "/usr/bin/conmon"}) {
    text += file_stamp(program);
  }
  text += file_stamp(kSeccomp) + file_stamp(dirs.oci_wrapper) + render_storage_conf(dirs);
  for (const auto runtime : kRuntimes) text += render_containers_conf(host, dirs, runtime);
  return crypto::sha256_hex(text);
}

void make_folders(const ContainerSetup& setup) {
  const auto state = setup.graph_root.parent_path();
  for (const auto& folder : {state / "containers", state / "storage", state / "networks", state / "tmp", setup.log_dir,
                             setup.daemon_dir, setup.run_root, setup.variables_dir}) {
    std::filesystem::create_directories(folder);
  }
  // What runs here is nobody else's business.
  ::chmod(state.c_str(), 0700);
  ::chmod(setup.variables_dir.c_str(), 0700);
  ::chmod(setup.run_root.parent_path().c_str(),
          0711);  // others pass through: the database of an all-in-one host has its socket beneath
}

/// Replaces only what differs: a running Podman reads these files.
void write_if_changed(const std::filesystem::path& path, const std::string& content) {
  if (std::filesystem::exists(path) && base::blocking_read_file(path) == content) return;
  base::blocking_write_file(path, content, 0600);
}

/// Points `link` at `program`; in one step, for Podman may be calling it.
void place_link(const std::filesystem::path& program, const std::filesystem::path& link) {
  std::error_code error;
  if (std::filesystem::read_symlink(link, error) == program) return;
  const auto fresh = link.string() + ".new";
  std::filesystem::remove(fresh);
  std::filesystem::create_symlink(program, fresh);
  std::filesystem::rename(fresh, link);
}

void write_files(const HostState& host, const ContainerDirs& dirs, const ContainerSetup& setup, OciRuntime runtime) {
  place_link(dirs.oci_wrapper, oci_link(dirs, runtime));
  write_if_changed(setup.env.at("CONTAINERS_CONF"), render_containers_conf(host, dirs, runtime));
  write_if_changed(setup.env.at("CONTAINERS_STORAGE_CONF"), render_storage_conf(dirs));
  // Images come by digest from the installation's registry only; short names never resolve to somewhere else.
  write_if_changed(setup.env.at("CONTAINERS_REGISTRIES_CONF"),
                   "unqualified-search-registries = []\nshort-name-mode = \"enforcing\"\n");
  write_if_changed(setup.policy_file, R"({"default":[{"type":"insecureAcceptAnything"}]})"
                                      "\n");
}

std::filesystem::path find_wrapper(const ContainerDirs& dirs) {
  if (!dirs.oci_wrapper.empty()) return std::filesystem::absolute(dirs.oci_wrapper).lexically_normal();
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "wh-oci-runtime";
}

std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "it said nothing";
  const auto start = text.rfind('\n', end);
  return text.substr(start == std::string::npos ? 0 : start + 1,
                     end - (start == std::string::npos ? 0 : start + 1) + 1);
}

async::ProcessSpec podman(const ContainerSetup& setup, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/podman");
  return async::ProcessSpec{.argv = std::move(arguments), .env = setup.env};
}

async::Task<base::Result<async::ProcessResult>> import_probe_image(const ContainerSetup& setup,
                                                                   base::Deadline deadline) {
  auto import = podman(setup, {"import", "--quiet", "-", kProbeImage});
  import.stdin_data = tar_with_one_file("busybox", base::blocking_read_file("/bin/busybox"));
  co_return co_await async::run_process(std::move(import), deadline);
}

/// Runs one container with the limits that replicas get. The error's message is what Podman said last.
async::Task<base::Result<void>> prove(const ContainerSetup& setup, bool user_namespace, base::Deadline deadline) {
  auto exists = podman(setup, {"image", "exists", kProbeImage});
  CO_TRY_ASSIGN(const auto found, co_await async::run_process(std::move(exists), deadline));
  if (found.exit_code != 0) {
    CO_TRY_ASSIGN(const auto imported, co_await import_probe_image(setup, deadline));
    if (!imported.ok()) co_return base::fail(base::ErrorKind::unavailable, "host.import", last_line(imported.err));
  }
  auto run = podman(setup, {"run", "--rm", "--pull=never", "--network=none", "--memory=64m", "--pids-limit=16",
                            "--cpus=0.5", "--cgroup-parent=" + setup.cgroup_parent});
  if (user_namespace) run.argv.insert(run.argv.end(), {"--uidmap", kProbeIds, "--gidmap", kProbeIds});
  run.argv.insert(run.argv.end(), {kProbeImage, "/busybox", "true"});
  CO_TRY_ASSIGN(const auto ran, co_await async::run_process(std::move(run), deadline));
  if (!ran.ok()) co_return base::fail(base::ErrorKind::unavailable, "host.probe", last_line(ran.err));
  co_return base::Result<void>{};
}

async::Task<base::Result<std::string>> podman_version(const ContainerSetup& setup, base::Deadline deadline) {
  auto ask = podman(setup, {"--version"});
  CO_TRY_ASSIGN(const auto answer, co_await async::run_process(std::move(ask), deadline));
  const auto space = answer.out.rfind(' ');
  if (!answer.ok() || space == std::string::npos) {
    co_return base::fail(base::ErrorKind::unavailable, "host.podman", "Podman does not tell its version.");
  }
  co_return answer.out.substr(space + 1, answer.out.find_last_not_of('\n') - space);
}

std::optional<Proof> read_proof(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  auto proof = json::decode<Proof>(base::blocking_read_file(file), json::Unknown::ignore);
  if (!proof) return std::nullopt;
  return std::move(*proof);
}

void apply_proof(ContainerSetup& setup, const Proof& proof) {
  for (const auto runtime : kRuntimes) {
    if (proof.runtime == to_string(runtime)) setup.runtime = runtime;
  }
  setup.podman_version = proof.podman_version;
  setup.user_namespaces = proof.user_namespaces;
  if (!setup.user_namespaces) {
    setup.warnings.push_back(
        "Containers have no user namespace of their own here (kernel or file system cannot): root in a container has "
        "the host's root id, confined by the other walls only.");
  }
  if (setup.runtime == OciRuntime::runc) {
    setup.warnings.push_back(
        "Containers run with runc, because crun cannot run here. Debian 12's runc has known holes that crun does not "
        "have "
        "(CVE-2025-31133 and its kin): do not run code of people you do not trust on this machine.");
  }
}

}  // namespace

async::Task<base::Result<ContainerSetup>> prepare_containers(HostState host, ContainerDirs dirs,
                                                             base::Deadline deadline) {
  dirs.oci_wrapper = find_wrapper(dirs);
  auto setup = describe_containers(dirs);
  setup.resolvers = host.resolvers;
  if (setup.run_root.string().size() > 50) {
    co_return base::fail(
        base::ErrorKind::invalid, "host.runtime_dir",
        "The runtime directory " + dirs.runtime_dir.string() +
            " is too long: Podman needs at most 48 characters. Choose a shorter one, e.g. /run/wisehosting/a.");
  }
  make_folders(setup);
  if (!std::filesystem::exists(kSeccomp))
    co_return base::fail(base::ErrorKind::unavailable, "host.seccomp", std::string(kSeccomp) + " is missing.");
  CO_TRY_ASSIGN(const auto seccomp, strict_seccomp(base::blocking_read_file(kSeccomp)));
  write_if_changed(setup.policy_file.parent_path() / "seccomp.json", seccomp);
  const auto proof_file = setup.graph_root.parent_path() / "containers" / "proof.json";
  const auto key = proof_key(host, dirs);
  if (const auto proof = read_proof(proof_file); proof && proof->key == key) {
    apply_proof(setup, *proof);
    write_files(host, dirs, setup, setup.runtime);
    co_return setup;
  }
  write_files(host, dirs, setup, kRuntimes[0]);
  CO_TRY_ASSIGN(const auto version, co_await podman_version(setup, deadline));
  std::string reasons;
  for (const auto& [runtime, user_namespaces] : ways()) {
    write_files(host, dirs, setup, runtime);
    const auto proven = co_await prove(setup, user_namespaces, deadline);
    if (proven) {
      const Proof proof{
          .key = key, .runtime = to_string(runtime), .user_namespaces = user_namespaces, .podman_version = version};
      base::blocking_write_file(proof_file, json::encode(proof), 0600);
      apply_proof(setup, proof);
      setup.proven_now = true;
      co_return setup;
    }
    reasons += std::string(reasons.empty() ? "" : "; ") + to_string(runtime) + ": " + proven.error().message;
    logging::debug("host.probe_failed", {{"runtime", to_string(runtime)}, {"reason", proven.error().message}});
  }
  co_return base::fail(base::ErrorKind::unavailable, "host.containers",
                       "Podman cannot run a container on this machine (" + reasons + ").");
}

async::Task<Preflight> preflight(ContainerDirs dirs, base::Deadline deadline) {
  Preflight result;
  std::filesystem::create_directories(dirs.state_dir);
  result.host = blocking_detect(dirs.state_dir);
  result.findings = judge(result.host);
  if (!result.ok()) co_return result;
  auto prepared = co_await prepare_containers(result.host, std::move(dirs), deadline);
  if (!prepared) {
    result.findings.push_back({true, prepared.error().code, prepared.error().message});
    co_return result;
  }
  for (const auto& warning : prepared->warnings) result.findings.push_back({false, "host.runtime", warning});
  result.containers = std::move(*prepared);
  co_return result;
}

}  // namespace host
