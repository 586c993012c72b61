#include "tests/unit/link/fake_control_plane.hpp"

namespace agent::testing {
namespace {

using protocol::AssignmentApplied;
using protocol::AssignmentOutcome;
using Bodies = std::vector<std::string>;

/// Sends an assignment, serves its bodies, and returns the last answer to it.
async::Task<AssignmentApplied> assign(FakeControlPlane& plane, support::ScriptedPeer& peer,
                                      protocol::AssignmentCommand command, Bodies bodies) {
  const auto id = co_await plane.command(peer, command);
  if (!bodies.empty()) co_await FakeControlPlane::serve_bodies(peer, bodies);
  while (true) {
    const auto envelope = co_await peer.expect("assignment.applied");
    EXPECT_EQ(envelope.re, id);
    const auto applied = json::decode<AssignmentApplied>(envelope.data, json::Unknown::reject).value();
    if (applied.outcome != AssignmentOutcome::partial) co_return applied;
  }
}

async::Task<void> assign_once(FakeControlPlane& plane, std::uint64_t generation, Bodies bodies, Bodies served,
                              AssignmentOutcome outcome) {
  support::ScriptedPeer* peer = co_await plane.accept_and_greet();
  const auto applied = co_await assign(plane, *peer, plane.assignment(generation, bodies), served);
  EXPECT_EQ(applied.outcome, outcome) << applied.reason.value_or("");
  EXPECT_EQ(applied.generation, generation);
}

TEST_F(LinkTest, asks_for_lacking_bodies_applies_and_answers) {
  play(assign_once(plane_, 8, {"one", "two"}, {"one", "two"}, AssignmentOutcome::applied));

  ASSERT_EQ(replicas_.applied.size(), 1U);
  EXPECT_EQ(replicas_.applied[0], (Bodies{"one", "two"}));
  EXPECT_EQ(LinkStore(folder_).blocking_load_commands().marks.at("replicas").generation, 8U);
}

TEST_F(LinkTest, bodies_that_are_there_are_not_asked_for_again) {
  play(assign_once(plane_, 8, {"one"}, {"one"}, AssignmentOutcome::applied));
  play(assign_once(plane_, 9, {"one"}, {}, AssignmentOutcome::applied));
}

TEST_F(LinkTest, what_was_accepted_is_applied_again_at_the_start_without_a_connection) {
  play(assign_once(plane_, 8, {"one"}, {"one"}, AssignmentOutcome::applied));
  plane_.unreachable = true;
  replicas_.applied.clear();
  const auto until_applied = [](FakeHandler& handler, boost::asio::any_io_executor executor) -> async::Task<void> {
    Wake never(executor);
    while (handler.applied.empty()) co_await never.wait(std::chrono::milliseconds(2));
  };
  play(until_applied(replicas_, io_.get_executor()));

  EXPECT_EQ(replicas_.applied.at(0), Bodies{"one"});
}

TEST_F(LinkTest, reports_what_it_applied_in_the_next_hello) {
  play(assign_once(plane_, 8, {}, {}, AssignmentOutcome::applied));
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> { co_await plane.accept_and_greet(); };
  play(script(plane_));

  EXPECT_EQ(plane_.agent_hello.applied.at("replicas").epoch, 3U);
  EXPECT_EQ(plane_.agent_hello.applied.at("replicas").generation, 8U);
}

TEST_F(LinkTest, a_body_with_another_hash_counts_as_lacking) {
  const auto script = [](FakeControlPlane& plane, FakeHandler& handler) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.assignment(8, {"one"}));
    EXPECT_EQ((co_await peer->expect_as<AssignmentApplied>()).outcome, AssignmentOutcome::partial);
    const protocol::ObjectPut put{.sha256 = protocol::Digest::of("one")};
    co_await peer->expect("object.get");
    co_await peer->send(put, "forged");
    const protocol::ObjectPut missing{.sha256 = protocol::Digest::of("one"), .missing = true};
    co_await peer->send(missing);
    EXPECT_TRUE(handler.applied.empty());
    co_await peer->send(put, "one");
    EXPECT_EQ((co_await peer->expect_as<AssignmentApplied>()).outcome, AssignmentOutcome::applied);
  };
  play(script(plane_, replicas_));
  EXPECT_EQ(replicas_.applied.size(), 1U);
}

TEST_F(LinkTest, bodies_are_asked_for_again_on_the_next_connection) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* first = co_await plane.accept_and_greet();
    co_await plane.command(*first, plane.assignment(8, {"one"}));
    co_await first->expect("object.get");
    co_await first->transport().close(4008, "moved");
    support::ScriptedPeer* second = co_await plane.accept_and_greet();
    co_await FakeControlPlane::serve_bodies(*second, {"one"});
    EXPECT_EQ((co_await second->expect_as<AssignmentApplied>()).outcome, AssignmentOutcome::applied);
  };
  play(script(plane_));
}

