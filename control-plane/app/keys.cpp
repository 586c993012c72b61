#include "control-plane/app/keys.hpp"

#include <cstdio>

#include "common/log/log.hpp"
#include "control-plane/modules/deployments/sealed_store.hpp"
#include "control-plane/modules/fleet/sealed_store.hpp"
#include "control-plane/modules/identity/sealed_store.hpp"
#include "control-plane/modules/mail/sealed_store.hpp"
#include "control-plane/modules/observability/sealed_store.hpp"
#include "control-plane/modules/projects/sealed_store.hpp"
#include "control-plane/modules/secrets/vault_transit.hpp"
#include "control-plane/platform/postgres/pool.hpp"

namespace app {
namespace {

int rotate(const Config& config, secrets::Rotated (secrets::Rotation::*how)()) {
  const base::SystemClock clock;
  postgres::Pool pool({.dsn = config.postgres.dsn, .size = 1});
  secrets::Vault vault(make_key_provider(config, clock), clock);
  secrets::Rotation rotation(pool, vault, sealed_columns());
  const auto rotated = (rotation.*how)();
  logging::info("keys.rotated",
                {{"master_key", rotated.key_id}, {"data_keys", rotated.data_keys}, {"values", rotated.values}});
  std::printf("The master key in use is %s. %d data keys and %d values were sealed anew; older keys open nothing.\n",
              rotated.key_id.c_str(), rotated.data_keys, rotated.values);
  return 0;
}

}  // namespace

std::unique_ptr<secrets::KeyProvider> make_key_provider(const Config& config, const base::Clock& clock) {
  const auto& service = config.key_service;
  if (service.address.empty()) return std::make_unique<secrets::LocalKeys>(config.master_key_file);
  return std::make_unique<secrets::VaultTransit>(secrets::VaultOptions{.address = service.address,
                                                                       .mount = service.mount,
                                                                       .key = service.key,
                                                                       .namespace_ = service.namespace_,
                                                                       .token_file = service.token_file,
                                                                       .ca_file = service.ca_file},
                                                 clock);
}

std::vector<secrets::SealedColumn> sealed_columns() {
  auto all = secrets::sealed_columns();
  for (const auto& columns : {mail::sealed_columns(), identity::sealed_columns(), projects::sealed_columns(),
                              fleet::sealed_columns(), deployments::sealed_columns(), observability::sealed_columns()})
    all.insert(all.end(), columns.begin(), columns.end());
  return all;
}

int prepare_master_key(const Config& config) {
  if (!config.key_service.address.empty()) {
    std::printf("The key service makes it: nothing is to be prepared.\n");
    return 0;
  }
  const auto id = secrets::LocalKeys(config.master_key_file).blocking_begin_rotation();
  std::printf("The next master key, %s, is %s.next. Copy it beside the master key of every other control plane.\n",
              id.c_str(), config.master_key_file.c_str());
  return 0;
}

int rotate_master_key(const Config& config) {
  return rotate(config, &secrets::Rotation::blocking_rotate_master);
}

int rotate_data_keys(const Config& config) {
  return rotate(config, &secrets::Rotation::blocking_rotate_data_keys);
}

}  // namespace app
