// What becomes of assignments whose answers are lost or late: cases that the simulation found.

#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

struct AnswersTest : testing::Test {
  World world;
  Credentials worker = world.enrol("host-1", {"run"});
  projects::AppEnvironment app = world.create_app("shop");

  base::Uuid put() {
    const auto object = base::Uuid::v7(world.clock.utc_now());
    world.plain([&](Tx& tx) {
      world.modules.assignments.put(tx, worker.id, fleet::kReplicas, object, app.organization, object.to_string());
      return true;
    });
    return object;
  }
  /// Takes the next command; its place in the order.
  protocol::CommandPosition send() {
    const auto commands = world.plain([&](Tx& tx) { return world.modules.assignments.take_commands(tx, worker.id); });
    if (commands.size() != 1) return {};
    const auto command = json::decode<protocol::AssignmentCommand>(commands[0].bytes, json::Unknown::reject).value();
    return {command.head.epoch, command.generation};
  }
  std::vector<base::Uuid> answered(protocol::CommandPosition position) {
    return world.plain([&](Tx& tx) {
      return world.modules.assignments.applied(tx, worker.id, fleet::kReplicas,
                                               static_cast<std::int64_t>(position.epoch),
                                               static_cast<std::int64_t>(position.generation), {});
    });
  }
  void another_leader() {
    world.database.run(
        "INSERT INTO leases (name, holder, epoch, expires_at) VALUES ('scheduler', 'other/1', 2, now()) "
        "ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1");
  }
};

TEST_F(AnswersTest, an_answer_of_a_new_epoch_confirms_what_an_earlier_one_sent) {
  const auto first = put();
  send();
  const auto second = put();
  send();
  another_leader();
  const auto third = put();

  const auto position = send();

  EXPECT_EQ(position.generation, 1U);
  EXPECT_THAT(answered(position), testing::UnorderedElementsAre(first, second, third));
}

TEST_F(AnswersTest, a_late_answer_of_an_earlier_epoch_confirms_nothing_that_came_later) {
  put();
  send();
  put();
  const auto old_position = send();
  another_leader();
  put();
  const auto new_position = send();

  EXPECT_THAT(answered(old_position), testing::IsEmpty());

  EXPECT_EQ(answered(new_position).size(), 3U);
}

TEST_F(AnswersTest, what_was_not_answered_is_sent_again) {
  put();
  const auto lost = send();

  world.plain([&](Tx& tx) {
    world.modules.workers.refresh(tx, worker.id);
    return true;
  });

  EXPECT_GT(send(), lost);
}

TEST_F(AnswersTest, what_was_answered_is_not_sent_again) {
  put();
  answered(send());

  world.plain([&](Tx& tx) {
    world.modules.workers.refresh(tx, worker.id);
    return true;
  });

  EXPECT_EQ(send(), protocol::CommandPosition{});
}

TEST_F(AnswersTest, a_worker_whose_connection_lives_is_online_again) {
  world.database.run("UPDATE workers SET state = 'unreachable'");

  world.plain([&](Tx& tx) {
    world.modules.workers.refresh(tx, worker.id);
    return true;
  });

  EXPECT_EQ(world.database.value("SELECT state FROM workers"), "online");
}

/// What a worker says when it comes back, at the moment in which the reconciler has locked an environment and is about
/// to write the worker's assignment: both lock in one order.
struct ComingBackTest : AnswersTest {
  /// Runs `come_back` until it waits for the environment that this transaction has locked, then writes the assignment.
  void meet(const std::function<void(Tx&)>& come_back) {
    put();
    send();
    world.database.run("UPDATE workers SET state = 'lost', edge = true");
    std::jthread other;
    world.plain([&](Tx& tx) {
      world.modules.projects.lock(tx, app.id);
      other = std::jthread([&] {
        try {
          world.plain([&](Tx& theirs) {
            come_back(theirs);
            return true;
          });
        } catch (const std::exception& failure) {
          ADD_FAILURE() << failure.what();
        }
      });
      while (world.database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "0")
        std::this_thread::yield();
      const auto object = base::Uuid::v7(world.clock.utc_now());
      world.modules.assignments.put(tx, worker.id, fleet::kReplicas, object, app.organization, object.to_string());
      return true;
    });
    other.join();
    EXPECT_EQ(world.database.value("SELECT state FROM workers"), "online");
  }
};

TEST_F(ComingBackTest, a_hello_meets_the_reconciler_without_a_deadlock) {
  protocol::AgentHello hello;
  hello.version = protocol::kVersion;
  hello.boot_id = base::Uuid::v7(world.clock.utc_now());
  hello.agent_version = "1";
  hello.clock = world.clock.utc_now();

  meet([&](Tx& tx) { EXPECT_TRUE(world.modules.workers.hello(tx, worker.id, hello)); });
}

TEST_F(ComingBackTest, a_living_connection_meets_the_reconciler_without_a_deadlock) {
  meet([&](Tx& tx) { world.modules.workers.refresh(tx, worker.id); });
}

/// A worker that was heard of at the beginning, and a leader that looks every five seconds.
struct SilenceTest : AnswersTest {
  SilenceTest() {
    world.database.run("UPDATE workers SET state = 'online'");
    hear();
  }
  void hear() {
    world.plain([&](Tx& tx) {
      world.modules.workers.touch(tx, {worker.id});
      return true;
    });
  }
  void look_for(std::chrono::seconds time, bool heard = false) {
    for (std::chrono::seconds passed{0}; passed < time; passed += std::chrono::seconds(5)) {
      world.clock.advance(std::chrono::seconds(5));
      if (heard) hear();
      world.plain([&](Tx& tx) { return world.modules.workers.sweep(tx); });
    }
  }
  std::string state() { return world.database.value("SELECT state FROM workers"); }
};

TEST_F(SilenceTest, WRK_15_a_silent_worker_becomes_unreachable_and_then_lost_and_comes_back) {
  look_for(std::chrono::seconds(60), true);
  EXPECT_EQ(state(), "online");

  look_for(std::chrono::seconds(40));
  EXPECT_EQ(state(), "unreachable");

  look_for(std::chrono::seconds(90));
  EXPECT_EQ(state(), "lost");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM feed WHERE kind IN ('worker.unreachable', 'worker.lost')"), "2");

  world.plain([&](Tx& tx) {
    world.modules.workers.refresh(tx, worker.id);
    return true;
  });
  EXPECT_EQ(state(), "online");
}

TEST_F(SilenceTest, after_an_outage_of_the_control_plane_or_its_database_nobody_is_lost_who_comes_back) {
  look_for(std::chrono::seconds(150), true);
  world.clock.advance(std::chrono::minutes(30));  // nobody looked, and nobody could be heard

  look_for(std::chrono::seconds(25));
  EXPECT_EQ(state(), "online");
  EXPECT_FALSE(world.modules.workers.is_looking()) << "builds are not given up either";
  look_for(std::chrono::seconds(30), true);

  EXPECT_EQ(state(), "online");
  EXPECT_TRUE(world.modules.workers.is_looking());
}

TEST_F(SilenceTest, a_clock_that_jumps_makes_nobody_silent) {
  look_for(std::chrono::seconds(60), true);

  world.clock.advance(std::chrono::minutes(5));
  look_for(std::chrono::seconds(10));
  EXPECT_EQ(state(), "online");
  look_for(std::chrono::seconds(20), true);
  world.clock.advance(-std::chrono::minutes(10));
  look_for(std::chrono::seconds(20), true);

  EXPECT_EQ(state(), "online");
}

}  // namespace
}  // namespace control_plane_test
