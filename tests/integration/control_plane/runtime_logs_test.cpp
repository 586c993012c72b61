#include "tests/integration/control_plane/runtime_logs.hpp"

// What people read of apps' logs, over the routes, from a worker that is played by the test.
namespace control_plane_test {
namespace {

using testing::HasSubstr;

TEST_F(RuntimeLogsTest, the_worker_is_asked_for_the_part_that_is_wanted) {
  const auto plain = asked_of_worker("");
  EXPECT_EQ(plain.kind, protocol::StreamKind::container_log);
  EXPECT_EQ(plain.replica_id->to_string(), replica);
  EXPECT_EQ(plain.since, 200);
  EXPECT_FALSE(plain.since_time || plain.from || plain.follow.value_or(false));
  EXPECT_GT(plain.receive->credit, 0U);

  EXPECT_EQ(asked_of_worker("?tail=7").since, 7);
  EXPECT_FALSE(asked_of_worker("?tail=all").since);
  const auto since = asked_of_worker("?since=10m");
  EXPECT_FALSE(since.since);
  EXPECT_LT(world.clock.utc_now() - *since.since_time, std::chrono::minutes(11));
  EXPECT_GT(world.clock.utc_now() - *since.since_time, std::chrono::minutes(9));
  EXPECT_EQ(asked_of_worker("?since=2026-11-21T10:00:00Z&tail=3").since, 3);
}

TEST_F(RuntimeLogsTest, lines_are_shown_plain_and_what_is_missing_is_said) {
  const auto answer = answered("", place(100) + out("one") + line('E', "two") + line('G', "rate 12 3456") +
                                       line('G', "kept - 20000000") + out("three"));

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_FALSE(answer.header("Content-Disposition"));
  EXPECT_EQ(answer.body,
            "one\ntwo\n[12 lines (3456 bytes) left out: the app prints more than is kept]\n"
            "[lines (20 MB) left out: they are no longer kept]\nthree\n");
}

TEST_F(RuntimeLogsTest, grep_keeps_lines_that_contain_it_and_every_gap) {
  const auto answer =
      answered("?grep=o%20b", place(0) + out("foo bar") + out("foo") + line('G', "disk 1 10") + out("o b"));

  EXPECT_EQ(answer.body, "foo bar\n[1 line (10 bytes) left out: the worker's disk is full]\no b\n");
}

TEST_F(RuntimeLogsTest, timestamps_and_the_name_of_a_file_are_given_where_asked_for) {
  const auto answer = answered("?timestamps=true&download=true", place(0) + out("one"));

  EXPECT_EQ(answer.body, "2026-11-21T11:14:47.531443128Z one\n");
  EXPECT_EQ(answer.header("Content-Disposition"), "attachment; filename=\"hello.log\"");
}

TEST_F(RuntimeLogsTest, a_line_that_comes_in_pieces_is_one) {
  auto answer = asking(kLogs);
  const auto open = opened();
  const auto whole = place(0) + out("a long line") + out("another");

  for (const char byte : whole) say(open, std::string(1, byte));
  end(open);

  EXPECT_EQ(answer.get().body, "a long line\nanother\n");
}

TEST_F(RuntimeLogsTest, a_replica_is_chosen_by_index_id_or_label) {
  for (const std::string& name : {std::string("0"), replica, std::string("0@host-1")}) {
    EXPECT_EQ(answered("?replica=" + name, place(0) + out("it")).body, "it\n") << name;
  }
  EXPECT_EQ(ask(kLogs + "?replica=7").body, "");
  EXPECT_EQ(ask(kLogs + "?replica=01900000-0000-7000-8000-00000000000a").status, 404);
}

TEST_F(RuntimeLogsTest, mistakes_are_told_with_the_name_of_the_parameter) {
  for (const auto& [query, name] : std::map<std::string, std::string>{{"tail=-1", "tail"},
                                                                      {"tail=many", "tail"},
                                                                      {"tail=100001", "tail"},
                                                                      {"since=yesterday", "since"},
                                                                      {"timestamps=maybe", "timestamps"},
                                                                      {"download=1", "download"},
                                                                      {"grep=" + std::string(201, 'x'), "grep"}}) {
    for (const auto& path : {kLogs, kLogs + "/stream"}) {
      const auto answer = ask(path + "?" + query);
      EXPECT_EQ(answer.status, 422) << query;
      EXPECT_THAT(answer.body, HasSubstr("\"pointer\":\"" + name + "\"")) << query;
    }
  }
}

TEST_F(RuntimeLogsTest, what_is_not_ones_own_is_not_there) {
  for (const std::string& end : {std::string(), std::string("/stream")}) {
    EXPECT_EQ(ask("/api/v1/orgs/other/apps/hello/logs" + end).status, 404);
    EXPECT_EQ(ask("/api/v1/orgs/default/apps/other/logs" + end).status, 404);
    EXPECT_EQ(ask(kLogs + end, {}).status, 401);
  }
}

TEST_F(RuntimeLogsTest, a_log_that_cannot_be_read_is_said_in_its_place) {
  const std::string note = "[the log of 0@host-1 cannot be read now]\n";
  auto refused = asking(kLogs);
  opened();
  agent->reply(last_open, protocol::ErrorMessage{.code = protocol::ErrorCode::unknown_job, .message = "not here"});
  EXPECT_EQ(refused.get().body, note);

  auto silent = asking(kLogs);
  const auto unanswered = opened();
  EXPECT_EQ(silent.get().body, note);
  EXPECT_THAT(agent->expect("stream.close").data, HasSubstr(unanswered.stream.to_string()));

  auto half = asking(kLogs);
  say(opened(), place(0) + out("one"));
  EXPECT_EQ(half.get().body, "one\n[the rest of the log of 0@host-1 cannot be read now]\n");

  auto lost = asking(kLogs);
  opened();
  agent.reset();
  EXPECT_EQ(lost.get().body, note);

  EXPECT_EQ(ask(kLogs).body, note);  // the worker is not connected
}

TEST_F(RuntimeLogsTest, a_stream_tells_lines_gaps_and_places_and_goes_on_behind_any_of_them) {
  const auto stream = follow("?tail=5");
  const auto open = opened();
  EXPECT_EQ(open.since, 5);
  EXPECT_TRUE(open.follow.value_or(false));

  say(open, place(1000) + out("one") + out("two"));
  const auto lines = stream->next("log");
  say(open, line('G', "rate 3 99"));
  const auto gap = stream->next("gap");
  say(open, place(5000));
  const auto moved = stream->next("place");

  EXPECT_THAT(lines.data, HasSubstr(R"("replica":"0@host-1","text":"one\ntwo\n","at":"2026-11-21T11:14:47)"));
  EXPECT_EQ(lines.id, replica + ":" + std::to_string(1000 + 2 * out("one").size()));
  EXPECT_THAT(gap.data, HasSubstr(R"("bytes":99)"));
  EXPECT_EQ(moved.id, replica + ":5000");
  const auto again = follow("?tail=5", {{"Last-Event-ID", lines.id}});
  const auto reopened = opened();
  EXPECT_EQ(reopened.from, 1000 + 2 * out("one").size());
  EXPECT_FALSE(reopened.since);
}

TEST_F(RuntimeLogsTest, a_worker_that_comes_back_is_read_on_where_it_was) {
  const auto stream = follow();
  say(opened(), place(0) + out("before"));
  EXPECT_THAT(stream->next("log").data, HasSubstr("before"));

  agent.reset();
  agent.emplace(world, worker, Agent::Behaviour{.converge = true, .build = true});
  agent->greet();
  const auto again = opened();
  say(again, place(out("before").size()) + out("after"));

  EXPECT_EQ(again.from, out("before").size());
  EXPECT_THAT(stream->next("log").data, HasSubstr("after"));
}

TEST_F(RuntimeLogsTest, a_follower_is_told_once_of_a_worker_that_says_nothing_and_hears_it_later) {
  const auto stream = follow();
  const auto open = opened();

  EXPECT_THAT(stream->next("note").data, HasSubstr("[the log of 0@host-1 cannot be read now]"));
  say(open, place(0) + out("late"));

  EXPECT_THAT(stream->next("log").data, HasSubstr("late"));
}

TEST_F(RuntimeLogsTest, a_follower_that_is_refused_is_told_once_and_asks_again) {
  const auto stream = follow("?tail=9");
  for (int i = 0; i < 2; ++i) {
    opened();
    agent->reply(last_open, protocol::ErrorMessage{.code = protocol::ErrorCode::too_many, .message = "later"});
  }
  const auto open = opened();
  EXPECT_EQ(open.since, 9);
  say(open, place(0) + out("now"));

  EXPECT_THAT(stream->next("note").data, HasSubstr("cannot be read now"));
  EXPECT_THAT(stream->next("log").data, HasSubstr("now"));
}

TEST_F(RuntimeLogsTest, a_log_whose_file_the_worker_cannot_read_is_not_taken_for_whole) {
  auto answer = asking(kLogs);
  const auto open = opened();

  say(open, place(0) + out("one"));
  agent->send(protocol::StreamClose{.stream = open.stream, .final_offset = {}, .reason = "unreadable"});

  EXPECT_EQ(answer.get().body, "one\n[the rest of the log of 0@host-1 cannot be read now]\n");
}

TEST_F(RuntimeLogsTest, a_reader_that_takes_nothing_holds_up_no_other) {
  const auto slow = follow();
  const auto to_slow = opened();
  const auto granted = to_slow.receive->credit;
  // All that may come before it is taken; the reader's socket is never read.
  const auto much = out(std::string(8000, 'x'));
  for (std::uint64_t bytes = 0; bytes + much.size() <= granted; bytes += much.size()) say(to_slow, much);

  const auto quick = follow();
  const auto to_quick = opened();
  say(to_quick, place(0) + out("quick"));

  EXPECT_THAT(quick->next("log").data, HasSubstr("quick"));
}

TEST_F(RuntimeLogsTest, a_reader_that_goes_is_told_to_the_worker) {
  auto stream = follow();
  const auto open = opened();
  say(open, place(0) + out("one"));
  stream->next("log");

  stream.reset();
  for (int i = 0; i < 50; ++i) say(open, out("more"));

  EXPECT_THAT(agent->expect("stream.close").data, HasSubstr(open.stream.to_string()));
}

}  // namespace
}  // namespace control_plane_test
