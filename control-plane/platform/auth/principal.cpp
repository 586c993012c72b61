#include "control-plane/platform/auth/principal.hpp"

#include <algorithm>

namespace auth {

const char* to_string(CredentialKind kind) {
  switch (kind) {
    case CredentialKind::session: return "session";
    case CredentialKind::personal_token: return "personal_token";
    case CredentialKind::organization_token: return "organization_token";
    case CredentialKind::cli: return "cli";
  }
  return "session";
}

const char* to_string(Scope scope) {
  switch (scope) {
    case Scope::read: return "read";
    case Scope::deploy: return "deploy";
    case Scope::write: return "write";
    case Scope::admin: return "admin";
  }
  return "read";
}

base::Result<Scope> parse_scope(std::string_view text) {
  for (const Scope scope : {Scope::read, Scope::deploy, Scope::write, Scope::admin}) {
    if (text == to_string(scope)) return scope;
  }
  return base::invalid("scope", "A scope is one of read, deploy, write, admin.");
}

bool Principal::reaches(base::ProjectId project) const {
  return projects.empty() || std::ranges::find(projects, project) != projects.end();
}

base::Result<void> require_fresh_proof(const Principal& principal, base::UtcTime now) {
  if (principal.is_program()) {
    return base::fail(base::ErrorKind::forbidden, "reauthentication.impossible",
                      "Only a person in the dashboard can do this; a token cannot.");
  }
  return require_person_at_hand(principal, now);
}

base::Result<void> require_person_at_hand(const Principal& principal, base::UtcTime now) {
  const bool is_token = principal.is_program() && principal.kind != CredentialKind::cli;
  if (is_token) {
    return base::fail(base::ErrorKind::forbidden, "reauthentication.impossible",
                      "Only a person can do this, in the dashboard or signed in by wh login; a token cannot.");
  }
  if (principal.proved_at && now - *principal.proved_at <= kFreshProof) return {};
  return base::fail(base::ErrorKind::forbidden, "reauthentication.required",
                    "Prove once more that it is you, then repeat this: sign in again, or enter a code of your "
                    "authenticator.");
}

}  // namespace auth
