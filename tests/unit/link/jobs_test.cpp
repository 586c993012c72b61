#include "tests/unit/link/fake_control_plane.hpp"

namespace agent::testing {
namespace {

using protocol::JobFinished;
using protocol::JobOutcomeKind;

class JobTest : public LinkTest {
 protected:
  base::JobId job_{base::JobId::make(clock_)};
  bool kept(int attempt = 1) const {
    return std::filesystem::exists(folder_ / "link" / "jobs" /
                                   (job_.to_string() + "-" + std::to_string(attempt) + ".json"));
  }
};

async::Task<void> dispatch(FakeControlPlane& plane, support::ScriptedPeer& peer, protocol::JobCommand command) {
  const auto id = co_await plane.command(peer, command);
  const auto accepted = co_await peer.expect("job.accepted");
  EXPECT_EQ(accepted.re, id);
}

async::Task<void> until_running(FakeRunner& runner, std::size_t runs = 1) {
  while (runner.runs.size() < runs) co_await runner.changed.wait();
}

/// Comes back when the agent has looked at everything that was sent before.
async::Task<void> settled(support::ScriptedPeer& peer) {
  const auto id = co_await peer.send("no.such.type", "{}");
  while ((co_await peer.expect("error")).re != id) {
  }
}

TEST_F(JobTest, runs_and_keeps_the_result_until_it_is_acknowledged) {
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    auto command = plane.job(id);
    command.spec.text = R"({"deployment_id":"x"})";
    co_await dispatch(plane, *peer, command);
    co_await until_running(runner);
    const auto progress = co_await peer->expect_as<protocol::JobProgress>();
    EXPECT_EQ(progress.phase, "build");
    EXPECT_EQ(progress.percent, 50);
    runner.end({.outcome = "failed",
                .result_json = R"({"last_lines":["x"]})",
                .error = JobError{.code = "build.failed", .message = "exit 2", .step = "build", .exit_code = 2}});
    const auto finished = co_await peer->expect_as<JobFinished>();
    EXPECT_EQ(finished.outcome, JobOutcomeKind::failed);
    EXPECT_EQ(finished.result.text, R"({"last_lines":["x"]})");
    EXPECT_EQ(finished.error->exit_code, 2);
    // The connection goes before the ack: the result comes again on the next one.
    co_await peer->transport().close(4008, "moved");
    support::ScriptedPeer* second = co_await plane.accept_and_greet();
    EXPECT_EQ(plane.inventory.jobs.at(0).phase, "finished");
    EXPECT_EQ((co_await second->expect_as<JobFinished>()).job_id, id);
    co_await second->send("ack", "{}", {}, second->last_received);
    co_await settled(*second);
  };
  play(script(plane_, runner_, job_));

  ASSERT_EQ(runner_.runs.size(), 1U);
  EXPECT_EQ(runner_.runs[0].spec_json, R"({"deployment_id":"x"})");
  EXPECT_EQ(runner_.runs[0].lease, std::chrono::seconds(120));
  EXPECT_FALSE(kept());
}

TEST_F(JobTest, is_on_disk_before_it_runs) {
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id,
                         std::function<bool()> is_kept) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(id));
    co_await until_running(runner);
    EXPECT_TRUE(is_kept());
  };
  play(script(plane_, runner_, job_, [this] { return kept(); }));
}

TEST_F(JobTest, a_repeated_dispatch_is_answered_and_not_run_again) {
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    const auto command = plane.job(id);
    co_await dispatch(plane, *peer, command);
    co_await dispatch(plane, *peer, command);
    runner.end({.error = {}});
    co_await peer->expect_as<JobFinished>();
    co_await peer->send("ack", "{}", {}, peer->last_received);
    // Also after the ack, for as long as it could be accepted at all.
    co_await dispatch(plane, *peer, command);
    co_await settled(*peer);
  };
  play(script(plane_, runner_, job_));
  EXPECT_EQ(runner_.runs.size(), 1U);
}

