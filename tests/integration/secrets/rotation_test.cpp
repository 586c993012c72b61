#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "common/base/failure.hpp"
#include "common/crypto/hmac.hpp"
#include "tests/integration/secrets/fixture.hpp"

namespace secrets_test {
namespace {

const base::SystemClock kClock;

struct RotationTest : testing::Test {
  RotationTest() : one(make_place(database, 1)), two(make_place(database, 2)) {
    run(pool, [&](Tx& tx) {
      fleet::load_keys(tx, vault, kClock);
      for (int i = 0; i < 5; ++i) {
        put(tx, vault, one, "ONE_" + std::to_string(i), "first-" + std::to_string(i));
        put(tx, vault, two, "TWO_" + std::to_string(i), "second-" + std::to_string(i));
      }
      fingerprint = vault.fingerprint(tx, one.organization, "first-0");
      return true;
    });
  }
  secrets::Rotation rotation() { return {pool, vault, app::sealed_columns()}; }
  std::string distinct(const std::string& column, const std::string& table) {
    return database.value("SELECT string_agg(DISTINCT split_part(" + column + ", ':', 2), ',') FROM " + table);
  }
  /// Everything opens with the keys as they lie in the files now, in a process that knows nothing else.
  void expect_all_open() {
    secrets::Vault fresh(home.keys(), kClock);
    run(pool, [&](Tx& tx) {
      EXPECT_EQ(open_all(tx, fresh, one).at("ONE_4"), "first-4");
      EXPECT_EQ(open_all(tx, fresh, two).at("TWO_0"), "second-0");
      EXPECT_NO_THROW(fleet::load_keys(tx, fresh, kClock));
      EXPECT_EQ(fresh.fingerprint(tx, one.organization, "first-0"), fingerprint);
      return true;
    });
  }

