#include "worker-agent/replicas/rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace replicas {
namespace {

using State = Found::State;

const base::SteadyTime kNow{std::chrono::hours(1)};

base::ReplicaId replica(int number) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = static_cast<std::uint8_t>(number);
  return base::ReplicaId(base::Uuid(bytes));
}

Wanted wanted(int number) {
  Wanted one;
  one.id = replica(number);
  one.spec_sha256 = "spec";
  return one;
}

Wanted living(int number) {
  auto one = wanted(number);
  one.has_life = true;
  one.life_spec = "spec";
  one.life_container = "c" + std::to_string(number);
  return one;
}

Found found(int number, State state, bool proven = false) {
  return {.id = replica(number),
          .container = "c" + std::to_string(number),
          .spec_sha256 = "spec",
          .state = state,
          .proven_alive = proven};
}

std::vector<Action> one_action(ActionKind kind, int number, const std::string& container = {}) {
  return {Action{kind, replica(number), container}};
}

TEST(Diff, starts_what_is_not_there) {
  EXPECT_EQ(diff({wanted(1)}, {}, kNow), one_action(ActionKind::start, 1));
}

TEST(Diff, adopts_what_runs_as_wanted) {
  EXPECT_EQ(diff({wanted(1)}, {found(1, State::running, true)}, kNow), one_action(ActionKind::adopt, 1, "c1"));
}

TEST(Diff, replaces_what_says_running_but_is_not_proven) {
  EXPECT_EQ(diff({wanted(1)}, {found(1, State::running, false)}, kNow), one_action(ActionKind::replace, 1, "c1"));
}

TEST(Diff, replaces_what_was_made_from_another_spec) {
  auto other = found(1, State::running, true);
  other.spec_sha256 = "older";

  EXPECT_EQ(diff({wanted(1)}, {other}, kNow), one_action(ActionKind::replace, 1, "c1"));
}

TEST(Diff, replaces_what_was_created_and_never_started) {
  EXPECT_EQ(diff({wanted(1)}, {found(1, State::unfinished)}, kNow), one_action(ActionKind::replace, 1, "c1"));
}

TEST(Diff, restarts_what_ended_once_the_back_off_is_over) {
  auto waiting = wanted(1);
  waiting.not_before = kNow + std::chrono::seconds(1);

  EXPECT_TRUE(diff({waiting}, {found(1, State::exited)}, kNow).empty());
  EXPECT_EQ(diff({waiting}, {found(1, State::exited)}, waiting.not_before), one_action(ActionKind::restart, 1, "c1"));
}

TEST(Diff, leaves_a_life_alone_that_does_what_is_wanted) {
  auto starting = living(2);
  starting.life_container.clear();

  EXPECT_TRUE(diff({living(1), starting}, {found(1, State::running, true), found(2, State::unfinished)}, kNow).empty());
}

TEST(Diff, ends_a_life_that_is_not_wanted) {
  auto stopped = living(1);
  stopped.run = false;

  EXPECT_EQ(diff({stopped}, {found(1, State::running, true)}, kNow), one_action(ActionKind::end, 1));
}

TEST(Diff, ends_a_life_whose_container_cannot_be_watched) {
  EXPECT_EQ(diff({living(1)}, {found(1, State::running, false)}, kNow), one_action(ActionKind::end, 1));
}

TEST(Diff, ends_a_life_that_works_for_an_older_spec) {
  auto changed = living(1);
  changed.spec_sha256 = "newer";

  EXPECT_EQ(diff({changed}, {found(1, State::running, true)}, kNow), one_action(ActionKind::end, 1));
}

TEST(Diff, removes_what_nobody_wants) {
  auto stopped = wanted(1);
  stopped.run = false;
  const auto actions = diff({stopped}, {found(1, State::running, true), found(2, State::exited)}, kNow);

  const std::vector<Action> expected = {{ActionKind::remove, replica(1), "c1"}, {ActionKind::remove, replica(2), "c2"}};
  EXPECT_EQ(actions, expected);
}

TEST(Diff, removes_the_second_container_of_one_replica) {
  auto second = found(1, State::running, true);
  second.container = "other";
  const auto actions = diff({living(1)}, {found(1, State::running, true), second}, kNow);

  EXPECT_EQ(actions, one_action(ActionKind::remove, 1, "other"));
}

