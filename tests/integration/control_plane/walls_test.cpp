// The second wall between organizations: row-level security. What these tests run has no WHERE organization_id at all.

#include <gmock/gmock.h>

#include <sstream>

#include "control-plane/platform/postgres/migrate.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

const postgres::Statement kCareless{"test.careless", "SELECT a.name FROM apps a ORDER BY a.name"};
const postgres::Statement kCarelessChange{"test.careless_change", "UPDATE app_environments SET branch = 'stolen'"};

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

struct WallsTest : testing::Test {
  WallsTest() {
    world.create_app("mine");
    world.deploy("mine");
    world.settle();
    copy_everything_to_a_foreign_organization();
  }

  /// Rows of every tenant table again, as another organization's: with other ids wherever a key asks for them.
  void copy_everything_to_a_foreign_organization() {
    world.database.run("INSERT INTO organizations (id, slug, name) VALUES ('" + foreign.to_string() +
                       "', 'foreign', 'Foreign')");
    world.database.run(
        "SET session_replication_role = replica; DO $$ DECLARE t text; cols text; vals text; BEGIN "
        "FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE a.attname = 'organization_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition LOOP "
        "SELECT string_agg(quote_ident(attname), ','), string_agg(CASE "
        "WHEN attname = 'organization_id' THEN quote_literal('" +
        foreign.to_string() +
        "') || '::uuid' "
        "WHEN attname = 'host' THEN '''foreign-'' || host' "
        "WHEN atttypid = 'uuid'::regtype THEN 'gen_random_uuid()' "
        "ELSE quote_ident(attname) END, ',') INTO cols, vals FROM pg_attribute "
        "WHERE attrelid = t::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''; "
        "EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM %I ON CONFLICT DO NOTHING', t, cols, vals, "
        "t); END LOOP; END $$");
  }
  std::vector<std::string> tenant_tables() const {
    return lines(world.database.value(
        "SELECT string_agg(c.relname, E'\\n' ORDER BY c.relname) FROM pg_class c JOIN pg_attribute a ON "
        "a.attrelid = c.oid AND a.attname = 'organization_id' WHERE c.relkind IN ('r', 'p')"));
  }
  std::string as_api(const std::string& organization, const std::string& sql) const {
    return world.database.value("SET LOCAL ROLE wh_api; SET LOCAL wh.organization = '" + organization + "'; " + sql);
  }
  template <class F>
  auto within(base::OrganizationId organization, F work) {
    using Value = std::invoke_result_t<F, Tx&>;
    return *world.pool.blocking_on_pool(postgres::Reach::of(organization, {}),
                                        [&](Tx& tx) -> base::Result<Value> { return work(tx); });
  }
  std::vector<std::string> careless_names(Tx& tx) {
    std::vector<std::string> names;
    for (const auto& row : tx.rows(kCareless)) names.push_back(row.text(0));
    return names;
  }

  World world;
  base::OrganizationId mine = world.sign_in().organization();
  base::OrganizationId foreign = base::OrganizationId::make(world.clock);
};

TEST_F(WallsTest, every_table_with_an_organization_has_forced_row_level_security) {
  EXPECT_EQ(world.database.value(
                "SELECT string_agg(c.relname, ', ') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND "
                "a.attname = 'organization_id' WHERE c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND "
                "c.relforcerowsecurity)"),
            "");
  EXPECT_GT(tenant_tables().size(), 20U);
}

TEST_F(WallsTest, a_new_table_with_an_organization_gets_its_wall_by_itself) {
  world.database.run("SET ROLE wh_owner; CREATE TABLE fresh (organization_id uuid NOT NULL, what text)");

  postgres::blocking_migrate(world.database.dsn());

  EXPECT_EQ(world.database.value("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'fresh'"), "t");
  world.database.run("INSERT INTO fresh VALUES ('" + foreign.to_string() + "', 'x')");
  EXPECT_EQ(as_api(mine.to_string(), "SELECT count(*) FROM fresh"), "0");
}

