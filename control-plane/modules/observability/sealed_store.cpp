#include "control-plane/modules/observability/sealed_store.hpp"

namespace observability {
namespace {

const postgres::Statement kStale{"observability.stale_targets",
                                 "SELECT id, id, generation, target_sealed, '' FROM log_drains WHERE organization_id = "
                                 "$1 AND split_part(target_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReseal{"observability.reseal_target",
                                  "UPDATE log_drains SET target_sealed = $4 WHERE organization_id = $1 AND id = "
                                  "$2::uuid AND target_sealed = $3"};

}  // namespace

std::vector<secrets::SealedColumn> sealed_columns() {
  return {{"log_drains", "target_sealed", false, &kStale, &kReseal}};
}

}  // namespace observability