/// A host without mishaps: every action does at once what it says.
void carry_out(const Action& action, std::vector<Wanted>& all, std::vector<Found>& containers) {
  const auto mine = [&](const Found& one) { return one.id == action.id; };
  const auto entry = std::ranges::find_if(all, [&](const Wanted& one) { return one.id == action.id; });
  switch (action.kind) {
    case ActionKind::start:
    case ActionKind::restart:
    case ActionKind::replace: {
      std::erase_if(containers, mine);
      Found made;
      made.id = action.id;
      made.container = "new";
      made.state = State::running;
      made.proven_alive = true;
      made.spec_sha256 = entry->spec_sha256;
      containers.push_back(made);
      [[fallthrough]];
    }
    case ActionKind::adopt:
      entry->has_life = true;
      entry->life_spec = entry->spec_sha256;
      entry->life_container = std::ranges::find_if(containers, mine)->container;
      break;
    case ActionKind::end:
      entry->has_life = false;
      std::erase_if(containers, mine);
      break;
    case ActionKind::remove:
      std::erase_if(containers,
                    [&](const Found& one) { return one.id == action.id && one.container == action.container; });
      break;
  }
}

TEST(Diff, reaches_the_wanted_state_from_any_state_and_then_rests) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 2000; ++round) {
    std::vector<Wanted> all;
    std::vector<Found> containers;
    for (int number = 1; number <= 6; ++number) {
      if (random() % 3 != 0) {
        auto one = random() % 2 == 0 ? wanted(number) : living(number);
        one.run = random() % 4 != 0;
        if (random() % 4 == 0) one.life_spec = "older";
        all.push_back(one);
      }
      if (random() % 2 == 0) {
        auto one = found(number, static_cast<State>(random() % 3), random() % 2 == 0);
        if (random() % 4 == 0) one.spec_sha256 = "older";
        containers.push_back(one);
      }
    }
    // A life without its container has seen that by itself.
    for (auto& one : all) {
      const auto there = std::ranges::find_if(containers, [&](const Found& c) { return c.id == one.id; });
      if (there == containers.end() || there->state != State::running) one.has_life = false;
    }

    for (int step = 0; step < 4; ++step) {
      for (const auto& action : diff(all, containers, kNow)) carry_out(action, all, containers);
    }

    EXPECT_TRUE(diff(all, containers, kNow).empty()) << "round " << round;
    const auto running = std::ranges::count_if(all, [](const Wanted& one) { return one.run; });
    EXPECT_EQ(containers.size(), static_cast<std::size_t>(running)) << "round " << round;
  }
}

TEST(Shrink, refuses_to_remove_more_than_half_and_more_than_three) {
  const std::vector<base::ReplicaId> seven = {replica(1), replica(2), replica(3), replica(4),
                                              replica(5), replica(6), replica(7)};
  EXPECT_TRUE(refuse_shrink(seven, {replica(1), replica(2), replica(3)}).has_value());
  EXPECT_FALSE(refuse_shrink(seven, {replica(1), replica(2), replica(3), replica(4)}).has_value());
}

TEST(Shrink, lets_small_hosts_become_empty) {
  EXPECT_FALSE(refuse_shrink({replica(1), replica(2), replica(3)}, {}).has_value());
}

TEST(Backoff, doubles_from_one_second_to_five_minutes) {
  EXPECT_EQ(backoff(1), std::chrono::seconds(1));
  EXPECT_EQ(backoff(2), std::chrono::seconds(2));
  EXPECT_EQ(backoff(5), std::chrono::seconds(16));
  EXPECT_EQ(backoff(10), std::chrono::minutes(5));
  EXPECT_EQ(backoff(1'000'000), std::chrono::minutes(5));
}