TEST_F(WallsTest, without_a_where_no_table_shows_a_foreign_row) {
  int filled = 0;
  for (const auto& table : tenant_tables()) {
    const auto foreign_rows =
        "SELECT count(*) FROM " + table + " WHERE organization_id = '" + foreign.to_string() + "'";
    if (world.database.value(foreign_rows) != "0") ++filled;
    EXPECT_EQ(as_api(mine.to_string(), foreign_rows), "0") << table;
    EXPECT_EQ(as_api("", "SELECT count(*) FROM " + table + " WHERE organization_id IS NOT NULL"), "0") << table;
  }
  EXPECT_GE(filled, 8) << "tables that really hold foreign rows";
}

TEST_F(WallsTest, partitions_cannot_be_read_around_their_parent) {
  for (const auto& table : tenant_tables()) {
    if (!table.starts_with("feed_") && !table.starts_with("log_chunks_")) continue;
    EXPECT_EQ(as_api(mine.to_string(), "SELECT count(*) FROM " + table), "0") << table;
  }
}

TEST_F(WallsTest, a_statement_of_the_program_without_a_where_sees_one_organization) {
  world.database.run("UPDATE apps SET name = 'theirs' WHERE organization_id = '" + foreign.to_string() + "'");

  EXPECT_EQ(within(mine, [&](Tx& tx) { return careless_names(tx); }), std::vector<std::string>{"mine"});
  EXPECT_EQ(within(foreign, [&](Tx& tx) { return careless_names(tx); }), std::vector<std::string>{"theirs"});
  EXPECT_EQ(within({}, [&](Tx& tx) { return careless_names(tx); }), std::vector<std::string>{});
  EXPECT_EQ(world.plain([&](Tx& tx) { return careless_names(tx); }).size(), 2U) << "reconcilers see all";
}

TEST_F(WallsTest, a_change_without_a_where_touches_one_organization) {
  EXPECT_EQ(within(mine, [&](Tx& tx) { return tx.exec(kCarelessChange); }), 1U);

  EXPECT_EQ(
      world.database.value("SELECT count(*) FROM app_environments WHERE branch = 'stolen' AND organization_id = '" +
                           foreign.to_string() + "'"),
      "0");
}

TEST_F(WallsTest, a_row_for_a_foreign_organization_cannot_be_written) {
  for (const auto& table : {"projects", "environments", "apps", "variables", "deployments"}) {
    EXPECT_THAT(world.database.refusal("SET LOCAL ROLE wh_api; SET LOCAL wh.organization = '" + mine.to_string() +
                                       "'; UPDATE " + table + " SET organization_id = '" + foreign.to_string() + "'"),
                testing::AnyOf(testing::HasSubstr("row-level security"), testing::IsEmpty()))
        << table;
  }
  EXPECT_THAT(world.database.refusal("SET LOCAL ROLE wh_api; SET LOCAL wh.organization = '" + mine.to_string() +
                                     "'; INSERT INTO projects (id, organization_id, slug, name) VALUES "
                                     "(gen_random_uuid(), '" +
                                     foreign.to_string() + "', 'x', 'X')"),
              testing::HasSubstr("row-level security"));
}

TEST_F(WallsTest, what_a_transaction_sees_ends_with_it) {
  for (int round = 0; round < 8; ++round) within(mine, [&](Tx& tx) { return careless_names(tx); });

  EXPECT_EQ(within({}, [&](Tx& tx) { return careless_names(tx); }), std::vector<std::string>{});
}

TEST_F(WallsTest, a_transaction_that_narrows_itself_sees_less_from_there_on) {
  const auto counts = world.plain([&](Tx& tx) {
    const auto before = careless_names(tx).size();
    tx.enter(postgres::Reach::of(mine, {}));
    return std::pair(before, careless_names(tx).size());
  });
  EXPECT_EQ(counts, std::pair(std::size_t{2}, std::size_t{1}));
}

TEST_F(WallsTest, requests_have_no_way_to_the_keys_of_the_installation) {
  for (const auto& table : {"installation_keys", "leases", "setup_links", "schema_migrations"}) {
    EXPECT_THAT(world.database.refusal(std::string("SET LOCAL ROLE wh_api; SELECT count(*) FROM ") + table),
                testing::HasSubstr("permission denied"))
        << table;
  }
}

}  // namespace
}  // namespace control_plane_test