TEST_F(JobTest, a_lower_attempt_is_refused_and_a_higher_one_ends_the_older) {
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await dispatch(plane, *peer, plane.job(id, 1));
    co_await until_running(runner);
    co_await dispatch(plane, *peer, plane.job(id, 2));
    const auto first = co_await peer->expect_as<JobFinished>();
    EXPECT_EQ(first.attempt, 1);
    EXPECT_EQ(first.outcome, JobOutcomeKind::cancelled);
    co_await until_running(runner, 2);
    EXPECT_EQ(runner.runs[1].attempt, 2);
    auto lower = plane.job(id, 1);
    lower.spec.text = R"({"again":true})";
    co_await plane.command(*peer, lower);
    EXPECT_NE((co_await peer->expect("error")).data.find("command_refused"), std::string::npos);
  };
  play(script(plane_, runner_, job_));
}

TEST_F(JobTest, kinds_that_nobody_runs_are_rejected) {
  const auto script = [](FakeControlPlane& plane, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    auto backup = plane.job(id);
    backup.kind = protocol::JobKind::backup;
    co_await plane.command(*peer, backup);
    EXPECT_EQ((co_await peer->expect_as<protocol::JobRejected>()).job_id, id);
  };
  play(script(plane_, job_));
  EXPECT_FALSE(kept());
}

TEST_F(JobTest, one_that_the_disk_does_not_take_is_rejected_and_may_come_again) {
  const auto jobs = folder_ / "link" / "jobs";
  const auto script = [jobs](FakeControlPlane& plane, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    const auto command = plane.job(id);
    std::filesystem::rename(jobs, jobs.string() + ".aside");
    base::blocking_write_file(jobs, "no folder", 0600);
    co_await plane.command(*peer, command);
    const auto rejected = co_await peer->expect_as<protocol::JobRejected>();
    EXPECT_EQ(rejected.job_id, id);
    EXPECT_NE(rejected.reason.value_or("").find("could not write"), std::string::npos);
    std::filesystem::remove(jobs);
    std::filesystem::rename(jobs.string() + ".aside", jobs);
    co_await dispatch(plane, *peer, command);
  };
  play(script(plane_, job_));
  EXPECT_TRUE(kept());
}

TEST_F(JobTest, a_cancelled_job_ends_as_cancelled) {
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await dispatch(plane, *peer, plane.job(id));
    co_await until_running(runner);
    const protocol::JobCancel cancel{.job_id = id, .attempt = 1};
    co_await peer->send(cancel);
    EXPECT_EQ((co_await peer->expect_as<JobFinished>()).outcome, JobOutcomeKind::cancelled);
    const protocol::JobCancel unknown{.job_id = id, .attempt = 7};
    co_await peer->send(unknown);
    EXPECT_NE((co_await peer->expect("error")).data.find("unknown_job"), std::string::npos);
  };
  play(script(plane_, runner_, job_));
}

TEST_F(JobTest, an_agent_restart_reports_the_interrupted_attempt) {
  const auto first = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await dispatch(plane, *peer, plane.job(id));
    co_await until_running(runner);
  };
  play(first(plane_, runner_, job_));
  ASSERT_TRUE(kept());

  const auto second = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    const auto finished = co_await peer->expect_as<JobFinished>();
    EXPECT_EQ(finished.outcome, JobOutcomeKind::failed);
    EXPECT_EQ(finished.error->code, "agent_restarted");
    co_await peer->send("ack", "{}", {}, peer->last_received);
    co_await dispatch(plane, *peer, plane.job(id, 2));
    co_await until_running(runner, 2);
  };
  play(second(plane_, runner_, job_));
  EXPECT_EQ(runner_.runs.back().attempt, 2);
  EXPECT_FALSE(kept(1));
}

TEST_F(JobTest, an_unknown_job_drops_the_result) {
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId id) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    runner.outcome = JobOutcome{.error = {}};
    co_await dispatch(plane, *peer, plane.job(id));
    co_await peer->expect_as<JobFinished>();
    const auto re = peer->last_received;
    const protocol::ErrorMessage unknown{.code = protocol::ErrorCode::unknown_job, .message = "not leased"};
    co_await peer->send(unknown, {}, re);
    co_await settled(*peer);
  };
  play(script(plane_, runner_, job_));
  EXPECT_FALSE(kept());
}

}  // namespace
}  // namespace agent::testing
