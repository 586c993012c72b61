#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "common/base/files.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/app/keys.hpp"
#include "control-plane/modules/fleet/keys.hpp"
#include "tests/support/database.hpp"

namespace secrets_test {

/// A folder with a master key, a database with organizations that have apps, and values in every sealed column that can
/// be written without a worker.
class Home {
 public:
  Home() {
    std::string pattern = (std::filesystem::temp_directory_path() / "wh-secrets-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    base::blocking_write_file(master(), crypto::random_bytes(32), 0600);
  }
  ~Home() { std::filesystem::remove_all(folder_); }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;

  std::filesystem::path folder() const { return folder_; }
  std::filesystem::path master() const { return folder_ / "master.key"; }
  std::unique_ptr<secrets::KeyProvider> keys() const { return std::make_unique<secrets::LocalKeys>(master()); }

 private:
  std::filesystem::path folder_;
};

template <class F>
auto run(postgres::Pool& pool, F work) {
  using Value = std::invoke_result_t<F, Tx&>;
  return *pool.blocking_on_pool([&](Tx& tx) -> base::Result<Value> { return work(tx); });
}

struct Place {
  base::OrganizationId organization;
  base::AppEnvironmentId environment;
};

/// An organization with one app, written by SQL: what these tests need of the other modules.
inline Place make_place(const support::Database& database, int n) {
  const auto id = [n](int kind) {
    char text[64];
    std::snprintf(text, sizeof text, "01900000-0000-7000-8000-%04d%08d", n, kind);
    return std::string(text);
  };
  const auto q = [](const std::string& text) { return "'" + text + "'"; };
  const auto name = "org" + std::to_string(n);
  database.run("INSERT INTO organizations (id, slug, name) VALUES (" + q(id(1)) + ", " + q(name) + ", 'O')");
  database.run("INSERT INTO projects (id, organization_id, slug, name) VALUES (" + q(id(2)) + "," + q(id(1)) +
               ",'p','P')");
  database.run("INSERT INTO environments (id, organization_id, project_id, name) VALUES (" + q(id(3)) + "," + q(id(1)) +
               "," + q(id(2)) + ",'production')");
  database.run("INSERT INTO apps (id, organization_id, project_id, name) VALUES (" + q(id(4)) + "," + q(id(1)) + "," +
               q(id(2)) + ",'hello')");
  database.run(
      "INSERT INTO app_environments (id, organization_id, app_id, environment_id, host, git_url, branch) VALUES (" +
      q(id(5)) + "," + q(id(1)) + "," + q(id(4)) + "," + q(id(3)) + "," + q(name + ".localhost") +
      ",'https://g/h','main')");
  return {*base::OrganizationId::parse(id(1)), *base::AppEnvironmentId::parse(id(5))};
}

inline crypto::ColumnContext variable_place(const Place& place, const std::string& name, std::uint64_t generation = 1) {
  return {"variables", "value_sealed", place.environment.to_string() + "/" + name, generation};
}

inline const postgres::Statement kPut{
    "secrets_test.put",
    "INSERT INTO variables (organization_id, app_environment_id, name, value_sealed, generation) VALUES ($1, $2, $3, "
    "$4, 1) ON CONFLICT (app_environment_id, name) DO UPDATE SET value_sealed = excluded.value_sealed"};
inline const postgres::Statement kAll{"secrets_test.all",
                                      "SELECT name, value_sealed FROM variables WHERE organization_id = $1"};

inline void put(Tx& tx, secrets::Vault& vault, const Place& place, const std::string& name, const std::string& value) {
  tx.exec(kPut, place.organization, place.environment, name,
          vault.seal(tx, place.organization, variable_place(place, name), value));
}

/// Opens every variable; fails the test for one that does not open.
inline std::map<std::string, std::string> open_all(Tx& tx, secrets::Vault& vault, const Place& place) {
  std::map<std::string, std::string> opened;
  auto keyring = vault.keyring(tx, place.organization);
  for (const auto& row : tx.rows(kAll, place.organization)) {
    const auto value = keyring.open(tx, variable_place(place, row.text(0)), row.text(1));
    EXPECT_TRUE(value) << row.text(0) << " does not open";
    if (value) opened[row.text(0)] = std::string(value->reveal());
  }
  return opened;
}

}  // namespace secrets_test
