#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/messages/assignment_applied.hpp"
#include "common/protocol/messages/signature.hpp"
#include "common/protocol/registration.hpp"
#include "common/protocol/text_forms.hpp"

/// What the control plane signs (PROTOCOL 6): whatever makes a worker run something.
namespace protocol {

enum class CommandType { assignment, job, trust };

/// The members of every command; they come first, in this order.
struct CommandHead {
  CommandType command{CommandType::assignment};
  base::WorkerId worker_id{};
  std::uint64_t epoch{0};  ///< leadership epoch
  base::UtcTime issued_at{};
  base::UtcTime not_after{};  ///< bounds the first acceptance only

  template <class F>
  void map(F& f) {
    f.required("command", command);
    f.required("worker_id", worker_id);
    f.required("epoch", epoch);
    f.required("issued_at", issued_at);
    f.required("not_after", not_after);
  }
};

/// One body of an assignment, by the hash of its bytes.
struct ObjectReference {
  std::string id{};
  Digest sha256{};
  bool operator==(const ObjectReference&) const = default;

  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("sha256", sha256);
  }
};

/// The whole desired set of one kind.
struct AssignmentCommand {
  CommandHead head{.command = CommandType::assignment};
  AssignmentKind kind{AssignmentKind::replicas};
  std::uint64_t generation{0};  ///< per worker and kind, at most 2^53 − 1
  std::optional<std::uint32_t> lease_s{};
  std::optional<bool> shrink{};
  std::vector<ObjectReference> objects{};  ///< at most 4,000

  template <class F>
  void map(F& f) {
    head.map(f);
    f.required("kind", kind);
    f.required("generation", generation);
    f.optional("lease_s", lease_s);
    f.optional("shrink", shrink);
    f.required("objects", objects);
  }
};

enum class JobKind { build, run, exec, backup, restore, collect };

struct JobCommand {
  CommandHead head{.command = CommandType::job};
  base::JobId job_id{};
  int attempt{1};
  JobKind kind{JobKind::build};
  std::uint32_t lease_s{0};
  json::Raw spec{"{}"};

  template <class F>
  void map(F& f) {
    head.map(f);
    f.required("job_id", job_id);
    f.required("attempt", attempt);
    f.required("kind", kind);
    f.required("lease_s", lease_s);
    f.required("spec", spec);
  }
};

/// Replaces the pinned sets; each of at least one member. Signed by a key that is pinned now.
struct TrustCommand {
  CommandHead head{.command = CommandType::trust};
  std::uint64_t generation{0};
  std::vector<CommandKey> command_keys{};
  std::vector<std::string> ca_pins{};
  std::vector<ControlPlaneAddress> control_planes{};

  template <class F>
  void map(F& f) {
    head.map(f);
    f.required("generation", generation);
    f.required("command_keys", command_keys);
    f.required("ca_pins", ca_pins);
    f.required("control_planes", control_planes);
  }
};

/// A command as it travels and as it is kept on disk: the signed bytes with who signed them.
struct SignedCommand {
  CommandSignature signature{};  ///< becomes the envelope's `data`
  std::string bytes{};           ///< becomes the envelope's attachment
};

/// A command key with its private half.
struct CommandSigningKey {
  std::string id{};
  crypto::Ed25519KeyPair pair{};
};

/// Signs the JSON of a command as it is. Deterministic.
SignedCommand sign_command(const CommandSigningKey& key, std::string command_json);
SignedCommand sign_command(const CommandSigningKey& key, const AssignmentCommand& command);
SignedCommand sign_command(const CommandSigningKey& key, const JobCommand& command);
SignedCommand sign_command(const CommandSigningKey& key, const TrustCommand& command);

}  // namespace protocol

template <>
struct json::EnumNames<protocol::CommandType> {
  static constexpr std::array<std::pair<protocol::CommandType, std::string_view>, 3> names{{
      {protocol::CommandType::assignment, "assignment"},
      {protocol::CommandType::job, "job"},
      {protocol::CommandType::trust, "trust"},
  }};
};

template <>
struct json::EnumNames<protocol::JobKind> {
  static constexpr std::array<std::pair<protocol::JobKind, std::string_view>, 6> names{{
      {protocol::JobKind::build, "build"},
      {protocol::JobKind::run, "run"},
      {protocol::JobKind::exec, "exec"},
      {protocol::JobKind::backup, "backup"},
      {protocol::JobKind::restore, "restore"},
      {protocol::JobKind::collect, "collect"},
  }};
};
