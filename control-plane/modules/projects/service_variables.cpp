#include "control-plane/modules/projects/service.hpp"

namespace projects {
namespace {

constexpr int kHttp = 80;
constexpr int kHttps = 443;

}  // namespace

std::string Service::url(const std::string& host) const {
  const bool usual = options_.edge_port == (options_.scheme == "https" ? kHttps : kHttp);
  return options_.scheme + "://" + host + (usual ? "" : ":" + std::to_string(options_.edge_port));
}

std::vector<VariableName> Service::variable_names(Tx& tx, const AppEnvironment& env) {
  std::vector<VariableName> names;
  for (const auto& meta : variables_.list(tx, Variables::scope_of(env)))
    names.push_back(VariableName{meta.name, meta.generation, meta.updated_at});
  return names;
}

base::Result<VariableName> Service::put_variable(Tx& tx, const AppEnvironment& env, const std::string& name,
                                                 const base::SecretString& value) {
  std::vector<VariableInput> set;
  set.push_back({name, value, {}, {}, {}});
  TRY_ASSIGN(const auto changes, variables_.change(tx, Variables::scope_of(env), std::move(set), {}, false));
  const auto& meta = *changes.front().after;
  return VariableName{meta.name, meta.generation, meta.updated_at};
}

base::Result<void> Service::erase_variable(Tx& tx, const AppEnvironment& env, const std::string& name) {
  TRY_CHECK(variables_.change(tx, Variables::scope_of(env), {}, {name}, false));
  return {};
}

}  // namespace projects
