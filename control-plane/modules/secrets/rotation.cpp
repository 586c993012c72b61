#include "control-plane/modules/secrets/rotation.hpp"

#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "control-plane/modules/secrets/rotation_store.hpp"
#include "control-plane/modules/secrets/store.hpp"

namespace secrets {
namespace {

constexpr int kPage = 100;

crypto::ColumnContext key_place(store::Owner owner, int version) {
  const auto generation = static_cast<std::uint64_t>(version);
  if (owner) return {"data_keys", "key_sealed", owner->to_string(), generation};
  return {"installation_data_keys", "key_sealed", "installation", generation};
}

}  // namespace

template <class F>
auto Rotation::blocking_run(F work) {
  using Value = std::invoke_result_t<F, Tx&>;
  auto done = pool_.blocking_on_pool([&](Tx& tx) -> base::Result<Value> { return work(tx); });
  if (!done) throw base::Failure(done.error().message);
  return *std::move(done);
}

std::vector<store::Owner> Rotation::blocking_owners() {
  std::vector<store::Owner> all{std::nullopt};
  base::OrganizationId after;
  for (;;) {
    const auto page = blocking_run([&](Tx& tx) { return store::owners(tx, after, kPage); });
    if (page.empty()) return all;
    all.insert(all.end(), page.begin(), page.end());
    after = page.back();
  }
}

/// Wraps each data key of `owner` under `key_id`, one a transaction.
int Rotation::blocking_rewrap(store::Owner owner, const std::string& key_id) {
  int wrapped = 0;
  const auto keys = blocking_run([&](Tx& tx) { return store::data_keys(tx, owner); });
  for (const auto& key : keys) {
    if (vault_.provider().key_of(key.key_sealed) == key_id) continue;
    const auto plain = vault_.blocking_unwrap(owner, key.version, key.key_sealed);
    const auto fresh = vault_.provider().blocking_wrap(key_id, key_place(owner, key.version), plain);
    // Wrapped or removed meanwhile: that is as good.
    blocking_run([&](Tx& tx) {
      const bool done = store::rewrap(tx, owner, key, fresh);
      base::crash_point("rotation.before_commit");
      return done;
    });
    base::crash_point("rotation.committed");
    ++wrapped;
  }
  return wrapped;
}

Rotated Rotation::blocking_rotate_master() {
  auto& provider = vault_.provider();
  std::string key_id = blocking_run([&](Tx& tx) {
    vault_.all_keys(tx,
                    std::nullopt);  // what was sealed under the master key itself gets its data key before that goes
    return vault_.active_key_id(tx);
  });
  // One that was announced and did not come to its end goes on.
  if (provider.blocking_is_settled(key_id)) {
    key_id = provider.blocking_begin_rotation();
    blocking_run([&](Tx& tx) {
      // Whoever makes a data key holds this row: it is wrapped before this, or under the new key.
      store::set_master(tx, key_id);
      return true;
    });
    base::crash_point("rotation.announced");
  }
  Rotated rotated;
  rotated.key_id = key_id;
  int wrapped = 0;
  do {
    wrapped = 0;
    for (const auto& owner : blocking_owners()) wrapped += blocking_rewrap(owner, key_id);
    rotated.data_keys += wrapped;
  } while (wrapped > 0);
  provider.blocking_end_rotation(key_id);
  const auto own = blocking_rotate_data_key(std::nullopt);
  rotated.data_keys += own.data_keys;
  rotated.values += own.values;
  return rotated;
}

bool Rotation::reseal(Tx& tx, const SealedColumn& column, store::Owner owner, const SealedRow& row) {
  auto value = owner ? vault_.open(tx, *owner, row.where, row.sealed)
                     : vault_.open_installation(tx, row.purpose, row.where, row.sealed);
  if (!value)
    throw base::Failure("a value of " + column.table + "." + column.column + " does not open: nothing was given up");
  const auto sealed = owner ? vault_.seal(tx, *owner, row.where, value->reveal())
                            : vault_.seal_installation(tx, row.purpose, row.where, value->reveal());
  return store::replace(tx, column, owner, row, sealed);
}

/// Seals every value of `owner` under its newest key; returns how many.
int Rotation::blocking_reseal(store::Owner owner, int newest) {
  int sealed = 0;
  for (const auto& column : columns_) {
    if (column.of_installation == owner.has_value()) continue;
    for (;;) {
      const auto rows = blocking_run([&](Tx& tx) { return store::stale(tx, column, owner, newest, kPage); });
      if (rows.empty()) break;
      for (const auto& row : rows) {
        blocking_run([&](Tx& tx) {
          const bool done = reseal(tx, column, owner, row);
          base::crash_point("rotation.before_commit");
          return done;
        });
        base::crash_point("rotation.committed");
        ++sealed;
      }
    }
  }
  return sealed;
}

/// Gives the older keys up when nothing is sealed under them; false when somebody was writing under one meanwhile.
bool Rotation::blocking_retire_older(store::Owner owner, int newest) {
  const bool retired = blocking_run([&](Tx& tx) {
    store::lock_older(tx, owner, newest);
    for (const auto& column : columns_) {
      if (column.of_installation == owner.has_value()) continue;
      if (!store::stale(tx, column, owner, newest, 1).empty()) return false;
    }
    store::erase_older(tx, owner, newest);
    base::crash_point("rotation.before_commit");
    return true;
  });
  base::crash_point("rotation.committed");
  return retired;
}

Rotated Rotation::blocking_rotate_data_key(store::Owner owner) {
  Rotated rotated;
  const int newest = blocking_run([&](Tx& tx) {
    rotated.key_id = vault_.active_key_id(tx);
    const auto keys = vault_.all_keys(tx, owner);
    const auto latest = static_cast<int>(keys.front().version);
    if (keys.size() > 1) return latest;  // an unfinished one goes on
    vault_.make_key(tx, owner, latest + 1);
    base::crash_point("rotation.before_commit");
    return latest + 1;
  });
  base::crash_point("rotation.committed");
  rotated.data_keys = 1;
  do {
    rotated.values += blocking_reseal(owner, newest);
  } while (!blocking_retire_older(owner, newest));
  return rotated;
}

Rotated Rotation::blocking_rotate_data_keys() {
  Rotated rotated;
  for (const auto& owner : blocking_owners()) {
    const auto one = blocking_rotate_data_key(owner);
    rotated.key_id = one.key_id;
    rotated.data_keys += one.data_keys;
    rotated.values += one.values;
  }
  return rotated;
}

}  // namespace secrets
