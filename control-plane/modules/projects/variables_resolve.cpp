#include <algorithm>

#include "common/base/failure.hpp"
#include "control-plane/modules/projects/rules.hpp"
#include "control-plane/modules/projects/rules_variables.hpp"
#include "control-plane/modules/projects/variable_store.hpp"
#include "control-plane/modules/projects/variables.hpp"

namespace projects {
namespace {

constexpr std::size_t kDeepest = 32;

std::string place_of(const std::string& service, const std::string& name) {
  return service.empty() ? name : service + "." + name;
}

}  // namespace

/// Follows references through the variables of an app environment and of its neighbours. One for each use.
class Resolver {
 public:
  Resolver(Variables& variables, Tx& tx, base::AppEnvironmentId home) : variables_(variables), tx_(tx), home_(home) {}

  const std::map<std::string, Effective>& seen() { return app("")->seen; }
  const std::vector<VariableMeta>& all() { return app("")->all; }

  /// Each variable is followed once, however many refer to it: else a few that refer to each other twice cost for ever.
  base::Result<std::int64_t> generation(const Reference& reference) {
    if (const auto known = generations_.find(reference); known != generations_.end()) return known->second;
    TRY_CHECK(enter(reference));
    auto found = follow_generation(reference);
    path_.pop_back();
    if (found) generations_[reference] = *found;
    return found;
  }
  /// `keyring`: of the organization.
  base::Result<base::SecretString> value(const Reference& reference, secrets::Keyring& keyring) {
    if (const auto known = values_.find(reference); known != values_.end()) return known->second;
    TRY_CHECK(enter(reference));
    auto found = follow_value(reference, keyring);
    path_.pop_back();
    if (found) values_.insert_or_assign(reference, *found);
    return found;
  }

 private:
  struct App {
    base::AppEnvironmentId id;
    std::vector<VariableMeta> all;
    std::map<std::string, Effective> seen;
    std::map<std::string, std::string> sealed;  ///< by `<scope>/<name>`; read at the first value
  };

  base::SecretString open(App& of, const VariableMeta& meta, secrets::Keyring& keyring) {
    if (of.sealed.empty()) of.sealed = store::sealed_seen_by(tx_, of.id);
    const auto text = of.sealed.find(meta.scope.to_string() + "/" + meta.name);
    if (text == of.sealed.end()) throw base::Failure("variable " + meta.name + " went while it was read");
    auto value = keyring.open(tx_, variables_.place(meta.level, meta.scope, meta.name, meta.generation), text->second);
    if (!value) throw base::Failure("variable " + meta.name + " of " + meta.scope.to_string() + " does not open");
    return *std::move(value);
  }

  App* app(const std::string& service) {
    const auto known = apps_.find(service);
    if (known != apps_.end()) return known->second ? &*known->second : nullptr;
    const auto id = service.empty() ? std::optional(home_) : store::neighbour(tx_, home_, service);
    std::optional<App> fresh;
    if (id) {
      fresh = App{*id, store::seen_by(tx_, *id), {}, {}};
      fresh->seen = rules::effective(fresh->all);
    }
    auto& kept = apps_[service] = std::move(fresh);
    return kept ? &*kept : nullptr;
  }

  base::Result<void> enter(const Reference& reference) {
    const auto name = reference.to_string();
    const auto seen = std::ranges::find(path_, name);
    if (seen != path_.end() || path_.size() >= kDeepest) {
      std::string circle;
      for (auto it = seen == path_.end() ? path_.begin() : seen; it != path_.end(); ++it) circle += *it + " → ";
      return base::conflict("variables.cycle", "Variables refer to each other in a circle: " + circle + name + ".");
    }
    path_.push_back(name);
    return {};
  }

  std::unexpected<base::Error> missing(const Reference& reference, const std::string& why) const {
    const auto who = path_.size() < 2 ? std::string("A variable") : path_[path_.size() - 2];
    return base::fail(base::ErrorKind::conflict, "variables.missing",
                      who + " refers to ${" + reference.to_string() + "}: " + why + ".");
  }

  /// References inside a variable of `service` are of that app: its own names need its service in front.
  static Reference seen_from(const Reference& inner, const std::string& service) {
    return inner.service.empty() ? Reference{service, inner.name} : inner;
  }

  struct BuiltIn {
    std::string value;
    std::int64_t generation{0};
  };
  /// `url`, `host`, `port` of an app.
  std::optional<BuiltIn> built_in(const App& of, const std::string& name) {
    if (name != "url" && name != "host" && name != "port") return std::nullopt;
    const auto served = store::served_at(tx_, of.id);
    auto text = name == "host"   ? served.host
                : name == "port" ? std::to_string(served.port)
                                 : variables_.options_.url(served.host);
    const auto generation = rules::generation_of_text(text);
    return BuiltIn{std::move(text), generation};
  }

