#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/mail/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace mail::store {

struct SettingsRow {
  Settings settings;
  std::optional<std::string> password_sealed;
  std::int64_t generation{1};
};
std::optional<SettingsRow> settings(Tx& tx);
void set_settings(Tx& tx, const Settings& settings, const std::optional<std::string>& password_sealed,
                  std::int64_t generation);
void forget_settings(Tx& tx);

void insert(Tx& tx, const Due& mail);
/// Claims: nobody else takes them before `until`.
std::vector<Due> take_due(Tx& tx, base::UtcTime now, base::UtcTime until, int limit);
void settle(Tx& tx, const base::Uuid& id, base::UtcTime now, const std::string& error);
void postpone(Tx& tx, const base::Uuid& id, base::UtcTime next, const std::string& error);
void forget_settled(Tx& tx, base::UtcTime before);

}  // namespace mail::store
