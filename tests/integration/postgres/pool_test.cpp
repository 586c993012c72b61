#include "control-plane/platform/postgres/pool.hpp"

#include <gtest/gtest.h>

#include <barrier>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/support/database.hpp"

namespace {

const postgres::Statement kOwnPid{"test.pool.pid", "SELECT pg_backend_pid()"};

struct PoolTest : testing::Test {
  /// Connections of others than the one who asks.
  std::string connections() const {
    return database.value(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  }
  std::int64_t ask() {
    return *pool.blocking_on_pool([](Tx& tx) -> base::Result<std::int64_t> { return tx.one(kOwnPid).integer(0); });
  }
  /// All threads at once, each with a connection.
  void ask_everywhere() {
    std::barrier together(4);
    std::vector<std::jthread> callers;
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        (void)pool.blocking_on_pool([&](Tx& tx) -> base::Result<std::int64_t> {
          together.arrive_and_wait();
          return tx.one(kOwnPid).integer(0);
        });
      });
    }
  }

  support::Database database;
  postgres::Pool pool{{.dsn = database.dsn(), .size = 4, .idle = std::chrono::milliseconds(200)}};
};

TEST_F(PoolTest, at_rest_one_connection_does_the_work_and_the_others_are_given_back) {
  ask_everywhere();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);

  // Now and then a question, as the tasks of a control plane at rest ask them.
  auto left = connections();
  for (; left != "1" && left != "0" && std::chrono::steady_clock::now() < give_up; left = connections()) ask();

  EXPECT_TRUE(left == "1" || left == "0") << left;
}

TEST_F(PoolTest, connections_that_were_given_back_are_made_anew_when_they_are_needed) {
  for (int round = 0; round < 3; ++round) {
    ask_everywhere();
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (connections() != "0" && std::chrono::steady_clock::now() < give_up) continue;
    EXPECT_EQ(connections(), "0") << "nobody asks anything";
  }
  EXPECT_GT(ask(), 0);
}

}  // namespace