  base::Result<std::int64_t> follow_generation(const Reference& reference) {
    if (!reference.service.empty()) {
      TRY_ASSIGN(const auto given, of_service(reference));
      if (given) return given->generation;
    }
    auto* const of = app(reference.service);
    if (of == nullptr) return missing(reference, "this project has no app or database " + reference.service);
    const auto known = of->seen.find(reference.name);
    if (known == of->seen.end()) {
      const auto built = reference.service.empty() ? std::nullopt : built_in(*of, reference.name);
      if (built) return built->generation;
      return missing(reference, "there is no variable of that name");
    }
    const auto meta = known->second.meta;
    std::vector<std::int64_t> referred;
    for (const auto& name : meta.refers_to) {
      TRY_ASSIGN(const auto one, generation(seen_from(rules::parse_reference(name), reference.service)));
      referred.push_back(one);
    }
    return rules::effective_generation(meta, referred);
  }

  base::Result<base::SecretString> follow_value(const Reference& reference, secrets::Keyring& keyring) {
    if (!reference.service.empty()) {
      TRY_ASSIGN(auto given, of_service(reference));
      if (given) return std::move(given->value);
    }
    auto* const of = app(reference.service);
    if (of == nullptr) return missing(reference, "this project has no app or database " + reference.service);
    const auto known = of->seen.find(reference.name);
    if (known == of->seen.end()) {
      auto built = reference.service.empty() ? std::nullopt : built_in(*of, reference.name);
      if (built) return base::SecretString(std::move(built->value));
      return missing(reference, "there is no variable of that name");
    }
    const auto meta = known->second.meta;
    auto stored = open(*of, meta, keyring);
    if (!meta.expand) return stored;
    TRY_ASSIGN(const auto pieces, rules::parse_template(stored.reveal()));
    std::string expanded;
    for (const auto& piece : pieces) {
      expanded += piece.text;
      if (!piece.reference) continue;
      TRY_ASSIGN(const auto inner, value(seen_from(*piece.reference, reference.service), keyring));
      expanded += inner.reveal();
      if (expanded.size() > rules::kLongestValue) {
        return base::conflict("variables.too_long",
                              place_of(reference.service, reference.name) + " would be longer than 64 KiB.");
      }
    }
    return base::SecretString(std::move(expanded));
  }

  base::Result<std::optional<ServiceValue>> of_service(const Reference& reference) {
    if (!variables_.options_.service_values) return std::optional<ServiceValue>();
    return variables_.options_.service_values(tx_, home_, reference.service, reference.name);
  }

  Variables& variables_;
  Tx& tx_;
  base::AppEnvironmentId home_;
  std::map<std::string, std::optional<App>> apps_;
  std::map<Reference, std::int64_t> generations_;
  std::map<Reference, base::SecretString> values_;
  std::vector<std::string> path_;
};

base::Result<std::vector<Variable>> Variables::resolve(Tx& tx, base::AppEnvironmentId environment) {
  const auto scopes = store::scopes_of(tx, environment);
  const auto organization = scopes.front().organization;
  // The keys first: a key that is given up meanwhile still opens what is read after it.
  auto keyring = vault_.keyring(tx, organization);
  Resolver resolver(*this, tx, environment);
  TRY_CHECK(check_sets(tx, environment, resolver.all()));
  std::vector<Variable> resolved;
  for (const auto& [name, winner] : resolver.seen()) {
    Variable variable;
    variable.name = name;
    variable.build_time = winner.meta.build_time;
    variable.run_time = winner.meta.run_time;
    TRY_ASSIGN(variable.generation, resolver.generation({"", name}));
    TRY_ASSIGN(variable.value, resolver.value({"", name}, keyring));
    variable.fingerprint = vault_.fingerprint(tx, organization, variable.value.reveal());
    resolved.push_back(std::move(variable));
  }
  return resolved;
}

std::map<std::string, std::int64_t> Variables::generations(Tx& tx, base::AppEnvironmentId environment) {
  Resolver resolver(*this, tx, environment);
  std::map<std::string, std::int64_t> found;
  for (const auto& [name, winner] : resolver.seen()) found[name] = resolver.generation({"", name}).value_or(0);
  return found;
}

std::map<base::AppEnvironmentId, std::map<std::string, std::int64_t>> Variables::generations(
    Tx& tx, const std::vector<base::AppEnvironmentId>& environments) {
  std::vector<std::string> ids;
  for (const auto& id : environments) ids.push_back(id.to_string());
  std::map<base::AppEnvironmentId, std::map<std::string, std::int64_t>> found;
  for (const auto& [id, all] : store::seen_by(tx, ids)) {
    const auto seen = rules::effective(all);
    const bool refer = std::ranges::any_of(seen, [](const auto& s) { return !s.second.meta.refers_to.empty(); });
    if (refer) {
      found[id] = generations(tx, id);
      continue;
    }
    for (const auto& [name, winner] : seen) found[id][name] = rules::effective_generation(winner.meta, {});
  }
  return found;
}

std::vector<base::Error> Variables::problems(Tx& tx, base::AppEnvironmentId environment) {
  std::vector<base::Error> found;
  Resolver resolver(*this, tx, environment);
  const auto sets = check_sets(tx, environment, resolver.all());
  if (!sets) found.push_back(sets.error());
  for (const auto& [name, winner] : resolver.seen()) {
    const auto generation = resolver.generation({"", name});
    if (generation) continue;
    auto error = generation.error();
    error.fields = {{name, error.message}};
    found.push_back(std::move(error));
  }
  return found;
}

}  // namespace projects
