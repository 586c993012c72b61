#include "common/base/bytes.hpp"
#include "tests/integration/audit/fixture.hpp"

// Whoever holds the whole database, with the triggers off, changes one thing. Each is found.
namespace audit_test {
namespace {

constexpr int kEvents = 12;

struct TamperingTest : testing::Test {
  TamperingTest() {
    for (int i = 1; i <= kEvents; ++i) {
      ledger.write(pool, kAcme, "event-" + std::to_string(i));
      if (i % 4 == 0) ledger.seal(pool);
    }
    kept = ledger.head(pool, kAcme);
    EXPECT_TRUE(ledger.verify(pool, kAcme, &kept).holds());
  }
  /// As the owner of the database can.
  void change(const std::string& sql) { ledger.database.run("SET LOCAL session_replication_role = replica; " + sql); }
  static std::string event(int n) {
    return "(SELECT event_id FROM audit_seals WHERE chain = '" + kAcme.to_string() +
           "' AND sequence = " + std::to_string(n) + ")";
  }

  Ledger ledger;
  postgres::Pool pool{{.dsn = ledger.database.dsn(), .size = 2}};
  audit_chain::Head kept;
};

TEST_F(TamperingTest, any_member_of_any_event_that_is_changed_is_found_and_named) {
  const std::vector<std::string> changes{"action = 'x'",          "actor_id = 'somebody-else'",
                                         "actor_kind = 'worker'", "actor_name = 'Eve'",
                                         "object_id = '2'",       "at = at - interval '1 microsecond'",
                                         "address = '192.0.2.1'", "request_id = 'r'",
                                         "before = '{}'",         "after = '{\"n\":2}'",
                                         "after = NULL",          "app_id = gen_random_uuid()",
                                         "credential = 'cli'"};
  for (int n = 1; n <= kEvents; ++n) {
    const auto& what = changes[static_cast<std::size_t>(n) % changes.size()];
    SCOPED_TRACE(std::to_string(n) + ": " + what);
    ledger.database.run("CREATE TABLE kept AS SELECT * FROM audit_events WHERE id = " + event(n));
    change("UPDATE audit_events SET " + what + " WHERE id = " + event(n));

    const auto verifier = ledger.verify(pool, kAcme);

    ASSERT_EQ(verifier.findings().size(), 1U);
    EXPECT_EQ(verifier.findings()[0].code, "event_changed");
    EXPECT_EQ(verifier.findings()[0].sequence, n);
    change("DELETE FROM audit_events WHERE id = " + event(n));
    change("INSERT INTO audit_events SELECT * FROM kept; DROP TABLE kept");
    ASSERT_TRUE(ledger.verify(pool, kAcme).holds());
  }
  for (const auto& what : changes) {
    SCOPED_TRACE(what);
    ledger.database.run("CREATE TABLE kept AS SELECT * FROM audit_events WHERE id = " + event(5));
    change("UPDATE audit_events SET " + what + " WHERE id = " + event(5));
    EXPECT_THAT(codes(ledger.verify(pool, kAcme)), testing::ElementsAre("event_changed"));
    change("DELETE FROM audit_events WHERE id = " + event(5));
    change("INSERT INTO audit_events SELECT * FROM kept; DROP TABLE kept");
  }
}

TEST_F(TamperingTest, an_event_that_is_taken_out_is_found) {
  change("DELETE FROM audit_events WHERE id = " + event(6));

  EXPECT_THAT(codes(ledger.verify(pool, kAcme)), testing::ElementsAre("event_missing"));
}

TEST_F(TamperingTest, an_event_and_its_seal_that_are_taken_out_together_are_found) {
  change("DELETE FROM audit_events WHERE id = " + event(6));
  change("DELETE FROM audit_seals WHERE sequence = 6");

  EXPECT_THAT(codes(ledger.verify(pool, kAcme)), testing::Contains("seal_missing"));
}

TEST_F(TamperingTest, seals_that_close_the_gap_again_are_found) {
  change("DELETE FROM audit_events WHERE id = " + event(6));
  change(
      "DELETE FROM audit_seals WHERE sequence = 6; UPDATE audit_seals SET sequence = sequence - 1 WHERE sequence > 6");

  EXPECT_FALSE(ledger.verify(pool, kAcme).holds());
}

TEST_F(TamperingTest, two_events_that_change_places_are_found) {
  const auto second = ledger.database.value("SELECT event_id FROM audit_seals WHERE sequence = 2");
  const auto third = ledger.database.value("SELECT event_id FROM audit_seals WHERE sequence = 3");
  change("UPDATE audit_events SET id = '" + kOther.to_string() + "' WHERE id = '" + second + "'; " +
         "UPDATE audit_events SET id = '" + second + "' WHERE id = '" + third + "'; " +
         "UPDATE audit_events SET id = '" + third + "' WHERE id = '" + kOther.to_string() + "'");

  EXPECT_THAT(codes(ledger.verify(pool, kAcme)), testing::ElementsAre("event_changed", "event_changed"));
}

/// Hashes can be computed by everyone: without the key they do not get a signature.
TEST_F(TamperingTest, a_chain_that_is_computed_anew_fails_at_its_signatures) {
  change("UPDATE audit_events SET action = 'forged' WHERE id = " + event(2));
  auto lines = ledger.lines(pool, kAcme);
  auto hash = audit_chain::first_hash();
  for (const auto& line : lines) {
    hash = audit_chain::next_hash(kAcme.to_string(), line.sequence, hash, audit_chain::canonical(*line.event));
    change("UPDATE audit_seals SET hash = decode('" + base::hex_encode(hash) +
           "', 'hex') WHERE sequence = " + std::to_string(line.sequence));
  }

  EXPECT_THAT(codes(ledger.verify(pool, kAcme)), testing::ElementsAre("signature", "signature", "signature"));
}

TEST_F(TamperingTest, signatures_that_are_taken_away_are_found) {
  change("UPDATE audit_seals SET signature = NULL, key_id = NULL");

  EXPECT_THAT(codes(ledger.verify(pool, kAcme)), testing::ElementsAre("unsigned_end"));
}

TEST_F(TamperingTest, an_end_that_is_cut_off_is_found_against_a_head_that_was_kept) {
  change("DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_seals WHERE sequence > 8)");
  change("DELETE FROM audit_seals WHERE sequence > 8");

  EXPECT_TRUE(ledger.verify(pool, kAcme).holds()) << "nothing in the database can show it";
  EXPECT_THAT(codes(ledger.verify(pool, kAcme, &kept)), testing::ElementsAre("cut_off"));
}

TEST_F(TamperingTest, an_end_that_was_cut_off_and_grew_again_is_found_against_a_head_that_was_kept) {
  change("DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_seals WHERE sequence > 8)");
  change("DELETE FROM audit_seals WHERE sequence > 8");
  for (int i = 0; i < 8; ++i) ledger.write(pool, kAcme, "later");
  ledger.seal(pool);

  EXPECT_TRUE(ledger.verify(pool, kAcme).holds());
  EXPECT_THAT(codes(ledger.verify(pool, kAcme, &kept)), testing::ElementsAre("rewritten"));
}

TEST_F(TamperingTest, a_head_that_was_changed_or_signed_by_another_is_refused) {
  auto forged = kept;
  forged.sequence = 8;
  EXPECT_THAT(codes(ledger.verify(pool, kAcme, &forged)), testing::ElementsAre("head"));

  const auto stranger = crypto::ed25519_generate();
  forged = audit_chain::sign_head(stranger, "ak1", kAcme.to_string(), 8, std::string(32, 'h'), 1);
  EXPECT_THAT(codes(ledger.verify(pool, kAcme, &forged)), testing::ElementsAre("head"));
}

/// The heads that lie beside the database show that an older copy of it was restored.
TEST_F(TamperingTest, a_database_that_is_restored_from_a_backup_is_found_against_the_heads_that_were_kept) {
  const auto heads = run(pool, [&](Tx& tx) { return ledger.service.heads(tx); });
  const auto lost = [&](const std::string& text) {
    return run(pool, [&](Tx& tx) { return ledger.service.lost(tx, text).size(); });
  };
  EXPECT_EQ(lost(heads), 0U);
  ledger.write(pool, kAcme, "later");
  ledger.seal(pool);
  EXPECT_EQ(lost(heads), 0U) << "a log that grew holds what was kept";

  change("DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_seals WHERE sequence > 8)");
  change("DELETE FROM audit_seals WHERE sequence > 8");

  EXPECT_EQ(lost(heads), 1U);
  EXPECT_EQ(lost("nonsense\n"), 1U);
  EXPECT_EQ(lost(""), 0U);
}

TEST_F(TamperingTest, an_event_that_never_gets_a_seal_is_found_after_a_minute) {
  ledger.write(pool, kAcme, "hidden");
  change("DELETE FROM audit_pending");

  audit_chain::Verifier verifier(kAcme.to_string(), {{ledger.key.id, ledger.key.pair.public_key}});
  for (const auto& line : ledger.lines(pool, kAcme)) verifier.take(line);
  verifier.end(kClock.utc_now().time_since_epoch().count() + 61'000'000);

  EXPECT_THAT(codes(verifier), testing::ElementsAre("not_sealed"));
}

}  // namespace
}  // namespace audit_test
