#pragma once

#include <optional>
#include <string>

#include "control-plane/modules/identity/types.hpp"
#include "control-plane/platform/auth/principal.hpp"

/// What credentials say, as the tables have it now.
namespace identity::credential_store {

struct Found {
  auth::Principal principal;
  base::UtcTime last_used_at;
};

/// `used_after`: sessions that were not used since are idle.
std::optional<Found> find_session(Tx& tx, std::string_view token_sha256, base::UtcTime now, base::UtcTime used_after);
std::optional<Found> find_token(Tx& tx, std::string_view token_sha256, base::UtcTime now);
std::optional<Found> find_cli(Tx& tx, std::string_view token_sha256, base::UtcTime now);

/// Notes the use; skipped when somebody else is just doing it.
void note_use(Tx& tx, const auth::Principal& principal, base::UtcTime now);

}  // namespace identity::credential_store
