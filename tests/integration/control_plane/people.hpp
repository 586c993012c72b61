#pragma once

#include <string>
#include <vector>

#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {

/// Somebody who can call the API.
struct Caller {
  std::string name;
  base::PersonId person;
  std::vector<std::pair<std::string, std::string>> headers;  ///< their credential, and what programs send with it
};

/// What the API said, as far as its first bytes.
struct Said {
  int status{0};
  std::string head;
  std::string body;
  /// `code` of a problem document.
  std::string code() const;
};

/// A second organization with people, an app and its objects, beside the operator's `default`.
class People {
 public:
  explicit People(World& world);

  base::OrganizationId organization(const std::string& slug);
  /// A new person with a fresh session and, unless `role` is empty, a membership.
  Caller person(const std::string& name, const std::string& organization = "", const std::string& role = "");
  /// A token of this person (`scope`: read, deploy, write, admin).
  Caller token(const Caller& of, const std::string& scope);
  Caller nobody() const { return {"nobody", {}, {{"X-WH-CSRF", "1"}}}; }
  Caller operator_();

  /// The call that the API would make of this caller in an organization.
  auth::Call call(const Caller& caller, const std::string& organization);
  /// One request; of an answer that does not end, the beginning.
  Said ask(const Caller& caller, const std::string& method, const std::string& target, const std::string& body = "",
           std::vector<std::pair<std::string, std::string>> more = {});
  /// A WebSocket upgrade.
  Said upgrade(const Caller& caller, const std::string& target, const std::string& origin);

 private:
  World& world_;
};

}  // namespace control_plane_test
