#include "control-plane/modules/fleet/relay_store.hpp"

#include "control-plane/platform/postgres/statement.hpp"

namespace fleet::store {
namespace {

const postgres::Statement kSetHeldAt{"fleet.set_held_at", "UPDATE workers SET held_at = $2 WHERE id = $1"};
const postgres::Statement kHeldAt{"fleet.held_at", "SELECT held_at FROM workers WHERE id = $1 AND held_at <> ''"};

}  // namespace

void set_held_at(Tx& tx, base::WorkerId worker, const std::string& url) {
  tx.exec(kSetHeldAt, worker, url);
}

std::string held_at(Tx& tx, base::WorkerId worker) {
  const auto row = tx.maybe_one(kHeldAt, worker);
  return row ? row->text(0) : std::string();
}

}  // namespace fleet::store
