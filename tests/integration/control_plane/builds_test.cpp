#include <gmock/gmock.h>

#include <future>

#include "common/crypto/random.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;

/// One build job on one worker, played by hand.
struct BuildsTest : testing::Test {
  BuildsTest() {
    agent.greet();
    agent.barrier();
    world.create_app("hello");
    deployment = world.deploy("hello").id;
    world.settle();
    const auto envelope = agent.expect("job.dispatch");
    dispatched = envelope.id;
    job = json::decode<protocol::JobCommand>(envelope.attachment, json::Unknown::reject).value();
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }
  protocol::JobFinished failed(const std::string& code, int attempt = 1) {
    protocol::JobFinished finished;
    finished.job_id = job.job_id;
    finished.attempt = attempt;
    finished.outcome = protocol::JobOutcomeKind::failed;
    finished.error = protocol::JobFailure{.code = code, .message = "It failed.", .step = "build", .exit_code = 2};
    return finished;
  }
  protocol::StreamOpen log_stream(int attempt = 1) {
    protocol::StreamOpen open;
    open.stream = base::StreamId::make(world.clock);
    open.kind = protocol::StreamKind::build_log;
    open.job_id = job.job_id;
    open.attempt = attempt;
    return open;
  }
  World world;
  Credentials worker = world.enrol("host-1", {"build", "registry"});
  Agent agent{world, worker};
  base::DeploymentId deployment;
  protocol::JobCommand job;
  protocol::EnvelopeId dispatched{};
};

TEST_F(BuildsTest, a_job_is_dispatched_once_for_its_worker) {
  EXPECT_EQ(job.head.worker_id, worker.id);
  EXPECT_EQ(job.attempt, 1);
  world.modules.hub.nudge(worker.id);
  agent.barrier();
  world.modules.hub.nudge(worker.id);
  agent.barrier();
  EXPECT_EQ(value("SELECT state || attempt FROM jobs"), "assigned1");
  EXPECT_EQ(value("SELECT count(*) FROM feed WHERE data->>'phase' = 'dispatched'"), "1");
}

TEST_F(BuildsTest, a_result_sent_again_is_acknowledged_and_changes_nothing) {
  EXPECT_EQ(agent.answer_code(agent.send(built(job))), "ack");
  const auto before = value("SELECT state || result::text || finished_at FROM jobs");

  auto other = built(job);
  other.result.text = "{}";
  EXPECT_EQ(agent.answer_code(agent.send(built(job))), "ack");
  EXPECT_EQ(agent.answer_code(agent.send(failed("late"))), "ack");
  EXPECT_EQ(agent.answer_code(agent.send(other)), "ack");

  EXPECT_EQ(value("SELECT state || result::text || finished_at FROM jobs"), before);
  world.settle();
  EXPECT_EQ(value("SELECT count(*) FROM releases"), "1");
}

TEST_F(BuildsTest, a_result_without_a_digest_is_a_failure) {
  auto odd = built(job);
  odd.result.text = R"({"commit":"x","image_digest":"latest"})";
  EXPECT_EQ(agent.answer_code(agent.send(odd)), "ack");
  world.settle();
  EXPECT_EQ(world.deployment(deployment).state, State::failed);
}

TEST_F(BuildsTest, a_restarted_agent_gets_a_second_attempt_and_no_third) {
  EXPECT_EQ(agent.answer_code(agent.send(failed("agent_restarted"))), "ack");
  const auto again = agent.expect_job();
  EXPECT_EQ(again.job_id, job.job_id);
  EXPECT_EQ(again.attempt, 2);
  EXPECT_EQ(agent.answer_code(agent.send(failed("agent_restarted", 1))), "ack")
      << "the first attempt's result, once more";
  EXPECT_EQ(value("SELECT state || attempt FROM jobs"), "assigned2");

  EXPECT_EQ(agent.answer_code(agent.send(failed("agent_restarted", 2))), "ack");
  world.settle();

  EXPECT_EQ(value("SELECT state || attempt FROM jobs"), "failed2");
  const auto ended = world.deployment(deployment);
  EXPECT_EQ(ended.state, State::failed);
  EXPECT_EQ(ended.failure->code, "agent_restarted");
}

TEST_F(BuildsTest, a_failure_carries_step_exit_code_and_last_lines) {
  auto bad = failed("containerfile");
  bad.result.text = R"({"last_lines":["one","two"]})";
  agent.answer(agent.send(bad));
  world.settle();
  const auto ended = world.deployment(deployment);
  ASSERT_TRUE(ended.failure);
  EXPECT_EQ(ended.failure->step, "build");
  EXPECT_EQ(ended.failure->exit_code, 2);
  EXPECT_THAT(ended.failure->last_lines, testing::ElementsAre("one", "two"));
}

