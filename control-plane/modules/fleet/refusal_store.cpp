#include "control-plane/modules/fleet/refusal_store.hpp"

#include "control-plane/platform/postgres/statement.hpp"

namespace fleet::store {
namespace {

const postgres::Statement kTakeTurn{
    "fleet.take_refusal_turn",
    "UPDATE workers SET refusal_recorded_at = now() WHERE id = $1 AND (refusal_recorded_at IS NULL OR "
    "refusal_recorded_at <= now() - interval '1 minute')"};

}  // namespace

bool take_refusal_turn(Tx& tx, base::WorkerId worker) {
  return tx.exec(kTakeTurn, worker) == 1;
}

}  // namespace fleet::store
