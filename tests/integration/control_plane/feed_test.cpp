#include "common/async/task_group.hpp"
#include "common/async/timer.hpp"
#include "tests/integration/control_plane/runtime_logs.hpp"

// The live feed over its route: read once for all its readers.
namespace control_plane_test {
namespace {

using testing::HasSubstr;

struct LiveFeedTest : testing::Test {
  LiveFeedTest() {
    world.sign_in();
    tasks.spawn("feed", world.modules.feed_fanout.run(world.modules.feed_signal));
    tasks.spawn("look", look(world.modules.feed_signal));
  }
  ~LiveFeedTest() override {
    world.server.shutdown(std::chrono::seconds(2));
    tasks.cancel();
    world.server.run(tasks.join(world.server.soon()));
  }
  /// As the control plane does: what was committed may be readable a moment later.
  static async::Task<void> look(live::Signal& signal) {
    for (;;) {
      co_await async::sleep(std::chrono::milliseconds(20));
      signal.notify();
    }
  }
  std::unique_ptr<Follower> follow(const std::string& query = "", Headers more = {}) {
    more.emplace_back("Cookie", "wh_session=" + world.session_token);
    return std::make_unique<Follower>(world, world.api_port(), "/api/v1/feed" + query, std::move(more));
  }
  void append(const std::string& kind, std::optional<base::OrganizationId> whose) {
    world.plain([&](Tx& tx) {
      feed::Change change;
      change.kind = kind;
      change.organization = whose;
      world.modules.feed.append(tx, change);
      return true;
    });
  }
  base::OrganizationId own() { return world.sign_in().organization(); }
  /// Another organization than the reader's.
  base::OrganizationId foreign() {
    const auto id = base::OrganizationId::make(world.clock);
    world.database.run("INSERT INTO organizations (id, slug, name) VALUES ('" + id.to_string() +
                       "', 'foreign', 'Foreign')");
    return id;
  }

  World world;
  async::TaskGroup tasks{world.server.executor()};
};

TEST_F(LiveFeedTest, two_readers_see_a_change_and_nobody_elses) {
  const auto one = follow();
  const auto two = follow();
  one->next("ready");
  two->next("ready");

  append("test.foreign", foreign());
  append("test.own", own());

  EXPECT_THAT(one->next("change").data, HasSubstr(R"("kind":"test.own")"));
  EXPECT_THAT(two->next("change").data, HasSubstr(R"("kind":"test.own")"));
}

TEST_F(LiveFeedTest, goes_on_behind_the_last_event_that_was_seen) {
  auto first = follow();
  first->next("ready");
  append("test.one", own());
  const auto seen = first->next("change");
  first.reset();
  append("test.two", own());
  append("test.all", std::nullopt);

  const auto again = follow("", {{"Last-Event-ID", seen.id}});
  EXPECT_THAT(again->next("change").data, HasSubstr("test.two"));
  EXPECT_THAT(again->next("change").data, HasSubstr("test.all"));
  append("test.three", own());

  EXPECT_THAT(again->next("change").data, HasSubstr("test.three"));
}

TEST_F(LiveFeedTest, SCH_04_where_a_build_is_comes_as_it_goes_on_and_only_from_the_attempt_that_runs) {
  const auto worker = world.enrol("host-1", {"build", "registry"});
  Agent agent(world, worker);
  agent.greet();
  agent.barrier();
  world.create_app("hello");
  const auto deployment = world.deploy("hello").id;
  world.settle();
  const auto job = agent.expect_job();
  const auto stream = follow();
  stream->next("ready");

  agent.send(protocol::JobProgress{.job_id = job.job_id, .attempt = 2, .phase = "of-another", .percent = {}});
  agent.send(protocol::JobProgress{.job_id = job.job_id, .attempt = 1, .phase = "fetching", .percent = {}});
  agent.send(protocol::JobProgress{.job_id = job.job_id, .attempt = 1, .phase = "building", .percent = 40});
  agent.barrier();

  std::vector<std::string> phases;
  while (phases.size() < 2) {
    const auto change = stream->next("change").data;
    if (change.find(R"("kind":"deployment.progress")") == std::string::npos) continue;
    EXPECT_THAT(change, HasSubstr(deployment.to_string()));
    const std::string key = R"("phase": ")";
    const auto at = change.find(key) + key.size();
    ASSERT_GE(at, key.size()) << change;
    phases.push_back(change.substr(at, change.find('"', at) - at));
    if (phases.back() == "dispatched") phases.pop_back();
  }
  EXPECT_EQ(phases, (std::vector<std::string>{"fetching", "building"}));
  EXPECT_EQ(world.database.value("SELECT state || ' ' || phase FROM jobs"), "running building");
}

TEST_F(LiveFeedTest, a_place_that_is_no_longer_kept_is_reset) {
  world.database.run("UPDATE partition_state SET dropped_below = '100' WHERE parent = 'feed'");

  const auto stream = follow("?cursor=5-1");
  stream->next("reset");
  append("test.one", own());

  EXPECT_THAT(stream->next("change").data, HasSubstr("test.one"));
}

}  // namespace
}  // namespace control_plane_test