TEST_F(BuildsTest, a_worker_that_cannot_take_the_job_fails_the_deployment_at_once) {
  agent.send(protocol::JobRejected{.job_id = job.job_id,
                                   .attempt = 1,
                                   .reason = "The worker's disk is full. Free some space on it, then try again."});
  agent.barrier();
  world.settle();
  const auto ended = world.deployment(deployment);
  EXPECT_EQ(ended.state, State::failed);
  EXPECT_THAT(ended.failure->message, testing::HasSubstr("disk is full"));
}

TEST_F(BuildsTest, an_error_for_a_dispatch_is_a_rejection) {
  const protocol::ErrorMessage error{.code = protocol::ErrorCode::internal, .message = "Something went wrong here."};
  agent.reply(dispatched, error);
  agent.barrier();
  EXPECT_THAT(value("SELECT state || (error->>'message') FROM jobs"),
              testing::AllOf(testing::StartsWith("failed"), testing::HasSubstr("Something went wrong here.")));
}

TEST_F(BuildsTest, a_cancel_reaches_the_agent_and_ends_as_cancelled) {
  const auto call = world.sign_in();
  agent.send(protocol::JobAccepted{.job_id = job.job_id, .attempt = 1, .reason = {}});
  agent.barrier();
  ASSERT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.cancel(tx, call, deployment); }));
  world.settle();

  agent.expect("job.cancel");
  auto cancelled = failed("cancelled");
  cancelled.outcome = protocol::JobOutcomeKind::cancelled;
  EXPECT_EQ(agent.answer_code(agent.send(cancelled)), "ack");
  world.settle();
  EXPECT_EQ(world.deployment(deployment).state, State::cancelled);
  EXPECT_EQ(value("SELECT state FROM jobs"), "cancelled");
}

TEST_F(BuildsTest, BLD_09_the_slot_of_a_cancelled_build_goes_to_the_one_that_waits) {
  const auto call = world.sign_in();
  const std::string states =
      "SELECT string_agg(a.name || ' ' || j.state, ', ' ORDER BY a.name) FROM jobs j JOIN app_environments e ON e.id = "
      "j.app_environment_id JOIN apps a ON a.id = e.app_id";
  for (const auto* name : {"second", "waiting"}) {
    world.create_app(name);
    world.deploy(name);
    world.settle();
  }
  agent.expect_job();
  ASSERT_EQ(value(states), "hello assigned, second assigned, waiting pending") << "a worker has two slots";

  ASSERT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.cancel(tx, call, deployment); }));
  world.settle();
  agent.expect("job.cancel");
  EXPECT_EQ(value(states), "hello assigned, second assigned, waiting pending") << "it has not ended yet";
  auto cancelled = failed("cancelled");
  cancelled.outcome = protocol::JobOutcomeKind::cancelled;
  EXPECT_EQ(agent.answer_code(agent.send(cancelled)), "ack");
  world.settle();

  const auto given = agent.expect_job();
  EXPECT_EQ(
      value("SELECT a.name FROM jobs j JOIN app_environments e ON e.id = j.app_environment_id JOIN apps a ON a.id "
            "= e.app_id WHERE j.id = '" +
            given.job_id.to_string() + "'"),
      "waiting");
  EXPECT_EQ(value(states), "hello cancelled, second assigned, waiting assigned");
}

TEST_F(BuildsTest, jobs_and_streams_of_another_worker_are_unknown) {
  const auto thief = world.enrol("host-2", {"build"});
  const auto open = log_stream();
  EXPECT_EQ(agent.answer(agent.send(open)).type, "stream.opened");
  Agent other(world, thief);
  other.greet();

  EXPECT_EQ(other.answer_code(other.send(built(job))), "unknown_job");
  EXPECT_EQ(other.answer_code(other.send(log_stream())), "unknown_job");
  protocol::StreamData data;
  data.stream = open.stream;
  EXPECT_EQ(other.answer_code(other.send(data, "mine")), "unknown_stream");

  EXPECT_EQ(value("SELECT state FROM jobs"), "assigned");
  EXPECT_EQ(value("SELECT count(*) FROM log_chunks"), "0");
}