TEST(Exit, is_told_in_words) {
  EXPECT_EQ(describe_exit(137, true, 256U << 20U), "ran out of memory (its limit is 256 MB)");
  EXPECT_EQ(describe_exit(137, false, 0), "was killed, by somebody else (SIGKILL, exit code 137)");
  EXPECT_EQ(describe_exit(139, false, 0), "crashed with a memory fault (SIGSEGV, exit code 139)");
  EXPECT_EQ(describe_exit(134, false, 0), "aborted itself (SIGABRT, exit code 134)");
  EXPECT_EQ(describe_exit(159, false, 0), "made a system call that containers may not make (SIGSYS, exit code 159)");
  EXPECT_EQ(describe_exit(127, false, 0),
            "could not run its command: there is no such file in the image (exit code 127)");
  EXPECT_EQ(describe_exit(255, false, 0), "ended with an error (exit code 255)");
  EXPECT_EQ(describe_exit(0, false, 0), "ended by itself (exit code 0); its command has to keep running");
  EXPECT_EQ(describe_exit(3, false, 0), "ended with an error (exit code 3)");
}

TEST(Exit, has_a_cause_for_programs) {
  EXPECT_STREQ(cause_of_exit(137, true), "out-of-memory");
  EXPECT_STREQ(cause_of_exit(137, false), "killed");
  EXPECT_STREQ(cause_of_exit(143, false), "killed");
  EXPECT_STREQ(cause_of_exit(139, false), "exit");
  EXPECT_STREQ(cause_of_exit(1, false), "exit");
  const auto cause = [](const char* code) { return cause_of(base::Error(base::ErrorKind::unavailable, code, "")); };
  EXPECT_STREQ(cause("image.pull_failed"), "pull");
  EXPECT_STREQ(cause("registry.away"), "pull");
  EXPECT_STREQ(cause("podman.unavailable"), "create");
  EXPECT_STREQ(cause("podman.no_program"), "command");
  EXPECT_STREQ(cause("podman.port_in_use"), "port");
  EXPECT_STREQ(cause("podman.disk_full"), "disk-full");
}

TEST(Exit, brings_the_last_lines) {
  EXPECT_EQ(with_last_lines("it failed", {"one", "two"}), "it failed; it printed:\none\ntwo");
  EXPECT_EQ(with_last_lines("it failed", {}), "it failed; it printed nothing");
}

TEST(Health, becomes_healthy_after_enough_answers_in_a_row) {
  const protocol::HealthProbe probe{.path = {}, .healthy_after = 2};
  auto record = after_probe({}, true, probe);
  record = after_probe(record, false, probe);
  record = after_probe(record, true, probe);
  EXPECT_EQ(record.health, Health::unknown);

  record = after_probe(record, true, probe);

  EXPECT_EQ(record.health, Health::healthy);
}

TEST(Health, becomes_unhealthy_only_after_it_was_healthy) {
  const protocol::HealthProbe probe{.path = {}, .unhealthy_after = 2};
  HealthRecord starting;
  for (int i = 0; i < 10; ++i) starting = after_probe(starting, false, probe);
  EXPECT_EQ(starting.health, Health::unknown);

  auto record = after_probe(starting, true, probe);
  record = after_probe(record, false, probe);
  EXPECT_EQ(record.health, Health::healthy);
  record = after_probe(record, false, probe);

  EXPECT_EQ(record.health, Health::unhealthy);
}

TEST(Health, grace_ends_only_for_what_never_was_healthy) {
  const protocol::HealthProbe probe{.path = {}, .grace_s = 30};
  EXPECT_FALSE(grace_is_over({}, std::chrono::seconds(29), probe));
  EXPECT_TRUE(grace_is_over({}, std::chrono::seconds(30), probe));
  EXPECT_FALSE(grace_is_over(after_probe({}, true, probe), std::chrono::hours(1), probe));
}

TEST(Health, probes_are_close_together_at_first) {
  const protocol::HealthProbe probe{.path = {}, .interval_ms = 5000};
  EXPECT_EQ(probe_delay({}, 1, std::chrono::milliseconds(5), probe), std::chrono::milliseconds(10));
  EXPECT_EQ(probe_delay({}, 3, std::chrono::milliseconds(50), probe), std::chrono::milliseconds(40));
  EXPECT_EQ(probe_delay({}, 30, std::chrono::milliseconds(1500), probe), std::chrono::milliseconds(50));
  EXPECT_EQ(probe_delay({}, 50, std::chrono::seconds(20), probe), std::chrono::seconds(1));
  EXPECT_EQ(probe_delay(after_probe({}, true, probe), 1, std::chrono::milliseconds(5), probe), std::chrono::seconds(5));
}

}  // namespace
}  // namespace replicas
