#pragma once

#include "control-plane/platform/auth/actor.hpp"

namespace identity {

/// Whose credential the call came with.
inline const auth::Principal& caller(const auth::Call& call) {
  return call.actor.principal;
}

/// Error `forbidden` for an organization's token: it has no account.
inline base::Result<void> require_person(const auth::Call& call) {
  if (!caller(call).person.is_nil()) return {};
  return base::fail(base::ErrorKind::forbidden, "token.no_person", "An organization's token has no account.");
}

/// For changes of the account: error `forbidden` for an organization's token, and for tokens below `admin`.
inline base::Result<void> require_account(const auth::Call& call) {
  TRY_CHECK(require_person(call));
  if (caller(call).grants(auth::Scope::admin) && caller(call).projects.empty()) return {};
  return base::fail(base::ErrorKind::forbidden, "token.scope", "This token is not good for changes of the account.");
}

}  // namespace identity