TEST_F(BuildsTest, a_job_that_does_not_exist_is_unknown) {
  auto stray = built(job);
  stray.job_id = base::JobId::make(world.clock);
  EXPECT_EQ(agent.answer_code(agent.send(stray)), "unknown_job");
}

TEST_F(BuildsTest, the_log_reads_back_byte_exact_from_any_offset) {
  const auto open = log_stream();
  agent.answer(agent.send(open));
  std::string sent;
  for (const std::size_t size : {1U, 7U, 5000U, 65536U, 3U}) {
    protocol::StreamData data;
    data.stream = open.stream;
    data.offset = sent.size();
    const auto bytes = crypto::random_bytes(size);
    const auto answer = agent.answer(agent.send(data, bytes));
    sent += bytes;
    EXPECT_EQ(answer.type, "stream.ack");
    EXPECT_THAT(answer.data, testing::HasSubstr("\"durable_offset\":" + std::to_string(sent.size())));
  }

  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{4}, std::size_t{8}, std::size_t{5008},
                                   sent.size() - 1, sent.size()}) {
    const auto slice =
        world.plain([&](Tx& tx) { return world.modules.builds.read_log(tx, deployment, offset, sent.size()); });
    EXPECT_EQ(slice.bytes, sent.substr(offset)) << "from " << offset;
    EXPECT_EQ(slice.next_offset, sent.size());
    EXPECT_FALSE(slice.complete);
  }
  const auto part = world.plain([&](Tx& tx) { return world.modules.builds.read_log(tx, deployment, 6, 10); });
  EXPECT_EQ(part.bytes, sent.substr(6, 10));
  EXPECT_EQ(part.next_offset, 16U);
}

TEST_F(BuildsTest, a_log_is_read_past_its_end_without_a_fault) {
  const auto slice = world.plain([&](Tx& tx) { return world.modules.builds.read_log(tx, deployment, 1000, 10); });
  EXPECT_EQ(slice.bytes, "");
}

TEST_F(BuildsTest, bytes_at_another_offset_are_refused_and_not_stored) {
  const auto open = log_stream();
  agent.answer(agent.send(open));
  protocol::StreamData data;
  data.stream = open.stream;
  EXPECT_EQ(agent.answer(agent.send(data, "12345")).type, "stream.ack");

  EXPECT_EQ(agent.answer_code(agent.send(data, "12345")), "bad_offset");
  data.offset = 6;
  EXPECT_EQ(agent.answer_code(agent.send(data, "x")), "bad_offset");
  EXPECT_EQ(value("SELECT bytes FROM deployment_logs"), "5");
}

TEST_F(BuildsTest, a_stream_opened_again_resumes_behind_what_is_stored) {
  const auto open = log_stream();
  agent.answer(agent.send(open));
  protocol::StreamData data;
  data.stream = open.stream;
  agent.answer(agent.send(data, "12345"));

  EXPECT_THAT(agent.answer(agent.send(open)).data, testing::HasSubstr("\"resume_from\":5"));
}

TEST_F(BuildsTest, an_agent_that_forgot_the_streams_id_resumes_behind_what_is_stored_too) {
  auto open = log_stream();
  agent.answer(agent.send(open));
  protocol::StreamData data;
  data.stream = open.stream;
  agent.answer(agent.send(data, "12345"));

  open.stream = base::StreamId::make(base::SystemClock());

  EXPECT_THAT(agent.answer(agent.send(open)).data, testing::HasSubstr("\"resume_from\":5"));
  EXPECT_EQ(value("SELECT bytes FROM deployment_logs"), "5");
}

TEST_F(BuildsTest, the_log_is_complete_when_stream_and_job_have_ended) {
  const auto open = log_stream();
  agent.answer(agent.send(open));
  protocol::StreamData data;
  data.stream = open.stream;
  agent.answer(agent.send(data, "done\n"));
  agent.send(protocol::StreamClose{.stream = open.stream, .final_offset = 5, .reason = {}});
  EXPECT_EQ(agent.answer_code(agent.send(failed("bad"))), "ack");
  world.settle();
  const auto slice = world.plain([&](Tx& tx) { return world.modules.builds.read_log(tx, deployment, 0, 100); });
  EXPECT_TRUE(slice.complete);
}