TEST_F(LinkTest, at_most_64_bodies_are_asked_for_at_a_time) {
  Bodies bodies;
  for (int i = 0; i < 130; ++i) bodies.push_back("body " + std::to_string(i));
  const auto script = [](FakeControlPlane& plane, Bodies all) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.assignment(8, all));
    for (int i = 0; i < 3; ++i) co_await FakeControlPlane::serve_bodies(*peer, all);
    EXPECT_EQ((co_await peer->expect_as<AssignmentApplied>()).outcome, AssignmentOutcome::applied);
  };
  play(script(plane_, bodies));
  EXPECT_EQ(replicas_.applied.at(0).size(), 130U);
}

TEST_F(LinkTest, a_newer_assignment_does_not_wait_for_what_is_pending_of_the_one_before) {
  const auto script = [](FakeControlPlane& plane, FakeHandler& handler) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    handler.result = ApplyResult{ApplyOutcome::partial, "a request is in flight", {"route 1"}};
    co_await plane.command(*peer, plane.assignment(8, {}));
    const auto first = co_await peer->expect_as<AssignmentApplied>();
    EXPECT_EQ(first.outcome, AssignmentOutcome::partial);
    EXPECT_EQ(first.pending, (Bodies{"route 1"}));

    const auto next = co_await plane.command(*peer, plane.assignment(9, {}));

    const auto second = co_await peer->expect("assignment.applied");
    EXPECT_EQ(second.re, next);
    handler.result = ApplyResult{};
    const auto third = co_await peer->expect_as<AssignmentApplied>();
    EXPECT_EQ(third.outcome, AssignmentOutcome::applied);
    EXPECT_EQ(third.generation, 9U);
    EXPECT_FALSE(third.pending);
  };
  play(script(plane_, replicas_));
  EXPECT_EQ(replicas_.applied.size(), 2U) << "what settles is not applied again";
}

TEST_F(LinkTest, a_repeated_assignment_is_answered_as_before_and_not_applied_again) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    const auto command = plane.assignment(8, {});
    EXPECT_EQ((co_await assign(plane, *peer, command, {})).outcome, AssignmentOutcome::applied);
    EXPECT_EQ((co_await assign(plane, *peer, command, {})).outcome, AssignmentOutcome::applied);
  };
  play(script(plane_));
  EXPECT_EQ(replicas_.applied.size(), 1U);
}

TEST_F(LinkTest, an_older_assignment_and_one_with_other_content_are_refused) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await assign(plane, *peer, plane.assignment(8, {}), {});
    co_await plane.command(*peer, plane.assignment(7, {}));
    EXPECT_NE((co_await peer->expect("error")).data.find("command_refused"), std::string::npos);
    auto other = plane.assignment(8, {});
    other.shrink = true;
    co_await plane.command(*peer, other);
    EXPECT_NE((co_await peer->expect("error")).data.find("command_refused"), std::string::npos);
  };
  play(script(plane_));
  EXPECT_EQ(replicas_.applied.size(), 1U);
}

TEST_F(LinkTest, a_large_removal_needs_shrink_and_leaves_its_generation_free) {
  const Bodies five{"a", "b", "c", "d", "e"};
  const auto script = [](FakeControlPlane& plane, Bodies all) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await assign(plane, *peer, plane.assignment(8, all), all);
    const auto refused = co_await assign(plane, *peer, plane.assignment(9, {"a"}), {});
    EXPECT_EQ(refused.outcome, AssignmentOutcome::refused);
    EXPECT_TRUE(refused.reason.has_value());
    auto meant = plane.assignment(9, {"a"});
    meant.shrink = true;
    EXPECT_EQ((co_await assign(plane, *peer, meant, {})).outcome, AssignmentOutcome::applied);
  };
  play(script(plane_, five));
  ASSERT_EQ(replicas_.applied.size(), 2U);
  EXPECT_EQ(replicas_.applied[1], Bodies{"a"});
  EXPECT_TRUE(replicas_.last_shrink);
}

TEST_F(LinkTest, content_that_the_handler_refuses_is_not_accepted_and_the_old_set_stands) {
  const auto script = [](FakeControlPlane& plane, FakeHandler& handler) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await assign(plane, *peer, plane.assignment(8, {"good"}), {"good"});
    handler.result = {.outcome = ApplyOutcome::refused, .reason = "no such image"};
    const auto refused = co_await assign(plane, *peer, plane.assignment(9, {"bad"}), {"bad"});
    EXPECT_EQ(refused.outcome, AssignmentOutcome::refused);
    EXPECT_EQ(refused.reason, "no such image");
    handler.result = {};
    EXPECT_EQ((co_await assign(plane, *peer, plane.assignment(9, {"good"}), {})).outcome, AssignmentOutcome::applied);
  };
  play(script(plane_, replicas_));
  EXPECT_EQ(replicas_.applied.back(), Bodies{"good"});
  EXPECT_EQ(LinkStore(folder_).blocking_load_commands().marks.at("replicas").generation, 9U);
}

TEST_F(LinkTest, kinds_without_a_capability_are_refused) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    auto routes = plane.assignment(1, {});
    routes.kind = protocol::AssignmentKind::routes;
    EXPECT_EQ((co_await assign(plane, *peer, routes, {})).outcome, AssignmentOutcome::refused);
  };
  play(script(plane_));
}

}  // namespace
}  // namespace agent::testing
