#include "control-plane/modules/projects/sealed_store.hpp"

namespace projects {
namespace {

const postgres::Statement kStale{
    "projects.stale_variables",
    "SELECT app_environment_id || '/' || name, app_environment_id || '/' || name, generation, value_sealed, '' "
    "FROM variables WHERE organization_id = $1 AND split_part(value_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReseal{
    "projects.reseal_variable",
    "UPDATE variables SET value_sealed = $4 WHERE organization_id = $1 AND app_environment_id = split_part($2, '/', "
    "1)::uuid AND name = split_part($2, '/', 2) AND "
    "value_sealed = $3"};

const postgres::Statement kStaleShared{
    "projects.stale_shared_variables",
    "SELECT scope_id || '/' || name, scope_id || '/' || name, generation, value_sealed, '' FROM shared_variables "
    "WHERE organization_id = $1 AND split_part(value_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kResealShared{
    "projects.reseal_shared_variable",
    "UPDATE shared_variables SET value_sealed = $4 WHERE organization_id = $1 AND scope_id = split_part($2, '/', "
    "1)::uuid AND name = split_part($2, '/', 2) AND value_sealed = $3"};

}  // namespace

std::vector<secrets::SealedColumn> sealed_columns() {
  return {{"variables", "value_sealed", false, &kStale, &kReseal},
          {"shared_variables", "value_sealed", false, &kStaleShared, &kResealShared}};
}

}  // namespace projects
