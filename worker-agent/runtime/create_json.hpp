#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The body of `POST /containers/create` of Podman's REST API, as far as it is used. Only for container_body.cpp.
namespace runtime::wire {

struct Empty {
  template <class F>
  void map(F& /*fields*/) {}
};

struct MemoryLimit {
  std::int64_t limit{0};
  std::int64_t swap{0};  ///< memory and swap together; equal to `limit`: no swap

  template <class F>
  void map(F& f) {
    f.required("limit", limit);
    f.required("swap", swap);
  }
};

struct CpuLimit {
  std::int64_t quota{0};
  std::uint64_t period{100'000};

  template <class F>
  void map(F& f) {
    f.required("quota", quota);
    f.required("period", period);
  }
};

struct PidsLimit {
  std::int64_t limit{0};

  template <class F>
  void map(F& f) {
    f.required("limit", limit);
  }
};

struct ResourceLimits {
  MemoryLimit memory;
  CpuLimit cpu;
  PidsLimit pids;

  template <class F>
  void map(F& f) {
    f.required("memory", memory);
    f.required("cpu", cpu);
    f.required("pids", pids);
  }
};

struct Namespace {
  std::string mode;

  template <class F>
  void map(F& f) {
    f.required("nsmode", mode);
  }
};

struct IdRange {
  std::uint32_t container_id{0};
  std::uint32_t host_id{0};
  std::uint32_t size{0};

  template <class F>
  void map(F& f) {
    f.required("container_id", container_id);
    f.required("host_id", host_id);
    f.required("size", size);
  }
};

struct IdMappings {
  std::vector<IdRange> users;
  std::vector<IdRange> groups;

  template <class F>
  void map(F& f) {
    f.required("UIDMap", users);
    f.required("GIDMap", groups);
  }
};

struct PortMapping {
  std::string host_ip;
  std::uint16_t host_port{0};
  std::uint16_t container_port{0};
  std::string protocol{"tcp"};

  template <class F>
  void map(F& f) {
    f.required("host_ip", host_ip);
    f.required("host_port", host_port);
    f.required("container_port", container_port);
    f.required("protocol", protocol);
  }
};

struct LogConfiguration {
  std::string driver{"k8s-file"};
  std::string path;
  std::int64_t size{0};

  template <class F>
  void map(F& f) {
    f.required("driver", driver);
    f.required("path", path);
    f.required("size", size);
  }
};

struct NamedVolume {
  std::string name;
  std::string path;
  std::vector<std::string> options;

  template <class F>
  void map(F& f) {
    f.required("Name", name);
    f.required("Dest", path);
    f.required("Options", options);
  }
};

/// Memory in place of a folder; it counts as the container's.
struct MemoryMount {
  std::string destination;
  std::string type{"tmpfs"};
  std::string source{"tmpfs"};
  std::vector<std::string> options{"rw", "nosuid", "nodev", "mode=1777", "size=67108864"};

  template <class F>
  void map(F& f) {
    f.required("destination", destination);
    f.required("type", type);
    f.required("source", source);
    f.required("options", options);
  }
};

/// The body of a creation. The constants in here hold for every container of a user.
struct HealthCheck {
  std::vector<std::string> test{"NONE"};

  template <class F>
  void map(F& f) {
    f.required("Test", test);
  }
};

struct CreateContainer {
  std::string name;
  std::string image;
  std::optional<std::vector<std::string>> command;
  std::map<std::string, std::string> env;
  bool no_other_env{true};
  HealthCheck health;
  std::map<std::string, std::string> labels;
  std::optional<std::map<std::string, std::string>> annotations;
  std::string hostname;
  std::vector<std::string> cap_drop{"ALL"};
  std::vector<std::string> cap_add;
  bool no_new_privileges{true};
  bool init{true};
  bool privileged{false};
  std::string restart_policy{"no"};
  std::string image_volume_mode{"anonymous"};
  std::string cgroup_parent;
  LogConfiguration log;
  ResourceLimits limits;
  Namespace network_namespace{"bridge"};
  std::map<std::string, Empty> networks;
  std::vector<PortMapping> ports;
  std::vector<NamedVolume> volumes;
  std::optional<std::vector<std::string>> dns_servers;
  std::optional<Namespace> user_namespace;
  std::optional<IdMappings> id_mappings;
  std::optional<bool> read_only;
  std::optional<std::vector<MemoryMount>> mounts;

  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("image", image);
    f.optional("command", command);
    f.required("env", env);
    f.required("unsetenvall", no_other_env);
    f.required("healthconfig", health);
    f.required("labels", labels);
    f.optional("annotations", annotations);
    f.required("hostname", hostname);
    f.required("cap_drop", cap_drop);
    f.required("cap_add", cap_add);
    f.required("no_new_privileges", no_new_privileges);
    f.required("init", init);
    f.required("privileged", privileged);
    f.required("restart_policy", restart_policy);
    f.required("image_volume_mode", image_volume_mode);
    f.required("cgroup_parent", cgroup_parent);
    f.required("log_configuration", log);
    f.required("resource_limits", limits);
    f.required("netns", network_namespace);
    f.required("networks", networks);
    f.required("portmappings", ports);
    f.required("volumes", volumes);
    f.optional("dns_server", dns_servers);
    f.optional("userns", user_namespace);
    f.optional("idmappings", id_mappings);
    f.optional("read_only_filesystem", read_only);
    f.optional("mounts", mounts);
  }
};

}  // namespace runtime::wire
