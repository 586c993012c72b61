#pragma once

#include <optional>
#include <string>

#include "control-plane/modules/identity/service.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace organizations {

struct Organization {
  base::OrganizationId id;
  std::string slug;
  std::string name;
};

/// Organizations (tenants) and their members; decides who a caller is. Every method runs in the caller's transaction.
class Service final : public auth::Authenticator {
 public:
  Service(const base::Clock& clock, identity::Service& identity) : clock_(clock), identity_(identity) {}

  /// Who carries this session, in the organization that the route names (slug or id), else in their oldest one.
  base::Result<auth::Actor> authenticate(Tx& tx, std::string_view session_token, std::string_view organization,
                                         base::UtcTime now) override;

  /// Redeems a setup link: the operator becomes owner of the organization `default` (made at the first link).
  base::Result<identity::NewSession> set_up(Tx& tx, const auth::Call& call, const std::string& token,
                                            const std::string& user_agent);
  /// By slug or id; nothing when it does not exist.
  std::optional<Organization> find(Tx& tx, const std::string& slug_or_id);

 private:
  const base::Clock& clock_;
  identity::Service& identity_;
};

}  // namespace organizations
