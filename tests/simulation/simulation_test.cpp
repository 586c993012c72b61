// Reconcilers, scheduler, agents and edges in virtual time, through random faults: see docs/testing.md.

#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/simulation/cluster.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
/// Ten thousand runs of short-lived small objects: what the sanitizer keeps for its reports costs most of the time.
extern "C" const char* __asan_default_options() {  // NOLINT: the sanitizer's name
  return "detect_stack_use_after_return=0:malloc_context_size=3:quarantine_size_mb=8";
}
#endif
#endif

namespace simulation {
namespace {

/// A number of the environment, for runs by hand.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  std::uint64_t value = otherwise;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

void print(const Outcome& outcome, std::uint64_t seed) {
  for (const auto& note : outcome.notes) std::cout << note << "\n";
  std::cout << "seed " << seed << ": " << (outcome.passed ? "passed" : outcome.what) << " after " << outcome.events
            << " events\nAgain: WH_SIM_SEED=" << seed << " ./dev test simulation\n";
}

class Seeds : public ::testing::TestWithParam<int> {};

constexpr int kShards = 4;  // side by side on two processors
constexpr std::uint64_t kSeeds = 10'000;

/// The 10,000 seeds, in parts so that they may run side by side.
TEST_P(Seeds, keep_every_invariant_and_end_as_asked_for) {
  if (std::getenv("WH_SIM_SEED") != nullptr) return;  // that seed is the next test's
  const auto seeds = from_environment("WH_SIM_SEEDS", kSeeds) / kShards;
  const auto first = from_environment("WH_SIM_FIRST", 1) + static_cast<std::uint64_t>(GetParam()) * seeds;
  std::uint64_t events = 0;
  int failures = 0;

  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const auto outcome = run_seed({.seed = seed});
    events += outcome.events;
    if (outcome.passed) continue;
    if (++failures <= 1) print(outcome, seed);
    ADD_FAILURE() << "seed " << seed << ": " << outcome.what;
    if (failures == 10) break;
  }

  std::cout << seeds << " seeds, " << events << " events\n";
}
INSTANTIATE_TEST_SUITE_P(simulation, Seeds, ::testing::Range(0, kShards));

TEST(Seed, may_be_given_to_the_simulation_by_hand) {
  if (std::getenv("WH_SIM_SEED") == nullptr) return;
  const auto seed = from_environment("WH_SIM_SEED", 1);
  const auto outcome = run_seed({.seed = seed, .traced = true});
  print(outcome, seed);
  EXPECT_TRUE(outcome.passed) << outcome.what;
}

TEST(Seed, is_the_same_simulation_each_time) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto once = run_seed({.seed = seed});
    const auto again = run_seed({.seed = seed, .traced = true});
    EXPECT_EQ(once.fingerprint, again.fingerprint) << "seed " << seed;
  }
}

/// The first of `most` seeds that finds the bug, with what it says; empty when none does.
std::string found_by(Planted planted, std::uint64_t most) {
  for (std::uint64_t seed = 1; seed <= most; ++seed) {
    const auto outcome = Cluster({.seed = seed, .planted = planted}).run();
    if (!outcome.passed) return "seed " + std::to_string(seed) + ": " + outcome.what;
  }
  return {};
}

TEST(PlantedBug, of_a_route_confirmed_too_early_is_found_by_the_simulation) {
  EXPECT_NE(found_by(Planted::confirmed_too_early, 300), "");
}
TEST(PlantedBug, of_an_ignored_compare_and_set_is_found_by_the_simulation) {
  EXPECT_NE(found_by(Planted::compare_and_set_ignored, 300), "");
}
TEST(PlantedBug, of_a_skipped_quarantine_is_found_by_the_simulation) {
  EXPECT_NE(found_by(Planted::quarantine_skipped, 300), "");
}
TEST(PlantedBug, of_a_leader_that_goes_on_after_its_epoch_is_found_by_the_simulation) {
  EXPECT_NE(found_by(Planted::epoch_ignored, 300), "");
}
TEST(PlantedBug, of_a_second_result_of_an_attempt_is_found_by_the_simulation) {
  EXPECT_NE(found_by(Planted::result_taken_twice, 300), "");
}

}  // namespace
}  // namespace simulation
