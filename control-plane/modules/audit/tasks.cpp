#include "control-plane/modules/audit/tasks.hpp"

#include <map>

#include "common/base/crash_point.hpp"
#include "control-plane/modules/audit/seal_store.hpp"

namespace audit {
namespace {

constexpr int kBatch = 500;

}  // namespace

bool Sealer::has_work(Tx& tx) {
  return store::any_pending(tx);
}

int Sealer::seal(Tx& tx) {
  const auto events = store::pending(tx, kBatch);
  if (events.empty()) return 0;
  const auto now_us = clock_.utc_now().time_since_epoch().count();
  std::map<std::string, audit_chain::Seal> ends;
  std::map<std::string, std::size_t> last_of;
  std::vector<store::NewSeal> seals;
  for (const auto& event : events) {
    const auto chain = event.organization_id.value_or(std::string(audit_chain::kInstallation));
    auto known = ends.find(chain);
    if (known == ends.end()) {
      const audit_chain::Seal none{0, audit_chain::first_hash(), "", "", 0};
      known = ends.emplace(chain, store::last_seal(tx, chain).value_or(none)).first;
    }
    audit_chain::Seal next{known->second.sequence + 1, "", "", "", now_us};
    next.hash = audit_chain::next_hash(chain, next.sequence, known->second.hash, audit_chain::canonical(event));
    known->second = next;
    last_of[chain] = seals.size();
    seals.push_back({chain, event.id, std::move(next)});
  }
  for (const auto& [chain, index] : last_of) {
    auto& end = seals[index].seal;
    end.key_id = key_.id;
    end.signature = audit_chain::sign_seal(key_.pair, chain, end);
  }
  store::insert_seals(tx, seals);
  base::crash_point("audit.seals_written");
  store::forget_pending(tx, seals);
  base::crash_point("audit.before_commit");
  return static_cast<int>(events.size());
}

}  // namespace audit
