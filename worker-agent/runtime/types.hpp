#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Podman, as the agent's capabilities see it.
namespace runtime {

/// The labels by which the agent finds its containers and networks again.
inline constexpr const char* kLabelWorker = "wh.worker";
inline constexpr const char* kLabelReplica = "wh.replica";
inline constexpr const char* kLabelAppEnvironment = "wh.app_environment";
inline constexpr const char* kLabelRelease = "wh.release";
inline constexpr const char* kLabelSpec = "wh.spec_sha256";

struct PublishedPort {
  std::string address;
  std::uint16_t port{0};
  std::uint16_t container_port{0};
};

struct VolumeMount {
  std::string name;  ///< of the Podman volume
  std::string path;  ///< inside the container
};

/// What a container is to be. Made by `build_container_spec` alone (SECURITY CTR-05): there is no member for
/// privileges, devices, host namespaces or bind mounts, so no caller can ask for them.
struct ContainerSpec {
  std::string name;
  std::string image;
  std::vector<std::string> command;  ///< empty: the image's own
  std::map<std::string, std::string> env;
  std::map<std::string, std::string> secrets;  ///< overrule `env`; in no file, handed over while it starts
  std::filesystem::path variables;             ///< the link to `secrets`
  std::map<std::string, std::string> labels;
  std::string hostname;
  std::string network;
  std::vector<std::string> dns_servers;
  PublishedPort publish;
  std::vector<VolumeMount> volumes;
  std::uint32_t first_id{0};  ///< of the 65,536 host ids that the container's are; 0: no user namespace
  std::string cgroup_parent;
  std::string log_path;
  std::int64_t log_bytes{0};
  std::int64_t cpu_millis{0};
  std::int64_t memory_bytes{0};
  std::int64_t pids{0};
  bool read_only{false};  ///< its root file system; /tmp and /run are in memory then
};

/// What an image says of the containers that are made of it.
struct ImageDefaults {
  std::string user;              ///< `user[:group]`, by name or number; empty is root
  std::vector<std::string> env;  ///< as it stands there
};

enum class ContainerStatus { created, running, exited, half_made, other };

/// A container as Podman tells it. Podman may be wrong about `running` when conmon died: see `proves_alive`.
struct ContainerInfo {
  std::string id;
  std::string name;
  ContainerStatus status{ContainerStatus::other};
  pid_t pid{0};
  pid_t conmon_pid{0};
  int exit_code{0};
  bool out_of_memory{false};
  std::string started_at;  ///< RFC 3339
  std::string layer;       ///< the folder of what it wrote, on this host; empty where Podman does not say
  std::string sandbox;     ///< the file that is its network namespace; empty while it has none
  std::map<std::string, std::string> labels;
  std::string stop_signal{"SIGTERM"};  ///< by its name or number, as the image says
};

/// One line of `GET /containers/json`.
struct ContainerSummary {
  std::string id;
  std::string name;
  ContainerStatus status{ContainerStatus::other};
  std::map<std::string, std::string> labels;
};

/// An image in the installation's store.
struct StoredImage {
  std::vector<std::string> names;  ///< host/repository@sha256:…, or with a tag
  std::int64_t built_at{0};        ///< unix seconds
  int containers{0};               ///< made of it, running or not
};

struct NetworkSpec {
  std::string name;
  std::string bridge;  ///< interface name, at most 15 characters
  std::map<std::string, std::string> labels;
};

struct NetworkInfo {
  std::string name;
  std::string bridge;
  std::map<std::string, std::string> labels;
};

/// Something that happened to a container, from Podman's event log.
struct ContainerEvent {
  std::string container_id;
  std::string action;  ///< "died", "start", "remove" …
  std::int64_t at{0};  ///< unix seconds
};

}  // namespace runtime
