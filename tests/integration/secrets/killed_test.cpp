#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "tests/integration/secrets/fixture.hpp"

// A rotation that is killed again and again: before each commit in turn, and where files change places.
namespace secrets_test {
namespace {

const base::SystemClock kClock;
constexpr int kMostRows = 60;

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

struct KilledRotation : testing::Test {
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

  /// Both rotations, in a process of its own that ends at `crash_at`; true when it came to its end.
  bool rotate(const std::string& crash_at) {
    return comes_to_its_end(crash_at.c_str(), [this] {
      postgres::Pool pool({.dsn = database.dsn(), .size = 2});
      secrets::Vault vault(home.keys(), kClock);
      secrets::Rotation rotation(pool, vault, app::sealed_columns());
      rotation.blocking_rotate_master();
      rotation.blocking_rotate_data_keys();
    });
  }
  void expect_useless(const base::SecretString& old_key) {
    secrets::Vault with_old(base::SecretString(std::string(old_key.reveal())), kClock);
    postgres::Pool pool({.dsn = database.dsn(), .size = 1});
    EXPECT_THROW(run(pool, [&](Tx& tx) { return open_all(tx, with_old, place).size(); }), std::exception);
  }
};

/// The first commit, the second, and so on, until there are no more: every row is once the one that was not written.
TEST_F(KilledRotation, at_each_row_leaves_everything_readable_and_the_next_one_goes_on) {
  const auto old_key = secrets::blocking_load_master_key(home.master());
  int row = 1;
  while (!rotate("rotation.before_commit#" + std::to_string(row))) {
    expect_all_open();
    ASSERT_LT(++row, kMostRows);
  }

  EXPECT_GT(row, 12) << "keys, values, and the end of each";
  std::printf("killed at %d rows\n", row - 1);
  expect_all_open();
  expect_useless(old_key);
}

struct KilledOnce : KilledRotation, testing::WithParamInterface<const char*> {};

TEST_P(KilledOnce, where_keys_change_places_leaves_everything_readable_and_the_next_one_goes_on) {
  const auto old_key = secrets::blocking_load_master_key(home.master());

  EXPECT_FALSE(rotate(GetParam()));
  expect_all_open();
  EXPECT_TRUE(rotate(""));

  expect_all_open();
  expect_useless(old_key);
}

INSTANTIATE_TEST_SUITE_P(Points, KilledOnce,
                         testing::Values("rotation.committed", "rotation.announced", "master_key.made",
                                         "master_key.in_place"));

}  // namespace
}  // namespace secrets_test
