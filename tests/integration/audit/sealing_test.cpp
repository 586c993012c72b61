#include <pqxx/pqxx>
#include <thread>

#include "tests/integration/audit/fixture.hpp"

namespace audit_test {
namespace {

struct SealingTest : testing::Test {
  Ledger ledger;
  postgres::Pool pool{{.dsn = ledger.database.dsn(), .size = 8}};
};

TEST_F(SealingTest, what_is_committed_is_chained_per_organization_and_each_end_is_signed) {
  for (int i = 0; i < 5; ++i) ledger.write(pool, kAcme, "a" + std::to_string(i));
  ledger.write(pool, kOther, "b");

  EXPECT_EQ(ledger.seal(pool), 6);

  const auto acme = ledger.lines(pool, kAcme);
  ASSERT_EQ(acme.size(), 5U);
  for (std::size_t i = 0; i < acme.size(); ++i) {
    EXPECT_EQ(acme[i].sequence, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(acme[i].event->action, "a" + std::to_string(i));
    EXPECT_EQ(acme[i].signature.empty(), i != 4) << "only the end of what was sealed at once is signed";
  }
  EXPECT_EQ(ledger.lines(pool, kOther).size(), 1U);
  EXPECT_TRUE(ledger.verify(pool, kAcme).holds());
  EXPECT_TRUE(ledger.verify(pool, kOther).holds());
  EXPECT_EQ(ledger.database.value("SELECT count(*) FROM audit_pending"), "0");
}

TEST_F(SealingTest, what_belongs_to_no_organization_has_a_chain_of_its_own) {
  ledger.write(pool, base::OrganizationId(), "setup_link.create");

  EXPECT_EQ(ledger.seal(pool), 1);

  EXPECT_EQ(ledger.database.value("SELECT chain FROM audit_seals"), std::string(audit_chain::kInstallation));
}

TEST_F(SealingTest, nothing_is_sealed_before_an_older_transaction_has_ended) {
  pqxx::connection link(ledger.database.dsn());
  pqxx::work open(link);
  open.exec("INSERT INTO audit_events (id, organization_id, actor_kind, action) VALUES (gen_random_uuid(), '" +
            kAcme.to_string() + "', 'system', 'first')");
  ledger.write(pool, kAcme, "second");

  EXPECT_EQ(ledger.seal(pool), 0);
  EXPECT_EQ(ledger.verify(pool, kAcme).unsealed(), 1);
  open.commit();
  EXPECT_EQ(ledger.seal(pool), 2);

  const auto lines = ledger.lines(pool, kAcme);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].event->action, "first");
  EXPECT_EQ(lines[1].event->action, "second");
}

/// Who saw another's event committed comes after it, however many write at once, and nobody is missing.
TEST_F(SealingTest, order_holds_for_many_writers_at_once) {
  constexpr int kWriters = 16;
  constexpr int kEach = 25;
  std::atomic<int> running{kWriters};
  std::atomic<int> stamp{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&] {
      // `began` is taken before the transaction, `ended` after its commit: if a.ended < b.began, a comes first.
      for (int i = 0; i < kEach; ++i) {
        const int began = ++stamp;
        ledger.write(pool, kAcme, "began-" + std::to_string(began));
        const int ended = ++stamp;
        ledger.write(pool, kAcme, "ended-" + std::to_string(began) + "-" + std::to_string(ended));
      }
      --running;
    });
  }
  int sealed = 0;
  while (running > 0) sealed += ledger.seal(pool);
  for (auto& writer : writers) writer.join();
  sealed += ledger.seal(pool);

  EXPECT_EQ(sealed, kWriters * kEach * 2);
  EXPECT_TRUE(ledger.verify(pool, kAcme).holds());
  std::map<int, int> ended;  // stamp after the commit → place in the log
  std::map<int, int> place;  // stamp before the transaction → place in the log
  std::map<int, int> committed_at;
  for (const auto& line : ledger.lines(pool, kAcme)) {
    int began = 0;
    int end = 0;
    if (std::sscanf(line.event->action.c_str(), "began-%d", &began) == 1) {
      place[began] = static_cast<int>(line.sequence);
    } else if (std::sscanf(line.event->action.c_str(), "ended-%d-%d", &began, &end) == 2) {
      committed_at[began] = end;
    }
  }
  // The latest place among all that were committed before a moment must lie before whoever began after it.
  std::vector<std::pair<int, int>> by_end;
  for (const auto& [began, end] : committed_at) by_end.emplace_back(end, place.at(began));
  std::ranges::sort(by_end);
  for (const auto& [began, at] : place) {
    for (const auto& [end, earlier] : by_end) {
      if (end >= began) break;
      ASSERT_LT(earlier, at) << "committed at " << end << ", the other began at " << began;
    }
  }
}

TEST_F(SealingTest, the_database_refuses_to_change_events_and_seals) {
  ledger.write(pool, kAcme, "a");
  ledger.seal(pool);

  for (const char* change :
       {"UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events",
        "UPDATE audit_seals SET sequence = 9", "DELETE FROM audit_seals", "TRUNCATE audit_seals"}) {
    EXPECT_THAT(ledger.database.refusal(change), testing::HasSubstr("append-only")) << change;
  }
}

TEST_F(SealingTest, events_of_a_restored_database_are_sealed_although_its_transactions_are_unknown_here) {
  ledger.write(pool, kAcme, "a");
  ledger.database.run("UPDATE audit_pending SET transaction = '9000000000000'");

  EXPECT_EQ(ledger.seal(pool), 1);
}

}  // namespace
}  // namespace audit_test