  Home home;
  support::Database database;
  Place one;
  Place two;
  postgres::Pool pool{{.dsn = database.dsn(), .size = 4}};
  secrets::Vault vault{home.keys(), kClock};
  std::string fingerprint;
};

TEST_F(RotationTest, a_new_master_key_opens_everything_and_the_old_one_nothing) {
  const auto old_key = secrets::blocking_load_master_key(home.master());
  std::set<std::string> before;
  for (const char* table : {"data_keys", "installation_data_keys"}) {
    before.insert(database.value("SELECT string_agg(key_sealed, ' ') FROM " + std::string(table)));
  }

  const auto rotated = rotation().blocking_rotate_master();

  EXPECT_GE(rotated.data_keys, 3);
  EXPECT_FALSE(std::filesystem::exists(home.master().string() + ".next"));
  EXPECT_EQ(distinct("key_sealed", "data_keys"), rotated.key_id);
  EXPECT_EQ(distinct("key_sealed", "installation_data_keys"), rotated.key_id);
  EXPECT_EQ(database.value("SELECT key_id FROM master_key_in_use"), rotated.key_id);
  expect_all_open();
  secrets::Vault with_old(base::SecretString(std::string(old_key.reveal())), kClock);
  for (const auto& place : {one, two}) {
    EXPECT_THROW(run(pool, [&](Tx& tx) { return open_all(tx, with_old, place).size(); }), base::Failure);
  }
  EXPECT_THROW(run(pool,
                   [&](Tx& tx) {
                     fleet::load_keys(tx, with_old, kClock);
                     return true;
                   }),
               base::Failure);
}

TEST_F(RotationTest, new_data_keys_seal_every_value_anew_and_the_old_ones_go) {
  const auto sealed_before = database.value("SELECT string_agg(value_sealed, ' ') FROM variables");

  const auto rotated = rotation().blocking_rotate_data_keys();

  EXPECT_GE(rotated.values, 13);  // ten variables, three installation keys, and keys of fingerprints
  for (const char* table : {"data_keys", "installation_data_keys"}) {
    EXPECT_EQ(database.value("SELECT min(version) || '-' || max(version) FROM " + std::string(table)), "2-2") << table;
  }
  EXPECT_EQ(distinct("value_sealed", "variables"), "2");
  EXPECT_EQ(distinct("private_sealed", "installation_keys"), "2");
  EXPECT_NE(database.value("SELECT string_agg(value_sealed, ' ') FROM variables"), sealed_before);
  expect_all_open();
}

TEST_F(RotationTest, what_the_version_before_sealed_under_the_master_key_itself_opens_and_is_moved) {
  const support::Database old;
  postgres::Pool old_pool({.dsn = old.dsn(), .size = 2});
  const auto master = secrets::blocking_load_master_key(home.master());
  const auto place = make_place(old, 1);
  const auto data_key = crypto::random_bytes(32);
  const auto seal = [&](const std::string& purpose, const crypto::ColumnContext& where, const std::string& value) {
    return crypto::seal_column(crypto::purpose_key(master.reveal(), purpose), where, value);
  };
  old.run("INSERT INTO data_keys (organization_id, version, key_sealed) VALUES ('" + place.organization.to_string() +
          "', 1, '" + seal("data-key", {"data_keys", "key_sealed", place.organization.to_string(), 1}, data_key) +
          "')");
  old.run("INSERT INTO variables (organization_id, app_environment_id, name, value_sealed, generation) VALUES ('" +
          place.organization.to_string() + "', '" + place.environment.to_string() + "', 'A', '" +
          crypto::seal_column(data_key, variable_place(place, "A"), "as it was") + "', 1)");
  const std::string seed(32, 's');
  old.run("INSERT INTO installation_keys (purpose, id, private_sealed) VALUES ('command', 'ck1', '" +
          seal("command", {"installation_keys", "private_sealed", "command/ck1", 1}, seed) + "')");

  secrets::Rotation(old_pool, vault, app::sealed_columns()).blocking_rotate_master();

  secrets::Vault fresh(home.keys(), kClock);
  run(old_pool, [&](Tx& tx) {
    EXPECT_EQ(open_all(tx, fresh, place).at("A"), "as it was");
    EXPECT_EQ(fleet::load_keys(tx, fresh, kClock).command.pair.seed.reveal(), seed);
    return true;
  });
  secrets::Vault with_old(base::SecretString(std::string(master.reveal())), kClock);
  EXPECT_THROW(run(old_pool, [&](Tx& tx) { return open_all(tx, with_old, place).size(); }), base::Failure);
  const auto sealed = old.value("SELECT private_sealed FROM installation_keys WHERE id = 'ck1'");
  EXPECT_FALSE(crypto::open_column(crypto::purpose_key(master.reveal(), "command"),
                                   {"installation_keys", "private_sealed", "command/ck1", 1}, sealed));
}

TEST_F(RotationTest, keys_are_replaced_while_fifty_write_and_nothing_is_lost) {
  constexpr int kWriters = 50;
  postgres::Pool writers_pool({.dsn = database.dsn(), .size = 8});
  secrets::Vault elsewhere(home.keys(), kClock);  // as another instance has it
  std::atomic<bool> rotated{false};
  std::vector<int> last(kWriters, 0);
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      const auto& place = w % 2 == 0 ? one : two;
      const auto name = "W_" + std::to_string(w);
      for (int n = 1; n == 1 || !rotated; ++n) {
        run(writers_pool, [&](Tx& tx) {
          put(tx, w % 3 == 0 ? elsewhere : vault, place, name, std::to_string(n));
          return true;
        });
        last[static_cast<std::size_t>(w)] = n;
        const auto seen = run(writers_pool, [&](Tx& tx) { return open_all(tx, elsewhere, place).at(name); });
        EXPECT_EQ(seen, std::to_string(n));
      }
    });
  }

  rotation().blocking_rotate_data_keys();
  rotation().blocking_rotate_master();
  rotation().blocking_rotate_data_keys();
  rotated = true;
  for (auto& writer : writers) writer.join();

  secrets::Vault fresh(home.keys(), kClock);
  run(pool, [&](Tx& tx) {
    const auto of_one = open_all(tx, fresh, one);
    const auto of_two = open_all(tx, fresh, two);
    for (int w = 0; w < kWriters; ++w) {
      const auto& of = w % 2 == 0 ? of_one : of_two;
      EXPECT_EQ(of.at("W_" + std::to_string(w)), std::to_string(last[static_cast<std::size_t>(w)]));
    }
    return true;
  });
  EXPECT_EQ(database.value("SELECT max(n) FROM (SELECT count(*) AS n FROM data_keys GROUP BY organization_id) c"), "1");
  expect_all_open();
}

TEST_F(RotationTest, a_value_that_does_not_open_stops_it_and_no_key_goes) {
  database.run("UPDATE variables SET value_sealed = overlay(value_sealed placing 'AAAA' from 40) WHERE name = 'ONE_3'");

  EXPECT_THROW(rotation().blocking_rotate_data_keys(), base::Failure);

  EXPECT_EQ(
      database.value("SELECT count(*) FROM data_keys WHERE organization_id = '" + one.organization.to_string() + "'"),
      "2");
}

/// A column that a rotation does not know would be unreadable after it.
TEST_F(RotationTest, every_sealed_column_of_the_schema_is_known) {
  std::set<std::string> known;
  for (const auto& column : app::sealed_columns()) known.insert(column.table + "." + column.column);
  const auto there = run(pool, [&](Tx& tx) {
    static const postgres::Statement kColumns{
        "secrets_test.columns",
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND "
        "(column_name LIKE '%\\_sealed' OR column_name LIKE '%key\\_hash') AND table_name NOT IN ('data_keys', "
        "'installation_data_keys')"};
    std::set<std::string> names;
    for (const auto& row : tx.rows(kColumns)) names.insert(row.text(0));
    return names;
  });

  EXPECT_EQ(known, there);
}

}  // namespace
}  // namespace secrets_test
