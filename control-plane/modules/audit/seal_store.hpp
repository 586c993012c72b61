#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/audit/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace audit::store {

/// Whether any event waits for its seal. Reads only.
bool any_pending(Tx& tx);
/// Committed events that no other can come before any more, oldest first; each once.
std::vector<audit_chain::Event> pending(Tx& tx, int limit);
struct NewSeal {
  std::string chain;
  std::string event_id;
  audit_chain::Seal seal;
};
void insert_seals(Tx& tx, const std::vector<NewSeal>& seals);
void forget_pending(Tx& tx, const std::vector<NewSeal>& sealed);
/// The last seal of a chain; nothing before the first.
std::optional<audit_chain::Seal> last_seal(Tx& tx, const std::string& chain);

/// Newest first.
std::vector<Entry> list(Tx& tx, base::OrganizationId organization, const Filter& filter);
/// One chain, from behind `after`, by sequence. A seal whose event is gone has an event without an id.
std::vector<Entry> chain(Tx& tx, const std::string& chain, std::int64_t after, int limit);
/// What waits for its seal in a chain, and events that have neither.
std::vector<Entry> unsealed(Tx& tx, const std::string& chain, int limit);
/// Of an app, up to `until`, oldest first: what says how it was.
std::vector<Entry> of_app(Tx& tx, base::OrganizationId organization, base::AppId app, std::int64_t from_us,
                          std::int64_t until_us, int limit);
struct End {
  std::string chain;
  audit_chain::Seal seal;
};
/// The last seal of each chain.
std::vector<End> ends(Tx& tx);
/// The hash of one seal; nothing when there is none of that number.
std::optional<std::string> hash_at(Tx& tx, const std::string& chain, std::int64_t sequence);

}  // namespace audit::store
