#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/audit/fixture.hpp"

namespace audit_test {
namespace {

// A process passes a crash point for the first time once: each case needs a process of its own, as ctest gives it.
struct KilledSealer : testing::TestWithParam<const char*> {
  Ledger ledger;
};

TEST_P(KilledSealer, leaves_no_gap_and_no_double_and_the_next_one_goes_on) {
  for (int round = 0; round < 3; ++round) {
    {
      postgres::Pool pool({.dsn = ledger.database.dsn(), .size = 1});
      for (int i = 0; i < 4; ++i) ledger.write(pool, i % 2 == 0 ? kAcme : kOther, "event");
    }
    const pid_t child = ::fork();  // without threads of its own
    if (child == 0) {
      ::setenv("WH_CRASH_AT", GetParam(), 1);
      postgres::Pool pool({.dsn = ledger.database.dsn(), .size = 1});
      ledger.seal(pool);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }

  postgres::Pool pool({.dsn = ledger.database.dsn(), .size = 1});
  EXPECT_EQ(ledger.seal(pool), 12);

  for (const auto& organization : {kAcme, kOther}) {
    const auto verifier = ledger.verify(pool, organization);
    EXPECT_TRUE(verifier.holds());
    EXPECT_EQ(verifier.sequence(), 6);
    EXPECT_EQ(verifier.unsealed(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Points, KilledSealer, testing::Values("audit.seals_written", "audit.before_commit"));

}  // namespace
}  // namespace audit_test
