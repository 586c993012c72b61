#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/organizations/model.hpp"

namespace organizations::store {

/// False when the slug is taken.
bool insert(Tx& tx, base::OrganizationId id, const std::string& slug, const std::string& name, const Limits& limits);
/// By slug or id; not one that is erased.
std::optional<Organization> find(Tx& tx, const std::string& slug_or_id);
std::vector<Mine> of_person(Tx& tx, base::PersonId person);
int count_owned(Tx& tx, base::PersonId person);
/// False when the slug is taken.
bool change(Tx& tx, base::OrganizationId id, const Change& change);
bool is_taken(Tx& tx, const std::string& slug, base::OrganizationId by_another_than);
void set_deleted(Tx& tx, base::OrganizationId id, std::optional<base::UtcTime> at);
void set_limits(Tx& tx, base::OrganizationId id, const Limits& limits);
/// The limits, locked against other changes of what they count until the end of the transaction.
Limits lock_limits(Tx& tx, base::OrganizationId id);

/// Deleted before `before`, without apps left.
std::vector<base::OrganizationId> erasable(Tx& tx, base::UtcTime before);
/// Takes everything away but the row itself, which the audit log refers to; its slug is free then.
void erase(Tx& tx, base::OrganizationId id);

struct Usage {
  std::int64_t apps{0};
  std::int64_t replicas{0};
  std::int64_t memory_bytes{0};
  std::int64_t build_minutes{0};
};
Usage usage(Tx& tx, base::OrganizationId id, base::UtcTime month);

}  // namespace organizations::store
