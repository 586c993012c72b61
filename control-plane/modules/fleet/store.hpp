#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/fleet/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace fleet::store {

// Keys of the installation.
struct InstallationKey {
  std::string id;
  std::string public_part;
  std::string private_sealed;
};
void lock_keys(Tx& tx);
/// Not retired, newest first.
std::vector<InstallationKey> keys(Tx& tx, const std::string& purpose);
void insert_key(Tx& tx, const std::string& purpose, const InstallationKey& key);

// Enrolment.
struct EnrolmentToken {
  base::Uuid id;
  std::string worker_name;
  base::UtcTime expires_at;
  bool used{false};
  std::optional<base::WorkerId> worker;
  std::string api_key_sha256;
};
void insert_enrolment_token(Tx& tx, base::Uuid id, const std::string& worker_name, std::string_view token_sha256,
                            const std::string& created_by, base::UtcTime expires_at);
/// Locked until the end of the transaction.
std::optional<EnrolmentToken> lock_enrolment_token(Tx& tx, std::string_view token_sha256);
void use_enrolment_token(Tx& tx, base::Uuid id, base::WorkerId worker, std::string_view api_key_sha256);

// Workers.
struct NewWorker {
  base::WorkerId id;
  std::string name;
  std::string api_key_hash_sealed;
  std::string wireguard_public_key;
  std::string sealing_public_key;  ///< base64url
  std::string agent_version;
  std::string facts_json;
  Capabilities capabilities;
};
void insert_worker(Tx& tx, const NewWorker& worker);
std::optional<Worker> find(Tx& tx, base::WorkerId id);
std::vector<Worker> list(Tx& tx);
bool name_taken(Tx& tx, const std::string& name);

/// What is needed to check a refresh, a connection or a rotation.
struct Credentials {
  std::string state;
  std::int64_t gen{1};
  std::string api_key_hash_sealed;
  std::optional<std::string> previous_key_hash_sealed;
  std::optional<base::UtcTime> previous_until;
  std::string wireguard_public_key;
  std::string sealing_public_key;
};
std::optional<Credentials> credentials(Tx& tx, base::WorkerId id);
void rotate_credentials(Tx& tx, base::WorkerId id, std::int64_t new_gen, const std::string& sealed,
                        base::UtcTime previous_until);
/// False when the nonce was seen in the last 5 minutes.
bool remember_nonce(Tx& tx, base::WorkerId id, const std::string& nonce);
void forget_old_nonces(Tx& tx);

// Sessions. Every statement below that changes something on an agent's word is fenced by its session epoch.
std::int64_t take_session_epoch(Tx& tx, base::WorkerId id);
/// True while this session is the worker's newest and the worker is not revoked. Shares a lock until the end.
bool fence(Tx& tx, base::WorkerId id, std::int64_t session_epoch);
struct BootHistory {
  std::optional<std::string> boot_id;
  std::vector<std::string> changes;
};
BootHistory boot_history(Tx& tx, base::WorkerId id);
void note_boot(Tx& tx, base::WorkerId id, const std::string& boot_id, const std::vector<std::string>& changes);
bool set_state(Tx& tx, base::WorkerId id, const std::string& from, const std::string& to);
/// Back to `online` from `unreachable` or `lost`; false when it was neither.
bool still_here(Tx& tx, base::WorkerId id, base::UtcTime now);
void note_hello(Tx& tx, base::WorkerId id, const std::string& agent_version, base::UtcTime now);
void set_epoch_offset(Tx& tx, base::WorkerId id, int offset);
int epoch_offset(Tx& tx, base::WorkerId id);
void touch(Tx& tx, const std::vector<std::string>& worker_ids, base::UtcTime now);
/// Online workers not seen since `before` become unreachable; unreachable ones not seen since `lost_before` become
/// lost.
std::vector<base::WorkerId> mark_unreachable(Tx& tx, base::UtcTime before);
std::vector<base::WorkerId> mark_lost(Tx& tx, base::UtcTime lost_before);
std::int64_t leader_epoch(Tx& tx);

// Assignments.
struct Assignment {
  std::int64_t epoch{0};
  std::int64_t generation{0};
  bool dirty{false};
};
void ensure_assignment(Tx& tx, base::WorkerId worker, const std::string& kind, bool dirty);
std::optional<Assignment> lock_assignment(Tx& tx, base::WorkerId worker, const std::string& kind);
void mark_sent(Tx& tx, base::WorkerId worker, const std::string& kind, std::int64_t epoch, std::int64_t generation);
void raise_position(Tx& tx, base::WorkerId worker, const std::string& kind, std::int64_t epoch,
                    std::int64_t generation);
/// Marks what was sent and not answered as dirty.
void repeat_unanswered(Tx& tx, base::WorkerId worker);
std::vector<std::string> dirty_kinds(Tx& tx, base::WorkerId worker);
std::vector<base::WorkerId> workers_with_dirty(Tx& tx);
struct Reference {
  std::string object_id;
  std::string sha256;
};
std::vector<Reference> manifest(Tx& tx, base::WorkerId worker, const std::string& kind);
/// True when the body is another than before (or new, or was removed).
bool put_object(Tx& tx, base::WorkerId worker, const std::string& kind, base::Uuid object,
                base::OrganizationId organization, const std::string& sha256, const std::string& body);
bool remove_object(Tx& tx, base::WorkerId worker, const std::string& kind, base::Uuid object);
std::optional<std::string> object_body(Tx& tx, base::WorkerId worker, const std::string& sha256);
/// What `confirm` would confirm, by id and without a lock: to lock what these objects belong to first.
std::vector<base::Uuid> to_confirm(Tx& tx, base::WorkerId worker, const std::string& kind, std::int64_t generation,
                                   const std::vector<std::string>& pending);
/// Takes the agent's word for all of (epoch, generation) but `pending`; returns the objects that are confirmed by it.
std::vector<base::Uuid> confirm(Tx& tx, base::WorkerId worker, const std::string& kind, std::int64_t epoch,
                                std::int64_t generation, const std::vector<std::string>& pending);
void note_outcome(Tx& tx, base::WorkerId worker, const std::string& kind, const std::string& outcome,
                  const std::string& reason);
struct Confirmation {
  base::WorkerId worker;
  std::string sha256;
  bool removed{false};
  bool confirmed{false};
};
std::vector<Confirmation> confirmations(Tx& tx, const std::string& kind, base::Uuid object);
/// True when a replica of this worker's set runs an image of the repository.
bool holds_image(Tx& tx, base::WorkerId worker, const std::string& repository);
std::vector<base::WorkerId> online_with(Tx& tx, const std::string& capability);

}  // namespace fleet::store
