#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "tests/integration/secrets/fixture.hpp"

// A rotation that is killed again and again: before each commit in turn, and where files change places.
namespace secrets_test {
namespace {

const base::SystemClock kClock;
constexpr int kMostDeaths = 200;

/// Runs `work` in a process of its own that ends at its crash point; true when it came to its end.
template <class F>
bool comes_to_its_end(const char* crash_at, F work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("WH_CRASH_AT", crash_at, 1);
    try {
      work();
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "%s\n", failure.what());
      ::_exit(9);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
  return WIFEXITED(status);
}

struct KilledRotation : testing::TestWithParam<const char*> {
  KilledRotation() : place(make_place(database, 1)) {
    with_pool([&](postgres::Pool& pool, secrets::Vault& vault) {
      run(pool, [&](Tx& tx) {
        fleet::load_keys(tx, vault, kClock);
        for (int i = 0; i < 4; ++i) put(tx, vault, place, "V" + std::to_string(i), "value-" + std::to_string(i));
        return true;
      });
    });
  }
  // Only processes without threads fork here.
  template <class F>
  void with_pool(F use) {
    postgres::Pool pool({.dsn = database.dsn(), .size = 2});
    secrets::Vault vault(home.keys(), kClock);
    use(pool, vault);
  }
  void expect_all_open() {
    with_pool([&](postgres::Pool& pool, secrets::Vault& vault) {
      run(pool, [&](Tx& tx) {
        const auto opened = open_all(tx, vault, place);
        for (int i = 0; i < 4; ++i) EXPECT_EQ(opened.at("V" + std::to_string(i)), "value-" + std::to_string(i));
        EXPECT_NO_THROW(fleet::load_keys(tx, vault, kClock));
        return true;
      });
    });
  }
  Home home;
  support::Database database;
  Place place;
};

TEST_P(KilledRotation, at_each_step_leaves_everything_readable_and_is_finished_by_the_next) {
  const auto old_key = secrets::blocking_load_master_key(home.master());
  int deaths = 0;
  const auto rotate = [&] {
    postgres::Pool pool({.dsn = database.dsn(), .size = 2});
    secrets::Vault vault(home.keys(), kClock);
    secrets::Rotation rotation(pool, vault, app::sealed_columns());
    rotation.blocking_rotate_master();
    rotation.blocking_rotate_data_keys();
  };

  while (!comes_to_its_end(GetParam(), rotate)) {
    ASSERT_LT(++deaths, kMostDeaths);
    expect_all_open();
    // A point that is passed once for all comes again with each new rotation: after its deaths let it through.
    if (deaths >= 30) break;
  }
  ASSERT_TRUE(comes_to_its_end("", rotate));

  EXPECT_GT(deaths, 0);
  std::printf("%s: killed %d times\n", GetParam(), deaths);
  expect_all_open();
  secrets::Vault with_old(base::SecretString(std::string(old_key.reveal())), kClock);
  postgres::Pool pool({.dsn = database.dsn(), .size = 1});
  EXPECT_THROW(run(pool, [&](Tx& tx) { return open_all(tx, with_old, place).size(); }), std::exception);
}

INSTANTIATE_TEST_SUITE_P(Points, KilledRotation,
                         testing::Values("rotation.before_commit", "rotation.before_commit#2",
                                         "rotation.before_commit#3", "rotation.committed", "rotation.announced",
                                         "master_key.made", "master_key.in_place"));

}  // namespace
}  // namespace secrets_test
