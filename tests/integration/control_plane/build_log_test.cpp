#include "tests/integration/control_plane/runtime_logs.hpp"

// LOG-01: a build's log as it grows, over its route; a reader who comes again gets no gap and nothing twice.
namespace control_plane_test {
namespace {

using testing::HasSubstr;

struct BuildLogTest : testing::Test {
  BuildLogTest() {
    world.create_app("hello");
    agent.greet();
    agent.barrier();
    deployment = world.deploy("hello").id;
    world.settle();
    job = agent.expect_job();
    agent.send(protocol::JobAccepted{.job_id = job.job_id, .attempt = job.attempt});
    agent.send(protocol::StreamOpen{
        .stream = stream, .kind = protocol::StreamKind::build_log, .job_id = job.job_id, .attempt = job.attempt});
    agent.expect("stream.opened");
  }
  std::unique_ptr<Follower> follow(Headers more = {}) {
    more.emplace_back("Cookie", "wh_session=" + world.session_token);
    return std::make_unique<Follower>(world, world.api_port(),
                                      "/api/v1/orgs/default/deployments/" + deployment.to_string() + "/log/stream",
                                      std::move(more));
  }
  /// Comes back when it is stored.
  void say(const std::string& bytes) {
    agent.send(protocol::StreamData{.stream = stream, .offset = sent}, bytes);
    sent += bytes.size();
    agent.expect("stream.ack");
  }

  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent{world, worker, Agent::Behaviour{.converge = true, .build = false}};
  base::DeploymentId deployment;
  protocol::JobCommand job;
  base::StreamId stream{base::StreamId::make(world.clock)};
  std::uint64_t sent{0};
};

TEST_F(BuildLogTest, BLD_14_a_second_attempt_begins_with_a_heading_behind_what_the_first_wrote) {
  say("of the first\n");
  protocol::JobFinished interrupted;
  interrupted.job_id = job.job_id;
  interrupted.outcome = protocol::JobOutcomeKind::failed;
  interrupted.error = protocol::JobFailure{.code = "agent_restarted", .message = "The agent was restarted."};
  EXPECT_EQ(agent.answer_code(agent.send(interrupted)), "ack");
  EXPECT_EQ(agent.expect_job().attempt, 2);

  const auto log = world.request({.method = "GET",
                                  .target = "/api/v1/orgs/default/deployments/" + deployment.to_string() + "/log",
                                  .headers = {},
                                  .body = {}});

  EXPECT_EQ(log.body,
            "of the first\n\n==> The agent was restarted in the middle of this build. Building again (attempt 2).\n\n");
}

TEST_F(BuildLogTest, is_resumed_behind_the_last_event_and_ends_with_the_build) {
  say("first\n");
  auto reader = follow();
  std::string text;
  Event last;
  while (text.find("first") == std::string::npos) {
    last = reader->next("log");
    text += last.data;
  }

  reader.reset();
  say("second\n");
  reader = follow({{"Last-Event-ID", last.id}});
  auto next = reader->next("log");
  EXPECT_THAT(next.data, HasSubstr("second"));
  EXPECT_EQ(next.data.find("first"), std::string::npos);
  EXPECT_THAT(next.data, HasSubstr("\"offset\":" + last.id));
  say("third\n");
  next = reader->next("log");
  EXPECT_THAT(next.data, HasSubstr("third"));
  EXPECT_EQ(next.data.find("second"), std::string::npos);

  agent.send(protocol::StreamClose{.stream = stream, .final_offset = sent, .reason = "complete"});
  agent.send(built(job));

  EXPECT_THAT(reader->next("end").data, HasSubstr("state"));
}

}  // namespace
}  // namespace control_plane_test
