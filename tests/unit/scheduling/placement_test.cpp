#include <gtest/gtest.h>

#include <random>

#include "control-plane/modules/scheduling/rules.hpp"

namespace scheduling::rules {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30U;

WorkerView a_worker(const std::string& name) {
  WorkerView worker;
  worker.id = base::WorkerId(base::Uuid::v7(base::SystemClock().utc_now()));
  worker.name = name;
  worker.online = true;
  worker.runs = true;
  worker.memory_bytes = 8 * kGiB;
  return worker;
}

TEST(Placement, takes_the_only_worker_and_says_why) {
  const std::vector<WorkerView> workers{a_worker("one")};

  const auto placement = choose(Demand{kGiB}, workers);

  ASSERT_TRUE(placement.has_value());
  EXPECT_EQ(placement->worker_name, "one");
  EXPECT_FALSE(placement->reasons.empty());
}

TEST(Placement, refuses_with_what_each_worker_lacks) {
  auto offline = a_worker("away");
  offline.online = false;
  auto full = a_worker("full");
  full.memory_reserved = 8 * kGiB;

  const auto placement = choose(Demand{kGiB}, std::vector<WorkerView>{offline, full});

  ASSERT_FALSE(placement.has_value());
  EXPECT_EQ(placement.error().code, "placement.none");
  EXPECT_NE(placement.error().message.find("away is not online"), std::string::npos);
  EXPECT_NE(placement.error().message.find("full has 0 MiB of memory left"), std::string::npos);
}

TEST(Placement, spreads_replicas_of_one_app) {
  auto busy = a_worker("busy");
  busy.same_app = 1;
  const auto idle = a_worker("idle");

  const auto placement = choose(Demand{kGiB}, std::vector<WorkerView>{busy, idle});

  ASSERT_TRUE(placement.has_value());
  EXPECT_EQ(placement->worker_name, "idle");
}

TEST(Placement, never_picks_a_worker_that_cannot_take_it) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<WorkerView> workers;
    for (int i = 0; i < 5; ++i) {
      auto worker = a_worker("w" + std::to_string(i));
      worker.online = random() % 2 == 0;
      worker.cordoned = random() % 4 == 0;
      worker.runs = random() % 4 != 0;
      worker.memory_reserved = static_cast<std::int64_t>(random() % 9) * kGiB;
      workers.push_back(worker);
    }

    const auto placement = choose(Demand{kGiB}, workers);

    if (!placement) continue;
    for (const auto& worker : workers) {
      if (worker.id != placement->worker) continue;
      EXPECT_TRUE(worker.online && worker.runs && !worker.cordoned);
      EXPECT_GE(worker.memory_bytes - worker.memory_reserved, kGiB);
    }
  }
}

}  // namespace
}  // namespace scheduling::rules
