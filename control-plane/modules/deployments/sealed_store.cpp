#include "control-plane/modules/deployments/sealed_store.hpp"

namespace deployments {
namespace {

const postgres::Statement kStale{
    "deployments.stale_variables",
    "SELECT release_id || '/' || name, release_id || '/' || name, generation, value_sealed, '' FROM release_variables "
    "WHERE organization_id = $1 AND split_part(value_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReseal{
    "deployments.reseal_variable",
    "UPDATE release_variables SET value_sealed = $4 WHERE organization_id = $1 AND release_id = split_part($2, '/', "
    "1)::uuid AND name = split_part($2, '/', 2) AND value_sealed = $3"};

}  // namespace

std::vector<secrets::SealedColumn> sealed_columns() {
  return {{"release_variables", "value_sealed", false, &kStale, &kReseal}};
}

}  // namespace deployments
