#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/identity/provider_settings.hpp"
#include "control-plane/modules/identity/sign_in.hpp"

/// The provider's settings, people at providers, and browsers on their way to one.
namespace identity::provider_store {

struct SettingsRow {
  ProviderSettings settings;
  std::string client_secret_sealed;
  std::int64_t generation{1};
};
std::optional<SettingsRow> settings(Tx& tx);
void set_settings(Tx& tx, const SettingsRow& row, base::UtcTime now);

void insert_flow(Tx& tx, std::string_view state_sha256, std::string_view browser_sha256, const Flow& flow,
                 base::UtcTime expires_at);
/// Once: it is gone afterwards.
std::optional<Flow> take_flow(Tx& tx, std::string_view state_sha256, std::string_view browser_sha256,
                              base::UtcTime now);
void forget_flows(Tx& tx, base::UtcTime before);

std::optional<base::PersonId> find_identity(Tx& tx, const std::string& issuer, const std::string& subject);
/// False when it is somebody's already.
bool insert_identity(Tx& tx, const IdentityInfo& identity, base::PersonId person, base::UtcTime now);
void note_sign_in(Tx& tx, const std::string& issuer, const std::string& subject, const std::string& email,
                  base::UtcTime now);
std::vector<IdentityInfo> identities_of(Tx& tx, base::PersonId person);
bool remove_identity(Tx& tx, base::PersonId person, const std::string& issuer, const std::string& subject);
/// Whether an account has this address already.
bool is_email_taken(Tx& tx, const std::string& email);

}  // namespace identity::provider_store
