#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/protocol/command_rules.hpp"
#include "common/protocol/messages/job_finished.hpp"
#include "common/protocol/registration.hpp"

namespace agent {

/// The agent's own keys. Durable before anything is made of them.
struct KeyFile {
  base::SecretString api_key;
  std::optional<base::SecretString> next_api_key;  ///< of a rotation that was not acknowledged yet
  crypto::X25519KeyPair sealing;
  crypto::X25519KeyPair wireguard;
  std::uint64_t gen{0};  ///< 0: not registered yet
};

/// What registration and `trust` commands gave.
struct Identity {
  base::WorkerId worker_id{};
  std::string name{};
  std::vector<protocol::CommandKey> command_keys{};
  std::vector<std::string> ca_pins{};
  std::vector<protocol::ControlPlaneAddress> control_planes{};

  template <class F>
  void map(F& f) {
    f.required("worker_id", worker_id);
    f.required("name", name);
    f.required("command_keys", command_keys);
    f.required("ca_pins", ca_pins);
    f.required("control_planes", control_planes);
  }
};

/// An accepted command as it was signed, kept beside what it started.
struct KeptCommand {
  std::string key_id{};
  protocol::Binary sig{};
  std::string command{};  ///< the signed bytes

  static KeptCommand of(const protocol::SignedCommand& signed_command);
  protocol::SignedCommand to_signed() const;

  template <class F>
  void map(F& f) {
    f.required("key_id", key_id);
    f.required("sig", sig);
    f.required("command", command);
  }
};

/// An accepted job, until its result and its log are acknowledged.
struct JobRecord {
  KeptCommand command{};
  std::optional<base::StreamId> stream{};  ///< of its log
  std::optional<protocol::JobFinished> outcome{};
  bool result_acked{false};
  bool log_acked{true};

  template <class F>
  void map(F& f) {
    f.required("command", command);
    f.optional("stream", stream);
    f.optional("outcome", outcome);
    f.required("result_acked", result_acked);
    f.required("log_acked", log_acked);
  }
};

/// The link's part of the state folder. Every write is durable and atomic when it returns: a kill at any point leaves
/// the old or the new. All members block and throw base::Failure; one thread at a time.
class LinkStore {
 public:
  /// Makes the folders (0700).
  explicit LinkStore(std::filesystem::path state_dir);

  /// The keys; made (and kept) at the first start. Throws when others may read the file.
  KeyFile blocking_load_keys();
  void blocking_save_keys(const KeyFile& keys);

  std::optional<Identity> blocking_load_identity();
  void blocking_save_identity(const Identity& identity);
  /// The pinned authority's certificate; written only when it changed.
  void blocking_save_authority(const std::string& pem);
  std::filesystem::path authority_file() const { return root_ / "ca.pem"; }

  /// What was accepted; where the file is lost or older than the kept commands, they count.
  protocol::CommandState blocking_load_commands();
  void blocking_save_commands(const protocol::CommandState& state);

  /// By kind: `replicas`, `routes`, `mesh`.
  std::map<std::string, KeptCommand> blocking_load_assignments();
  void blocking_save_assignment(const std::string& kind, const KeptCommand& command);
  void blocking_remove_assignment(const std::string& kind);

  /// Unreadable records are set aside as `*.unreadable` and logged.
  std::vector<JobRecord> blocking_load_jobs();
  void blocking_save_job(const protocol::JobCommand& job, const JobRecord& record);
  void blocking_remove_job(base::JobId job, int attempt);

  bool blocking_has_object(const protocol::Digest& digest) const;
  /// Error when it is absent or its bytes do not have this hash (then it is removed).
  base::Result<std::string> blocking_load_object(const protocol::Digest& digest);
  /// Atomic, but not durable before `blocking_sync_objects`: many bodies cost one flush of the disk.
  void blocking_save_object(const protocol::Digest& digest, const std::string& bytes);
  void blocking_sync_objects(const std::vector<protocol::Digest>& digests);
  /// Removes every object that is not in `wanted` (sorted).
  void blocking_keep_objects(const std::vector<protocol::Digest>& wanted);

 private:
  std::filesystem::path object_file(const protocol::Digest& digest) const { return root_ / "objects" / digest.hex(); }
  std::filesystem::path job_file(base::JobId job, int attempt) const;

  std::filesystem::path root_;
};

}  // namespace agent
