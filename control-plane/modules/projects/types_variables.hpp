#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/secret.hpp"

namespace projects {

/// Where a variable is set, weakest first: what an app says wins over its environment, that over the project, that over
/// the organization.
enum class Level { organization = 1, project = 2, environment = 3, app = 4 };
const char* to_string(Level level);

/// One set of variables.
struct Scope {
  Level level{Level::app};
  base::OrganizationId organization;
  base::Uuid id;  ///< of the organization, project, environment or app environment
  std::string name;
  std::optional<base::AppId> app;
};

/// `db.url` or `NAME`: another value that a template names. `service` is empty for a variable of the same app.
struct Reference {
  std::string service;
  std::string name;
  std::string to_string() const { return service.empty() ? name : service + "." + name; }
  auto operator<=>(const Reference&) const = default;
};

/// A variable without its value.
struct VariableMeta {
  Level level{Level::app};
  base::Uuid scope;
  std::string name;
  std::int64_t generation{1};
  bool build_time{false};
  bool run_time{true};
  bool expand{false};
  std::vector<std::string> refers_to;
  std::optional<std::string> fingerprint;  ///< nothing for those of an earlier version
  base::UtcTime updated_at;
};

struct SealedVariable {
  VariableMeta meta;
  std::string value_sealed;
};

/// What wins in an app environment, and the levels whose variable of that name it hides.
struct Effective {
  VariableMeta meta;
  std::vector<Level> hides;
};

/// What somebody sets. Absent flags stay as they are; of a new variable: run time only, not a template.
struct VariableInput {
  std::string name;
  base::SecretString value;
  std::optional<bool> build_time;
  std::optional<bool> run_time;
  std::optional<bool> expand;
};

/// What a change did to one variable. `before` absent: added; `after` absent: removed; both the same: nothing.
struct VariableChange {
  std::string name;
  std::optional<VariableMeta> before;
  std::optional<VariableMeta> after;
  bool changed() const { return !before || !after || before->generation != after->generation; }
};

/// Resolved, for a release or a build only.
struct Variable {
  std::string name;
  base::SecretString value;
  std::int64_t generation{1};
  bool build_time{false};
  bool run_time{true};
  std::string fingerprint;
};

}  // namespace projects
