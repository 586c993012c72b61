#pragma once

#include <string>

#include "control-plane/modules/identity/cache.hpp"
#include "control-plane/modules/identity/types.hpp"
#include "control-plane/platform/auth/principal.hpp"

namespace identity {

/// 32 random bytes behind a prefix that says what it is.
std::string new_token(const std::string& prefix = {});

/// Sessions, tokens and the CLI's access tokens, remembered for 30 s. Thread-safe.
class Credentials final : public auth::CredentialStore {
 public:
  Credentials(Publish publish, base::Duration session_idle = kSessionIdle)
      : publish_(std::move(publish)), idle_(session_idle) {}

  std::optional<auth::Principal> remembered(const auth::Credential& credential, base::UtcTime now) override;
  base::Result<auth::Principal> look_up(Tx& tx, const auth::Credential& credential, base::UtcTime now) override;
  live::Signal& endings() override { return endings_; }

  // After the commit of `tx`, here and on the other instances: forgotten, and whoever waits on `endings` is woken.
  void end_credential(Tx& tx, const base::Uuid& credential);
  void end_person(Tx& tx, base::PersonId person);
  void end_organization(Tx& tx, base::OrganizationId organization);

  /// What another instance published; empty: anything may have happened.
  void hear(const std::string& topic);

  base::Duration idle() const { return idle_; }

 private:
  void end(Tx& tx, std::string topic);

  Publish publish_;
  base::Duration idle_;
  Cache cache_;
  live::Signal endings_;
};

}  // namespace identity