TEST_F(BuildsTest, a_log_whose_end_was_not_heard_is_complete_when_its_worker_does_not_keep_it) {
  const auto open = log_stream();
  agent.answer(agent.send(open));
  protocol::StreamData data;
  data.stream = open.stream;
  agent.answer(agent.send(data, "done\n"));
  const auto complete = [&] { return value("SELECT complete FROM deployment_logs"); };
  protocol::InventoryReport none;
  agent.answer(agent.send(none));
  EXPECT_EQ(complete(), "f") << "the job goes on";
  agent.answer(agent.send(failed("bad")));

  protocol::InventoryReport kept;
  kept.streams.push_back({.stream = open.stream, .offset = 5});
  agent.answer(agent.send(kept));
  EXPECT_EQ(complete(), "f") << "it may send more";
  protocol::InventoryReport renamed;
  renamed.streams.push_back({.stream = base::StreamId::make(world.clock), .offset = 0});
  agent.answer(agent.send(renamed));
  EXPECT_EQ(complete(), "f") << "it may be this one, under a new name";

  agent.answer(agent.send(none));
  EXPECT_EQ(complete(), "t");
}

TEST_F(BuildsTest, a_log_whose_end_was_not_heard_is_complete_with_the_result_that_comes_later) {
  const auto open = log_stream();
  agent.answer(agent.send(open));
  protocol::StreamData data;
  data.stream = open.stream;
  agent.answer(agent.send(data, "done\n"));
  protocol::InventoryReport job_only;
  job_only.jobs.push_back({.job_id = *open.job_id, .attempt = *open.attempt});
  agent.answer(agent.send(job_only));
  EXPECT_EQ(value("SELECT complete FROM deployment_logs"), "f") << "the job goes on";

  EXPECT_EQ(agent.answer_code(agent.send(failed("bad"))), "ack");

  EXPECT_EQ(value("SELECT complete FROM deployment_logs"), "t");
}

TEST_F(BuildsTest, logs_of_many_builds_that_ended_leave_room_for_readers) {
  struct Reader final : fleet::LogTail {
    void bytes(std::string_view /*data*/) override {}
    void closed(End end) override { ended.set_value(end); }
    std::promise<End> ended;
  };
  for (int build = 0; build < 40; ++build) {
    const auto open = log_stream();
    EXPECT_EQ(agent.answer(agent.send(open)).type, "stream.opened");
    agent.send(protocol::StreamClose{.stream = open.stream, .final_offset = 0, .reason = {}});
  }
  agent.barrier();
  const auto reader = std::make_shared<Reader>();
  const auto stream = base::StreamId::make(world.clock);

  ASSERT_TRUE(world.modules.hub.open_tail(worker.id, stream, base::ReplicaId::make(world.clock), {}, reader));

  const auto asked = json::decode<protocol::StreamOpen>(agent.expect("stream.open").data, json::Unknown::ignore);
  EXPECT_EQ(asked->stream, stream);
  agent.send(protocol::StreamClose{.stream = stream, .final_offset = 0, .reason = {}});
  EXPECT_EQ(reader->ended.get_future().get(), fleet::LogTail::End::complete);
}

TEST_F(BuildsTest, a_job_lost_with_its_worker_fails_the_deployment) {
  world.database.run("UPDATE workers SET state = 'lost'");
  world.plain([&](Tx& tx) {
    world.modules.builds.expire(tx);
    return true;
  });
  world.settle();
  const auto ended = world.deployment(deployment);
  EXPECT_EQ(ended.state, State::failed);
  EXPECT_EQ(ended.failure->code, "worker_lost");
}

TEST_F(BuildsTest, SCH_06_a_build_whose_lease_ran_out_fails_and_a_late_result_changes_nothing) {
  const auto expire = [&] {
    world.plain([&](Tx& tx) {
      world.modules.builds.expire(tx);
      return true;
    });
    world.settle();
  };
  world.clock.advance(builds::kBuildLease - std::chrono::seconds(30));
  expire();
  EXPECT_EQ(value("SELECT state FROM jobs"), "assigned");

  world.clock.advance(std::chrono::minutes(1));
  expire();

  EXPECT_EQ(world.deployment(deployment).failure->code, "worker_lost");
  EXPECT_EQ(agent.answer_code(agent.send(built(job))), "ack") << "the agent may forget it";
  world.settle();
  EXPECT_EQ(world.deployment(deployment).state, State::failed);
  EXPECT_EQ(value("SELECT state FROM jobs"), "failed");
}

TEST_F(BuildsTest, what_the_agent_no_longer_knows_is_dispatched_again) {
  agent.send(protocol::InventoryReport{});
  const auto again = agent.expect_job();
  EXPECT_EQ(again.job_id, job.job_id);
  EXPECT_EQ(again.attempt, 1);
}

}  // namespace
}  // namespace control_plane_test
