#include "common/protocol/objects.hpp"

#include <algorithm>

#include "common/json/json.hpp"
#include "common/protocol/limits.hpp"

namespace protocol {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::uint32_t kMaxWeight = 256;
constexpr std::size_t kMaxHosts = 100;
constexpr std::size_t kMaxTargets = 1'000;
constexpr std::string_view kDigestMark = "@sha256:";

template <class T>
base::Result<T> decode_body(std::string_view bytes) {
  return json::decode<T>(bytes, json::Unknown::ignore, {.bytes = kMaxObjectBytes});
}

bool has_control_or_space(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7F; });
}

// A name of an image, host, address or network: no byte in it can end a line, an argument or a field.
bool is_plain(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit && text.front() != '-' && !has_control_or_space(text);
}

bool is_image(std::string_view image) {
  const std::size_t mark = image.find(kDigestMark);
  return mark != std::string_view::npos && mark > 0 && is_plain(image, 512) &&
         Digest::parse(image.substr(mark + kDigestMark.size())).has_value();
}

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  if (name.empty() || name.size() > 128 || !letter(name.front())) return false;
  return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_probe(const HealthProbe& probe) {
  if (probe.kind == HealthKind::none) return true;
  const bool path_fine =
      probe.kind != HealthKind::http ||
      (probe.path && probe.path->starts_with('/') && probe.path->size() <= 1'024 && !has_control_or_space(*probe.path));
  return path_fine && probe.interval_ms > 0 && probe.timeout_ms > 0 && probe.healthy_after > 0 &&
         probe.unhealthy_after > 0;
}

bool is_replica_environment(const ReplicaObject& replica) {
  return std::ranges::all_of(replica.env, [](const auto& variable) {
    return is_variable_name(variable.first) && variable.second.find('\0') == std::string::npos;
  });
}

bool is_volume(const ReplicaVolume& volume) {
  return is_plain(volume.name, 128) && volume.path.starts_with('/') && volume.path.size() <= 1'024 &&
         volume.path.find("..") == std::string::npos && volume.path.find('\0') == std::string::npos;
}

}  // namespace

base::Result<ReplicaObject> decode_replica(std::string_view bytes) {
  TRY_ASSIGN(auto replica, decode_body<ReplicaObject>(bytes));
  if (!is_image(replica.image)) return base::invalid("/image", "An image is named by its digest.");
  if (!is_replica_environment(replica)) return base::invalid("/env", "A variable's name or value is not acceptable.");
  if (replica.port == 0) return base::invalid("/port", "A port is 1 to 65535.");
  if (!is_plain(replica.publish.address, 64) || replica.publish.port == 0) {
    return base::invalid("/publish", "A replica is published at an address and a port of 1 to 65535.");
  }
  const ReplicaLimits& limits = replica.limits;
  if (limits.cpu_millis == 0 || limits.memory_bytes == 0 || limits.pids == 0) {
    return base::invalid("/limits", "Every limit is above 0.");
  }
  if (!is_probe(replica.health)) return base::invalid("/health", "The health probe's values are not acceptable.");
  if (!is_plain(replica.network, 128)) return base::invalid("/network", "This is no network's name.");
  if (!std::ranges::all_of(replica.volumes, is_volume)) return base::invalid("/volumes", "A volume is not acceptable.");
  return replica;
}

base::Result<RouteObject> decode_route(std::string_view bytes) {
  TRY_ASSIGN(auto route, decode_body<RouteObject>(bytes));
  if (route.hosts.size() > kMaxHosts || route.targets.size() > kMaxTargets) {
    return base::invalid("/hosts", "A route has at most 100 hosts and 1,000 targets.");
  }
  for (const std::string& host : route.hosts) {
    if (!is_plain(host, 253)) return base::invalid("/hosts", "This is no host name.");
  }
  for (const RouteTarget& target : route.targets) {
    if (!is_plain(target.address, 64) || target.port == 0 || target.weight > kMaxWeight) {
      return base::invalid("/targets", "A target has an address, a port of 1 to 65535 and a weight of 0 to 256.");
    }
  }
  if (!route.options.text.starts_with('{')) return base::invalid("/options", "Options are an object.");
  return route;
}

base::Result<MeshPeerObject> decode_mesh_peer(std::string_view bytes) {
  TRY_ASSIGN(auto peer, decode_body<MeshPeerObject>(bytes));
  if (peer.public_key.bytes.size() != kKeyBytes) return base::invalid("/public_key", "A public key has 32 bytes.");
  for (const std::string& range : peer.allowed_ips) {
    if (!is_plain(range, 64)) return base::invalid("/allowed_ips", "This is no address range.");
  }
  if (peer.endpoint && !is_plain(*peer.endpoint, 280)) return base::invalid("/endpoint", "This is no endpoint.");
  return peer;
}

base::Result<CertificateObject> decode_certificate(std::string_view bytes) {
  TRY_ASSIGN(auto certificate, decode_body<CertificateObject>(bytes));
  if (!is_plain(certificate.host, 253)) return base::invalid("/host", "This is no host name.");
  if (certificate.chain_pem.empty() || certificate.key.bytes.empty()) {
    return base::invalid("/chain_pem", "A certificate has a chain and a key.");
  }
  return certificate;
}

}  // namespace protocol
