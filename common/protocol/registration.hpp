#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/text_forms.hpp"

/// Registration and refresh over HTTP (PROTOCOL 2 and 3).
namespace protocol {

inline constexpr std::string_view kRegisterPath = "/v1/workers/register";
inline constexpr std::string_view kRefreshPath = "/v1/workers/refresh-token";
inline constexpr std::string_view kConnectPath = "/v1/workers/connect";
inline constexpr std::string_view kNonceHeader = "X-WH-Nonce";
inline constexpr std::string_view kSignatureHeader = "X-WH-Signature";

struct WorkerFacts {
  std::string os{};
  std::string arch{};
  std::string kernel{};
  std::uint32_t cpus{0};
  std::uint64_t memory_bytes{0};
  std::uint64_t disk_bytes{0};
  std::string podman_version{};
  std::string runtime{};  ///< `crun` or `runc`
  bool rootless{false};
  std::string cgroup{};                     ///< `v2`, `v1` or `hybrid`
  std::string wireguard{};                  ///< `kernel`, `userspace` or `none`
  std::vector<std::string> capabilities{};  ///< of `run`, `build`, `edge`, `registry`
  std::map<std::string, std::string> labels{};

  template <class F>
  void map(F& f) {
    f.required("os", os);
    f.required("arch", arch);
    f.required("kernel", kernel);
    f.required("cpus", cpus);
    f.required("memory_bytes", memory_bytes);
    f.required("disk_bytes", disk_bytes);
    f.required("podman_version", podman_version);
    f.required("runtime", runtime);
    f.required("rootless", rootless);
    f.required("cgroup", cgroup);
    f.required("wireguard", wireguard);
    f.required("capabilities", capabilities);
    f.required("labels", labels);
  }
};

struct RegisterRequest {
  std::string secret{};  ///< the enrolment token; never logged
  Binary api_key{};      ///< 32 bytes; never logged
  std::optional<std::string> name{};
  Binary wireguard_public_key{};  ///< 32 bytes
  Binary sealing_public_key{};    ///< 32 bytes
  std::string agent_version{};
  WorkerFacts facts{};

  template <class F>
  void map(F& f) {
    f.required("secret", secret);
    f.required("api_key", api_key);
    f.optional("name", name);
    f.required("wireguard_public_key", wireguard_public_key);
    f.required("sealing_public_key", sealing_public_key);
    f.required("agent_version", agent_version);
    f.required("facts", facts);
  }
};

enum class WorkerStanding { enrolled, pending };

/// A public command key (Ed25519) and its id.
struct CommandKey {
  std::string id{};
  Binary key{};
  bool operator==(const CommandKey&) const = default;

  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("key", key);
  }
};

struct ControlPlaneAddress {
  std::string id{};
  std::string connect_url{};
  std::optional<std::string> public_key{};
  std::optional<std::string> endpoint{};
  std::optional<std::string> address{};
  bool operator==(const ControlPlaneAddress&) const = default;

  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("connect_url", connect_url);
    f.optional("public_key", public_key);
    f.optional("endpoint", endpoint);
    f.optional("address", address);
  }
};

struct MeshPlace {
  std::string address{};
  int prefix{32};
  std::uint32_t keepalive_s{25};

  template <class F>
  void map(F& f) {
    f.required("address", address);
    f.required("prefix", prefix);
    f.required("keepalive_s", keepalive_s);
  }
};

struct RegisterResponse {
  base::WorkerId worker_id{};
  std::string name{};
  WorkerStanding state{WorkerStanding::enrolled};
  std::uint64_t gen{1};
  std::string token{};
  std::uint32_t expires_in{900};
  std::vector<CommandKey> command_keys{};
  std::vector<std::string> ca_pins{};
  std::vector<ControlPlaneAddress> control_planes{};
  std::optional<MeshPlace> mesh{};  ///< null where there is none

  template <class F>
  void map(F& f) {
    f.required("worker_id", worker_id);
    f.required("name", name);
    f.required("state", state);
    f.required("gen", gen);
    f.required("token", token);
    f.required("expires_in", expires_in);
    f.required("command_keys", command_keys);
    f.required("ca_pins", ca_pins);
    f.required("control_planes", control_planes);
    f.required("mesh", mesh);
  }
};

struct RefreshRequest {
  base::WorkerId worker_id{};
  std::uint64_t gen{1};
  base::UtcTime ts{};
  Binary nonce{};  ///< 16 random bytes

  template <class F>
  void map(F& f) {
    f.required("worker_id", worker_id);
    f.required("gen", gen);
    f.required("ts", ts);
    f.required("nonce", nonce);
  }
};

struct RefreshResponse {
  std::string token{};
  std::uint32_t expires_in{900};

  template <class F>
  void map(F& f) {
    f.required("token", token);
    f.required("expires_in", expires_in);
  }
};

/// `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`
bool is_worker_name(std::string_view name);
/// Reads a registration body and checks every member's form; kind malformed or invalid (HTTP 422 at registration).
base::Result<RegisterRequest> decode_register(std::string_view body);

/// `K = SHA-256(api_key bytes)`: 32 raw bytes.
std::string mac_root(std::string_view api_key);
/// The value of `X-WH-Signature` for a refresh with this raw body.
std::string sign_refresh(std::string_view k, std::string_view body);
/// In constant time.
bool verify_refresh(std::string_view k, std::string_view body, std::string_view signature_header);
/// Reads a refresh body (nonce of 16 bytes, `gen` above 0). Whether `ts` is near is for `refresh_in_time`.
base::Result<RefreshRequest> decode_refresh(std::string_view body);
/// `ts` at most 60 s off.
bool refresh_in_time(base::UtcTime ts, base::UtcTime now);

}  // namespace protocol

template <>
struct json::EnumNames<protocol::WorkerStanding> {
  static constexpr std::array<std::pair<protocol::WorkerStanding, std::string_view>, 2> names{{
      {protocol::WorkerStanding::enrolled, "enrolled"},
      {protocol::WorkerStanding::pending, "pending"},
  }};
};
