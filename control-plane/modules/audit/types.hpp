#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/audit/chain.hpp"
#include "common/base/id.hpp"

namespace audit {

/// An event with its place in the chain, when it has one yet.
struct Entry {
  audit_chain::Event event;
  std::optional<audit_chain::Seal> seal;
};

/// Where a list goes on: behind this event.
struct Cursor {
  std::int64_t at_us{0};
  std::string id;
};

/// What of the log is asked for. Absent members do not narrow.
struct Filter {
  std::optional<std::int64_t> since_us;
  std::optional<std::int64_t> until_us;
  std::optional<std::string> actor;   ///< a person's or token's name or id; person, token, worker, system or nobody
  std::optional<std::string> object;  ///< kind, id, or `app/NAME` in the id
  std::optional<std::string> action;  ///< `app.deploy`, or `app.` for all that begin so
  std::optional<base::AppId> app;
  std::optional<Cursor> behind;
  int limit{50};
};

/// A public key of the log, also a retired one.
struct PublicKey {
  std::string id;
  std::string raw;
};

/// The key that seals.
struct SigningKey {
  std::string id;
  crypto::Ed25519KeyPair pair;
};

}  // namespace audit
