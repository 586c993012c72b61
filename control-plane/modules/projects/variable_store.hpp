#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/projects/types_variables.hpp"
#include "control-plane/modules/secrets/rotation.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace projects::store {

/// Of one scope, by name.
std::vector<VariableMeta> metas(Tx& tx, const Scope& scope);
/// Every variable that an app environment sees, of all levels.
std::vector<VariableMeta> seen_by(Tx& tx, base::AppEnvironmentId environment);
std::map<base::AppEnvironmentId, std::vector<VariableMeta>> seen_by(Tx& tx,
                                                                    const std::vector<std::string>& environments);
/// Sealed values of one scope by name, and of all that an app environment sees by `<scope>/<name>`.
std::map<std::string, std::string> sealed_of(Tx& tx, const Scope& scope);
std::map<std::string, std::string> sealed_seen_by(Tx& tx, base::AppEnvironmentId environment);
void put(Tx& tx, const Scope& scope, const SealedVariable& variable);
bool erase(Tx& tx, const Scope& scope, const std::string& name);

struct SetMac {
  std::int64_t version{0};
  std::string mac;
};
/// Locks the set until the transaction ends; version 0 for a new one.
SetMac lock_set(Tx& tx, const Scope& scope);
void put_set(Tx& tx, const Scope& scope, const SetMac& set);
std::optional<SetMac> find_set(Tx& tx, const base::Uuid& scope);

/// A project by slug or id; an environment in it by name or id; the scopes of an app environment, weakest first.
std::optional<Scope> find_project(Tx& tx, base::OrganizationId organization, const std::string& project);
std::optional<Scope> find_environment(Tx& tx, base::OrganizationId organization, const std::string& project,
                                      const std::string& environment);
std::vector<Scope> scopes_of(Tx& tx, base::AppEnvironmentId environment);
/// Another app of the same project, in the environment of the same name.
std::optional<base::AppEnvironmentId> neighbour(Tx& tx, base::AppEnvironmentId of, const std::string& app);
struct Served {
  std::string host;
  int port{0};
};
Served served_at(Tx& tx, base::AppEnvironmentId environment);
/// The app environments that a scope's variables reach.
std::vector<base::AppId> apps_within(Tx& tx, const Scope& scope);

}  // namespace projects::store
