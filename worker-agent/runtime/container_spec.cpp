#include "worker-agent/runtime/container_spec.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "common/crypto/hash.hpp"
#include "common/json/json.hpp"
#include "worker-agent/runtime/networks.hpp"

namespace runtime {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool variable_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && (is_letter(name.front()) || name.front() == '_') &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool volume_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; }) &&
         name.front() != '-';
}

/// An absolute path beneath the root, without "..", outside of what the kernel and Podman provide.
bool volume_path(std::string_view path) {
  if (path.size() < 2 || path.size() > 256 || path.front() != '/' || path.find('\0') != std::string_view::npos)
    return false;
  for (const auto& part : std::filesystem::path(path)) {
    if (part == ".." || part == ".") return false;
  }
  return std::ranges::none_of(
      std::array<std::string_view, 4>{"/proc", "/sys", "/dev", "/run"},
      [&](std::string_view taken) { return path == taken || path.starts_with(std::string(taken) + "/"); });
}

base::Result<void> add_variables(std::map<std::string, std::string>& env, std::map<std::string, std::string> more) {
  for (auto& [name, value] : more) {
    if (!variable_name(name)) {
      return base::invalid("env", "the name of an environment variable may hold letters, digits and _ only");
    }
    if (value.find('\0') != std::string::npos)
      return base::invalid("env", "the variable " + name + " holds a null byte");
    env[name] = std::move(value);
  }
  return {};
}

base::Result<void> add_volumes(ContainerSpec& spec, const protocol::ReplicaObject& object) {
  for (const auto& volume : object.volumes) {
    if (!volume_name(volume.name))
      return base::invalid("volumes", "the volume name '" + volume.name + "' is not allowed");
    if (!volume_path(volume.path))
      return base::invalid("volumes", "a volume cannot be mounted at '" + volume.path + "'");
    spec.volumes.push_back({"wh-" + object.app_environment_id.to_string() + "-" + volume.name, volume.path});
  }
  return {};
}

}  // namespace

std::string container_name(base::ReplicaId replica) {
  return "wh-" + replica.to_string();
}

std::optional<base::ReplicaId> replica_of_container(std::string_view name) {
  if (!name.starts_with("wh-")) return std::nullopt;
  const auto id = base::ReplicaId::parse(name.substr(3));
  return id ? std::optional(*id) : std::nullopt;
}

std::filesystem::path container_log(const host::ContainerSetup& setup, base::ReplicaId replica) {
  return setup.log_dir / (replica.to_string() + ".log");
}

std::string spec_sha256(const protocol::ReplicaObject& object) {
  auto container = object;
  container.secrets.reset();
  container.health = {};
  container.stop_grace_s = 0;
  container.desired = protocol::DesiredState::running;
  container.limits.disk_bytes.reset();  // looked after, not set
  return crypto::sha256_hex(json::encode(container));
}

base::Result<ContainerSpec> build_container_spec(const protocol::ReplicaObject& object,
                                                 std::map<std::string, std::string> secrets, base::WorkerId worker,
                                                 const host::ContainerSetup& setup, std::uint32_t first_id) {
  ContainerSpec spec;
  spec.name = container_name(object.replica_id);
  spec.image = object.image;
  if (object.command) spec.command = *object.command;
  TRY_CHECK(add_variables(spec.env, object.env));
  TRY_CHECK(add_variables(spec.secrets, std::move(secrets)));
  spec.env["PORT"] = std::to_string(object.port);
  spec.secrets.erase("PORT");
  spec.variables = setup.variables_dir / object.replica_id.to_string();
  spec.labels = {{kLabelWorker, worker.to_string()},
                 {kLabelReplica, object.replica_id.to_string()},
                 {kLabelAppEnvironment, object.app_environment_id.to_string()},
                 {kLabelRelease, object.release_id.to_string()},
                 {kLabelSpec, spec_sha256(object)}};
  spec.hostname = object.replica_id.to_string();
  spec.network = network_name(object.app_environment_id);
  spec.dns_servers = setup.resolvers;
  spec.publish = {object.publish.address, object.publish.port, object.port};
  TRY_CHECK(add_volumes(spec, object));
  spec.cgroup_parent = setup.cgroup_parent;
  spec.log_path = container_log(setup, object.replica_id).string();
  spec.log_bytes = kLogBytes;
  spec.cpu_millis = object.limits.cpu_millis;
  spec.memory_bytes = static_cast<std::int64_t>(object.limits.memory_bytes);
  spec.pids = object.limits.pids;
  spec.read_only = object.limits.read_only.value_or(false);
  spec.first_id = first_id;
  return spec;
}

}  // namespace runtime
