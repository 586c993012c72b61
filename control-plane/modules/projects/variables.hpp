#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/projects/types.hpp"
#include "control-plane/modules/projects/types_variables.hpp"
#include "control-plane/modules/secrets/secrets.hpp"

namespace projects {
namespace store {
struct SetMac;
}  // namespace store

inline constexpr std::size_t kMostVariables = 1000;  ///< of one scope

/// Values of services that are no apps (databases): asked first for `${service.attribute}`. Nothing when there is no
/// such service; error `not_found` when it has no such attribute. `generation` changes whenever the value may.
struct ServiceValue {
  base::SecretString value;
  std::int64_t generation{0};
};
using ServiceValues = std::function<base::Result<std::optional<ServiceValue>>(
    Tx&, base::AppEnvironmentId of, const std::string& service, const std::string& attribute)>;

struct VariableOptions {
  /// The address that a host is served at, for `${app.url}`.
  std::function<std::string(const std::string& host)> url;
  ServiceValues service_values;
};

/// Variables of organizations, projects, environments and apps. Runs in the caller's transaction.
/// A set is written under a lock of its scope and with a MAC over names, generations and flags: rows that somebody put
/// back from a backup do not fit it.
class Variables {
 public:
  Variables(const base::Clock& clock, feed::Feed& feed, secrets::Vault& vault, VariableOptions options)
      : clock_(clock), feed_(feed), vault_(vault), options_(std::move(options)) {}

  static Scope scope_of(const AppEnvironment& env);
  static Scope scope_of(base::OrganizationId organization, const std::string& slug);
  /// Errors `project.not_found`, `environment.not_found`.
  base::Result<Scope> project_scope(Tx& tx, base::OrganizationId organization, const std::string& project);
  base::Result<Scope> environment_scope(Tx& tx, base::OrganizationId organization, const std::string& project,
                                        const std::string& environment);

  std::vector<VariableMeta> list(Tx& tx, const Scope& scope);
  /// What an app environment sees, by name: the strongest of each, and what it hides.
  std::vector<Effective> effective(Tx& tx, const AppEnvironment& env);

  /// Sets and removes several at once; with `replace` everything that is not named goes. What is the same already stays
  /// as it is. Errors: `invalid` with a pointer for each mistake, `variable.not_found`, `variables.too_many`,
  /// `variables.rolled_back` unless everything is replaced.
  base::Result<std::vector<VariableChange>> change(Tx& tx, const Scope& scope, std::vector<VariableInput> set,
                                                   const std::vector<std::string>& unset, bool replace);
  /// What `change` would do, without doing it.
  base::Result<std::vector<VariableChange>> plan(Tx& tx, const Scope& scope, const std::vector<VariableInput>& set,
                                                 const std::vector<std::string>& unset, bool replace);

  /// The stored values (templates as they stand) of one scope; empty `names` means all. Error `variable.not_found`.
  base::Result<std::vector<VariableInput>> reveal(Tx& tx, const Scope& scope, const std::vector<std::string>& names);

  /// Every value with its references resolved. Errors: `variables.cycle`, `variables.missing` (with the names),
  /// `variables.rolled_back`. Throws `Failure` when one does not open.
  base::Result<std::vector<Variable>> resolve(Tx& tx, base::AppEnvironmentId environment);
  /// Name → what changes whenever its value may (rules::effective_generation). Opens nothing. Where references are
  /// broken: 0 for that variable.
  std::map<std::string, std::int64_t> generations(Tx& tx, base::AppEnvironmentId environment);
  std::map<base::AppEnvironmentId, std::map<std::string, std::int64_t>> generations(
      Tx& tx, const std::vector<base::AppEnvironmentId>& environments);
  /// What stands in the way of the next deployment, by variable: broken references, a set that was put back.
  std::vector<base::Error> problems(Tx& tx, base::AppEnvironmentId environment);

 private:
  friend class Resolver;
  crypto::ColumnContext place(Level level, const base::Uuid& scope, const std::string& name,
                              std::int64_t generation) const;
  base::Result<VariableMeta> write(Tx& tx, const Scope& scope, const std::optional<VariableMeta>& before,
                                   const VariableInput& input);
  base::Result<void> check(const std::vector<VariableInput>& set) const;
  std::string mac_of(Tx& tx, base::OrganizationId organization, const base::Uuid& scope, std::int64_t version,
                     std::vector<VariableMeta> all);
  /// Whether `all` is what was last written to the scope; `set` null: nothing was, since sets have a MAC.
  bool fits(Tx& tx, const Scope& scope, const std::vector<VariableMeta>& all, const store::SetMac* set);
  static std::unexpected<base::Error> put_back(const Scope& scope);
  base::Result<void> check_sets(Tx& tx, base::AppEnvironmentId environment, const std::vector<VariableMeta>& all);
  void announce(Tx& tx, const Scope& scope);

  const base::Clock& clock_;
  feed::Feed& feed_;
  secrets::Vault& vault_;
  VariableOptions options_;
};

}  // namespace projects
