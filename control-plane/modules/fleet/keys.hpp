#pragma once

#include <string>
#include <vector>

#include "common/crypto/worker_token.hpp"
#include "common/crypto/x509.hpp"
#include "common/protocol/commands.hpp"
#include "control-plane/modules/audit/types.hpp"
#include "control-plane/modules/secrets/secrets.hpp"

namespace fleet {

/// The installation's own keys, made at the first start and kept sealed in the database. Immutable after loading.
struct Keys {
  crypto::CertifiedKey authority;              ///< what agents pin
  protocol::CommandSigningKey command;         ///< signs whatever makes a worker run code
  std::vector<crypto::WorkerTokenKey> tokens;  ///< newest first; at most two are live
  audit::SigningKey audit;                     ///< seals the log of what was done
  std::string authority_pin() const;
};

/// Loads the keys, making those that are missing. Safe when several instances start at once (a table lock).
/// Throws `Failure` when a key does not open under the master key.
Keys load_keys(Tx& tx, secrets::Vault& vault, const base::Clock& clock);

}  // namespace fleet
