#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/id.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/text_forms.hpp"

/// The bodies that assignments name by hash (PROTOCOL 6). Canonical only in that their bytes are hashed as they are.
namespace protocol {

struct PublishAddress {
  std::string address{};
  std::uint16_t port{0};

  template <class F>
  void map(F& f) {
    f.required("address", address);
    f.required("port", port);
  }
};

struct ReplicaLimits {
  std::uint32_t cpu_millis{500};
  std::uint64_t memory_bytes{std::uint64_t{256} << 20U};
  std::uint32_t pids{256};
  std::optional<std::uint64_t> disk_bytes{};  ///< of its writable layer: told when it has more. Since 1.1
  std::optional<bool> read_only{};            ///< the root file system; /tmp is in memory then. Since 1.1

  template <class F>
  void map(F& f) {
    f.required("cpu_millis", cpu_millis);
    f.required("memory_bytes", memory_bytes);
    f.required("pids", pids);
    f.optional("disk_bytes", disk_bytes);
    f.optional("read_only", read_only);
  }
};

enum class HealthKind { http, tcp, none };

struct HealthProbe {
  HealthKind kind{HealthKind::http};
  std::optional<std::string> path{};
  std::uint32_t interval_ms{1'000};
  std::uint32_t timeout_ms{1'000};
  std::uint32_t grace_s{30};
  std::uint32_t healthy_after{1};
  std::uint32_t unhealthy_after{3};

  template <class F>
  void map(F& f) {
    f.required("kind", kind);
    f.optional("path", path);
    f.required("interval_ms", interval_ms);
    f.required("timeout_ms", timeout_ms);
    f.required("grace_s", grace_s);
    f.required("healthy_after", healthy_after);
    f.required("unhealthy_after", unhealthy_after);
  }
};

struct ReplicaVolume {
  std::string name{};
  std::string path{};

  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("path", path);
  }
};

enum class DesiredState { running, stopped };

/// One replica as it shall be. `secrets` is the sealed box of a JSON object of environment variables.
struct ReplicaObject {
  base::ReplicaId replica_id{};
  base::AppEnvironmentId app_environment_id{};
  base::OrganizationId organization_id{};
  base::ReleaseId release_id{};
  base::DeploymentId deployment_id{};
  std::uint32_t index{0};
  std::string image{};  ///< ends in `@sha256:` and 64 digits
  std::optional<std::vector<std::string>> command{};
  std::map<std::string, std::string> env{};
  std::optional<Binary> secrets{};
  std::uint16_t port{8080};
  PublishAddress publish{};
  ReplicaLimits limits{};
  HealthProbe health{};
  std::uint32_t stop_grace_s{30};
  std::string network{};
  std::vector<ReplicaVolume> volumes{};
  bool exclusive{false};
  DesiredState desired{DesiredState::running};

  template <class F>
  void map(F& f) {
    f.required("replica_id", replica_id);
    f.required("app_environment_id", app_environment_id);
    f.required("organization_id", organization_id);
    f.required("release_id", release_id);
    f.required("deployment_id", deployment_id);
    f.required("index", index);
    f.required("image", image);
    f.optional("command", command);
    f.required("env", env);
    f.optional("secrets", secrets);
    f.required("port", port);
    f.required("publish", publish);
    f.required("limits", limits);
    f.required("health", health);
    f.required("stop_grace_s", stop_grace_s);
    f.required("network", network);
    f.required("volumes", volumes);
    f.required("exclusive", exclusive);
    f.required("desired", desired);
  }
};

struct MeshPeerObject {
  base::Uuid peer_id{};
  Binary public_key{};  ///< 32 bytes
  std::optional<std::string> endpoint{};
  std::vector<std::string> allowed_ips{};
  std::uint32_t keepalive_s{25};

  template <class F>
  void map(F& f) {
    f.required("peer_id", peer_id);
    f.required("public_key", public_key);
    f.optional("endpoint", endpoint);
    f.required("allowed_ips", allowed_ips);
    f.required("keepalive_s", keepalive_s);
  }
};

enum class TargetState { ready, drain };

struct RouteTarget {
  base::ReplicaId replica_id{};
  std::string address{};
  std::uint16_t port{0};
  std::uint32_t weight{100};
  TargetState state{TargetState::ready};
  std::optional<base::ReleaseId> release_id{};  ///< what the replica runs: tells old from new in an edge's counts

  template <class F>
  void map(F& f) {
    f.required("replica_id", replica_id);
    f.required("address", address);
    f.required("port", port);
    f.required("weight", weight);
    f.required("state", state);
    f.optional("release_id", release_id);
  }
};

/// The hosts of one app environment and where their requests go.
struct RouteObject {
  base::AppEnvironmentId app_environment_id{};
  std::vector<std::string> hosts{};
  std::vector<RouteTarget> targets{};
  json::Raw options{"{}"};

  template <class F>
  void map(F& f) {
    f.required("app_environment_id", app_environment_id);
    f.required("hosts", hosts);
    f.required("targets", targets);
    f.required("options", options);
  }
};

/// A certificate for an edge; in the same assignment as routes, told apart by its members. `key` is a sealed box.
struct CertificateObject {
  std::string host{};
  std::string chain_pem{};
  Binary key{};

  template <class F>
  void map(F& f) {
    f.required("host", host);
    f.required("chain_pem", chain_pem);
    f.required("key", key);
  }
};

/// Decode a body and check its values: ports, digests, addresses, counts. Error kind `invalid` or `malformed`.
base::Result<ReplicaObject> decode_replica(std::string_view bytes);
base::Result<RouteObject> decode_route(std::string_view bytes);
base::Result<MeshPeerObject> decode_mesh_peer(std::string_view bytes);
base::Result<CertificateObject> decode_certificate(std::string_view bytes);

}  // namespace protocol

template <>
struct json::EnumNames<protocol::HealthKind> {
  static constexpr std::array<std::pair<protocol::HealthKind, std::string_view>, 3> names{{
      {protocol::HealthKind::http, "http"},
      {protocol::HealthKind::tcp, "tcp"},
      {protocol::HealthKind::none, "none"},
  }};
};

template <>
struct json::EnumNames<protocol::DesiredState> {
  static constexpr std::array<std::pair<protocol::DesiredState, std::string_view>, 2> names{{
      {protocol::DesiredState::running, "running"},
      {protocol::DesiredState::stopped, "stopped"},
  }};
};

template <>
struct json::EnumNames<protocol::TargetState> {
  static constexpr std::array<std::pair<protocol::TargetState, std::string_view>, 2> names{{
      {protocol::TargetState::ready, "ready"},
      {protocol::TargetState::drain, "drain"},
  }};
};
