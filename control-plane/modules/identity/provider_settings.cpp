#include "control-plane/modules/identity/provider_settings.hpp"

#include <algorithm>

#include "control-plane/modules/identity/provider_store.hpp"
#include "control-plane/platform/mail/smtp.hpp"

namespace identity {
namespace {

constexpr const char* kPurpose = "sign-in";
constexpr std::size_t kMostEntries = 500;

crypto::ColumnContext place(std::int64_t generation) {
  return {"sign_in_settings", "client_secret_sealed", "1", static_cast<std::uint64_t>(generation)};
}

bool is_domain(const std::string& text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 253 && text.front() != '.' && text.find('.') != std::string::npos &&
         std::ranges::all_of(text, fits);
}

base::Result<void> check(const ProviderSettings& wanted, bool allow_private) {
  TRY_CHECK(oidc::check_issuer(wanted.issuer, allow_private));
  const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
  if (wanted.client_id.empty() || wanted.client_id.size() > 300 || !std::ranges::all_of(wanted.client_id, printable)) {
    return base::invalid("/client_id", "The client id is what the provider gave: 1 to 300 letters.");
  }
  if (wanted.allowed_domains.size() > kMostEntries || wanted.allowed_emails.size() > kMostEntries) {
    return base::invalid("/allowed_emails", "At most 500 entries a list.");
  }
  for (const auto& domain : wanted.allowed_domains) {
    if (!is_domain(domain)) return base::invalid("/allowed_domains", "A domain looks like example.com.");
  }
  for (const auto& email : wanted.allowed_emails) TRY_CHECK(mail::check_address("/allowed_emails", email));
  return {};
}

}  // namespace

std::optional<ProviderSettings> Providers::settings(Tx& tx) {
  if (!configured_.settings.client_id.empty()) return configured_.settings;
  auto row = provider_store::settings(tx);
  if (!row) return std::nullopt;
  return std::move(row->settings);
}

base::Result<ProviderAccess> Providers::access(Tx& tx) {
  if (!configured_.settings.client_id.empty()) return configured_;
  auto row = provider_store::settings(tx);
  if (!row) {
    return base::conflict(
        "sign_in.not_set_up",
        "No identity provider is connected yet. Open a setup link, then connect one in the settings.");
  }
  TRY_ASSIGN(auto secret, vault_.open_installation(tx, kPurpose, place(row->generation), row->client_secret_sealed));
  return ProviderAccess{std::move(row->settings), std::move(secret)};
}

base::Result<ProviderSettings> Providers::set(Tx& tx, const ProviderSettings& wanted,
                                              const std::optional<base::SecretString>& client_secret) {
  if (!configured_.settings.client_id.empty()) {
    return base::conflict("sign_in.configured",
                          "The provider is set in the server's configuration file; change it there.");
  }
  TRY_CHECK(check(wanted, allow_private_));
  const auto before = provider_store::settings(tx);
  // A secret must not follow to another issuer: whoever may change the address would learn it.
  const bool same =
      before && before->settings.issuer == wanted.issuer && before->settings.client_id == wanted.client_id;
  std::optional<base::SecretString> secret = client_secret;
  if (!secret && same) {
    TRY_ASSIGN(secret, vault_.open_installation(tx, kPurpose, place(before->generation), before->client_secret_sealed));
  }
  if (!secret || secret->empty() || secret->size() > 1000) {
    return base::invalid("/client_secret", "The client secret is what the provider gave: 1 to 1000 letters.");
  }
  provider_store::SettingsRow row{wanted, "", before ? before->generation + 1 : 1};
  row.client_secret_sealed = vault_.seal_installation(tx, kPurpose, place(row.generation), secret->reveal());
  provider_store::set_settings(tx, row, clock_.utc_now());
  return wanted;
}

}  // namespace identity
