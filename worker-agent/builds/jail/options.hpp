#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.hpp"

/// The build jail: one program run as the root of its own user, mount, pid, network, uts, ipc and cgroup namespaces, in
/// a root that shows only the tools (/usr, read-only), one job folder and one image store. `wh-jail` is the executable;
/// what is here is shared by it and the agent that starts it.
namespace jail {

/// What the jail's processes together may use; 0 means unlimited.
struct Limits {
  std::uint64_t memory_bytes{0};
  std::uint64_t pids{0};
  std::uint64_t cpu_millis{0};  ///< 1000 = one core
  std::uint64_t disk_bytes{0};  ///< growth of the disk that holds the store (else the job) while the jail runs
  std::uint64_t file_bytes{0};  ///< the largest single file
  bool operator==(const Limits&) const = default;
};

enum class NetworkMode {
  none,   ///< a namespace with nothing but its loopback
  host,   ///< the host's own: only for our own tools with a checked destination (git fetch)
  build,  ///< a veth on the build bridge, whose egress rules are the agent's
};

struct Network {
  NetworkMode mode{NetworkMode::none};
  std::string bridge;   ///< build: the bridge on the host
  std::string veth;     ///< build: name of the host's end, ≤ 15 characters
  std::string address;  ///< build: IPv4 of the jail
  int prefix{24};
  std::string gateway;                 ///< build: IPv4 of the bridge
  std::vector<std::string> resolvers;  ///< for /etc/resolv.conf
  bool operator==(const Network&) const = default;
};

struct Options {
  std::uint32_t uid_base{0};  ///< first of 65,536 host ids; the jail's root is this one. Never 0
  std::string cgroup;         ///< relative to each hierarchy, e.g. `wisehosting/ab12/build-1`; empty: no limits
  Limits limits;
  std::filesystem::path store;    ///< shown as /var/lib/containers; empty: none
  std::filesystem::path seccomp;  ///< profile of the system calls of what podman runs in turn, shown as
                                  ///< kSeccompProfile; empty: none
  std::filesystem::path job;      ///< shown as /job, the working folder
  std::filesystem::path report;   ///< how it ended (`Report`), written by the part outside; empty: none
  Network network;
  bool privileged{false};  ///< keep the capabilities *inside* the user namespace (podman needs them, git does not)
  bool secret_from_stdin{false};     ///< the program sees what stdin holds in place of each argument `@secret`; no argv
  bool variables_from_stdin{false};  ///< stdin holds variables (variables.hpp), shown as files beneath kVariables
  std::map<std::string, std::string> env;  ///< added to PATH, HOME, LANG, TMPDIR
  std::vector<std::string> command;        ///< command[0] is an absolute path inside the jail
  bool operator==(const Options&) const = default;
};

/// How a jail ended.
struct Report {
  enum class End { exited, killed, setup_failed, cancelled, disk_full };
  End end{End::setup_failed};
  int exit_code{0};
  int signal{0};
  std::uint64_t oom_kills{0};     ///< processes that the memory limit killed
  std::uint64_t pids_refused{0};  ///< times the process limit refused a fork
  std::string error;              ///< setup_failed: what went wrong
  bool operator==(const Report&) const = default;
};

/// Where the jail shows `Options::seccomp`; buildah takes it from there also when it is not told to.
inline constexpr const char* kSeccompProfile = "/etc/containers/seccomp.json";
inline constexpr std::uint32_t kIds = 65536;
/// Exit code of wh-jail when the jail could not be made (the report tells it apart from the program's own 125).
inline constexpr int kSetupFailed = 125;

/// The arguments of wh-jail for `options`, without argv[0].
std::vector<std::string> to_arguments(const Options& options);
/// Reads them back; refuses unknown flags, missing values, an id base of 0, relative paths.
base::Result<Options> parse_arguments(std::span<const std::string> arguments);

std::string encode_report(const Report& report);
base::Result<Report> decode_report(const std::string& text);

}  // namespace jail
