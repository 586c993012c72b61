#pragma once

#include "control-plane/modules/organizations/api.hpp"
#include "control-plane/modules/organizations/organizations.hpp"
#include "control-plane/platform/api/api.hpp"

namespace organizations {

/// Setup link, session, sign-out; organizations, members, invitations.
struct Routes {
  Service& organizations;
  identity::Service& identity;
  auth::CredentialStore& credentials;
  Memberships& memberships;
  std::string hub_url;
  std::string apps_url_example;
  std::string public_url;
  bool secure_cookie{false};
  /// Queues an invitation's mail in the same transaction; false when no mail goes out.
  std::function<bool(Tx&, const std::string& to, const std::string& subject, const std::string& body)> mail{
      [](Tx&, const std::string&, const std::string&, const std::string&) { return false; }};

  void add(api::Api& api);

 private:
  void add_session(api::Api& api);
  void add_organizations(api::Api& api);
  void add_changes(api::Api& api);
  void add_members(api::Api& api);
  void add_project_roles(api::Api& api);
  void add_invitations(api::Api& api);
  void add_acceptance(api::Api& api);
};

}  // namespace organizations
