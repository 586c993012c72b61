#include "worker-agent/runtime/container_body.hpp"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "common/json/json.hpp"
#include "worker-agent/host/id_ranges.hpp"
#include "worker-agent/runtime/create_json.hpp"
#include "worker-agent/runtime/variables.hpp"

namespace runtime {
namespace {

/// What ordinary images need, and no more: start as root and give files away (CHOWN, DAC_OVERRIDE, FOWNER), become
/// another user (SETUID, SETGID), signal that user's processes (KILL), listen below 1024 (NET_BIND_SERVICE). Left out
/// of Podman's usual set: NET_RAW (forged packets), MKNOD, SETFCAP, SETPCAP, FSETID, SYS_CHROOT, AUDIT_WRITE.
const std::vector<std::string> kCapabilities = {"CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FOWNER",          "CAP_SETGID",
                                                "CAP_SETUID", "CAP_KILL",         "CAP_NET_BIND_SERVICE"};

/// Podman makes what is added ambient for an image that starts as somebody else. That user gave the rest up.
const std::vector<std::string> kCapabilitiesOfOthers = {"CAP_NET_BIND_SERVICE"};

/// `user[:group]`, by name or number, as an image says it.
bool is_root(std::string_view user) {
  const auto name = user.substr(0, user.find(':'));
  return name == "root" || name.find_first_not_of('0') == std::string_view::npos;
}

/// `own` over the image's over what every container has.
std::map<std::string, std::string> environment(std::map<std::string, std::string> own,
                                               const std::vector<std::string>& of_image) {
  std::map<std::string, std::string> env = {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                                            {"TERM", "xterm"},
                                            {"container", "podman"}};
  for (const auto& entry : of_image) {
    const auto equals = entry.find('=');
    if (equals != std::string::npos && equals > 0) env[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  for (auto& [name, value] : own) env[name] = std::move(value);
  return env;
}

}  // namespace

std::string container_body(ContainerSpec spec, const ImageDefaults& image) {
  wire::CreateContainer body;
  body.name = std::move(spec.name);
  body.image = std::move(spec.image);
  if (!spec.command.empty()) body.command = std::move(spec.command);
  body.env = environment(std::move(spec.env), image.env);
  if (!spec.secrets.empty()) body.annotations = {{kVariablesAnnotation, spec.variables.string()}};
  body.labels = std::move(spec.labels);
  body.hostname = std::move(spec.hostname);
  body.cap_add = is_root(image.user) ? kCapabilities : kCapabilitiesOfOthers;
  body.cgroup_parent = std::move(spec.cgroup_parent);
  body.log.path = std::move(spec.log_path);
  body.log.size = spec.log_bytes;
  body.limits.memory = {.limit = spec.memory_bytes, .swap = spec.memory_bytes};
  body.limits.cpu.quota = spec.cpu_millis * 100;
  body.limits.pids.limit = spec.pids;
  body.networks[spec.network] = {};
  body.ports.push_back(
      {.host_ip = spec.publish.address, .host_port = spec.publish.port, .container_port = spec.publish.container_port});
  for (auto& volume : spec.volumes) body.volumes.push_back({volume.name, volume.path, {"nodev", "nosuid"}});
  if (!spec.dns_servers.empty()) body.dns_servers = std::move(spec.dns_servers);
  if (spec.read_only) {
    body.read_only = true;
    body.mounts.emplace();
    for (const auto* folder : {"/tmp", "/run", "/var/tmp"}) body.mounts->push_back({.destination = folder});
  }
  if (spec.first_id != 0) {
    const wire::IdRange range{.container_id = 0, .host_id = spec.first_id, .size = host::kIdsPerRange};
    body.user_namespace = wire::Namespace{"private"};
    body.id_mappings = wire::IdMappings{.users = {range}, .groups = {range}};
  }
  return json::encode(body);
}

}  // namespace runtime
