#pragma once

#include "control-plane/modules/audit/api.hpp"
#include "control-plane/modules/audit/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace audit {

/// Reads the log: lists for people, chains for whoever verifies them.
class Service {
 public:
  Service(const base::Clock& clock, const SigningKey& key) : clock_(clock), key_(key) {}

  /// Newest first.
  std::vector<Entry> list(Tx& tx, base::OrganizationId organization, const Filter& filter);
  /// An organization's chain by sequence, behind `after`.
  std::vector<Entry> chain(Tx& tx, base::OrganizationId organization, std::int64_t after, int limit);
  /// One page of it for whoever verifies it, with the signed head on the last; the nil organization's chain is the
  /// installation's own.
  ChainView page(Tx& tx, base::OrganizationId organization, std::int64_t after, int limit);
  /// What of it is not sealed yet, and anything that has no seal for another reason.
  std::vector<Entry> unsealed(Tx& tx, base::OrganizationId organization, int limit);
  /// Its end now, signed. Before the first event: sequence 0.
  audit_chain::Head head(Tx& tx, base::OrganizationId organization);
  /// The end of every chain, signed: one head a line, to be kept outside of the database.
  std::string heads(Tx& tx);
  /// Those of the chains of `kept` (what `heads` said once) that the database does not hold any more: it was restored
  /// from an older copy, or its end was cut off. A line that is not ours counts too.
  std::vector<audit_chain::Head> lost(Tx& tx, const std::string& kept);
  /// Keys whose signatures count, by id.
  std::vector<PublicKey> public_keys() const { return {{key_.id, key_.pair.public_key}}; }
  /// Events of an app in (from, until], oldest first.
  std::vector<Entry> of_app(Tx& tx, base::OrganizationId organization, base::AppId app, std::int64_t from_us,
                            std::int64_t until_us, int limit);

 private:
  const base::Clock& clock_;
  const SigningKey& key_;
};

}  // namespace audit
