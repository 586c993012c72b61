#include "control-plane/modules/audit/service.hpp"

#include "control-plane/modules/audit/seal_store.hpp"

namespace audit {

std::vector<Entry> Service::list(Tx& tx, base::OrganizationId organization, const Filter& filter) {
  return store::list(tx, organization, filter);
}

std::vector<Entry> Service::chain(Tx& tx, base::OrganizationId organization, std::int64_t after, int limit) {
  return store::chain(tx, organization.to_string(), after, limit);
}

std::vector<Entry> Service::unsealed(Tx& tx, base::OrganizationId organization, int limit) {
  return store::unsealed(tx, organization.to_string(), limit);
}

audit_chain::Head Service::head(Tx& tx, base::OrganizationId organization) {
  const auto chain = organization.to_string();
  const audit_chain::Seal none{0, audit_chain::first_hash(), "", "", 0};
  const auto end = store::last_seal(tx, chain).value_or(none);
  return audit_chain::sign_head(key_.pair, key_.id, chain, end.sequence, end.hash,
                                clock_.utc_now().time_since_epoch().count());
}

std::vector<Entry> Service::of_app(Tx& tx, base::OrganizationId organization, base::AppId app, std::int64_t from_us,
                                   std::int64_t until_us, int limit) {
  return store::of_app(tx, organization, app, from_us, until_us, limit);
}

}  // namespace audit
