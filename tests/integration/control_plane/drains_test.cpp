// LOG-08: one contract for every kind of drain, and what sends apps' logs to them.

#include "tests/integration/control_plane/drains.hpp"
#include "control-plane/modules/observability/drain_sender.hpp"
#include "control-plane/modules/observability/drain_sinks.hpp"
#include "tests/integration/control_plane/runtime_logs.hpp"

namespace control_plane_test {
namespace {

using observability::DrainLines;
using observability::DrainSender;
using scheduling::LogLine;
using testing::HasSubstr;
using testing::Not;

const std::string kDrains = "/api/v1/orgs/default/apps/hello/log-drains";

http_client::OutgoingPolicy loopback_only() {
  http_client::OutgoingPolicy policy;
  policy.allowed = {*http_client::Network::parse("127.0.0.0/8")};
  return policy;
}

/// Each kind before the other side that it is made for.
struct DrainSinkTest : testing::TestWithParam<std::string> {
  DrainSinkTest() {
    crypto::CertificateRequest request;
    request.common_name = "logs";
    request.ip_addresses = {"127.0.0.1"};
    const auto leaf = crypto::issue_certificate(authority, request, clock.utc_now());
    const http::TlsIdentity tls{leaf->chain_pem, leaf->key_pem};
    if (GetParam() == "http") peer = std::make_unique<HttpPeer>();
    if (GetParam() == "https") peer = std::make_unique<HttpPeer>(tls);
    if (GetParam() == "syslog") peer = std::make_unique<RsyslogPeer>();
    if (GetParam() == "syslog_tls") peer = std::make_unique<RsyslogPeer>(&tls);
  }
  std::unique_ptr<observability::DrainSink> open() {
    const bool token = GetParam() == "https";
    auto target = observability::read_drain_target(peer->address(), base::SecretString(token ? "token-77" : ""));
    EXPECT_TRUE(target) << (target ? "" : target.error().message);
    auto policy = loopback_only();
    policy.trust.ca_pem = authority.chain_pem;
    return observability::open_sink(*std::move(target), {loop.executor(), clock, policy});
  }
  base::Result<void> send(observability::DrainSink& sink, const std::vector<LogLine>& lines) {
    DrainLines whole{.names = {"acme", "shop", "staging"},
                     .replica = "01900000-0000-7000-8000-000000000001",
                     .release = "01900000-0000-7000-8000-000000000002",
                     .index = 3,
                     .worker = "host-1",
                     .lines = lines};
    return loop.run(sink.send({std::move(whole)}, loop.within(std::chrono::seconds(60))));
  }
  static LogLine line(LogLine::Kind kind, const std::string& text) {
    return {.kind = kind, .time = "2026-11-21T11:14:47.531443128Z", .text = text, .bytes = 0, .next = {}};
  }

  base::SystemClock clock;
  crypto::CertifiedKey authority = crypto::make_authority("Test", clock.utc_now());
  http_test::TestServer loop;
  std::unique_ptr<DrainPeer> peer;
  const std::vector<LogLine> three{line(LogLine::Kind::out, "first"), line(LogLine::Kind::error, "second: a \"quote\""),
                                   line(LogLine::Kind::gap, "[12 lines (3400 bytes) left out]")};
};

TEST_P(DrainSinkTest, LOG_08_takes_lines_in_order_with_whose_they_are_and_what_is_missing) {
  peer->come_back();
  const auto sink = open();

  ASSERT_TRUE(send(*sink, three));
  ASSERT_TRUE(send(*sink, {line(LogLine::Kind::out, "third")}));

  const auto text = peer->taken_with("third");
  const auto at = [&](const char* part) { return text.find(part); };
  EXPECT_LT(at("first"), at("second: a "));
  EXPECT_LT(at("second: a "), at("[12 lines"));
  EXPECT_LT(at("[12 lines"), at("third"));
  EXPECT_THAT(text, HasSubstr("host-1"));
  if (GetParam().starts_with("syslog")) {
    EXPECT_THAT(text, HasSubstr("info|2026-11-21T11:14:47.531443Z|host-1|shop@staging|3|stdout|first\n"));
    EXPECT_THAT(text, HasSubstr("err|2026-11-21T11:14:47.531443Z|host-1|shop@staging|3|stderr|second: a \"quote\"\n"));
    EXPECT_THAT(text, HasSubstr("|gap|[12 lines (3400 bytes) left out]\n"));
  } else {
    EXPECT_THAT(text, HasSubstr(R"("time":"2026-11-21T11:14:47.531443128Z","stream":"stderr",)"
                                R"("text":"second: a \"quote\"","organization":"acme","app":"shop",)"
                                R"("environment":"staging","replica":3,"worker":"host-1")"));
  }
}

TEST_P(DrainSinkTest, LOG_08_is_an_error_while_it_is_away_and_takes_the_same_lines_afterwards) {
  const auto sink = open();
  EXPECT_FALSE(send(*sink, three));

  peer->come_back();

  ASSERT_TRUE(send(*sink, three));
  EXPECT_THAT(peer->taken_with("[12 lines"), HasSubstr("first"));
}

INSTANTIATE_TEST_SUITE_P(Kinds, DrainSinkTest, testing::Values("http", "https", "syslog", "syslog_tls"),
                         [](const auto& kind) { return kind.param; });

struct HttpSinkTest : DrainSinkTest {};
TEST_P(HttpSinkTest, sends_its_token_over_tls_and_the_query_that_nobody_else_sees) {
  peer->come_back();
  const auto sink = open();

  ASSERT_TRUE(send(*sink, three));

  EXPECT_EQ(dynamic_cast<HttpPeer&>(*peer).heads(), "application/x-ndjson Bearer token-77 hidden-77\n");
}
INSTANTIATE_TEST_SUITE_P(Kinds, HttpSinkTest, testing::Values("https"), [](const auto& kind) { return kind.param; });

TEST(DrainTarget, INJ_07_addresses_and_tokens_that_say_more_than_where_are_refused) {
  for (const char* address : {"", "x\"; id; \"", "file:/var/log/x", "syslog+tcp://host", "syslog+tls://host:1/path",
                              "ftp://h/", "gopher://h/", "http://user:password@h/", "syslog+tcp://a b:1",
                              "https://h/#x", "unix:/run/x", "http://h/\r\nX: y"}) {
    EXPECT_FALSE(observability::read_drain_target(address, {})) << address;
  }
  for (const char* token : {"x\"; id; \"", "two words", "line\r\nX: y", "\xC3\xA4"}) {
    EXPECT_FALSE(observability::read_drain_target("https://h/", base::SecretString(token))) << token;
  }
  EXPECT_FALSE(observability::read_drain_target("http://h/", base::SecretString("token"))) << "in the clear";
  EXPECT_FALSE(observability::read_drain_target("syslog+tls://h:1", base::SecretString("token")));
  EXPECT_TRUE(observability::read_drain_target("https://h:1/x?y=z", base::SecretString("token")));
}

/// The sender of an instance that leads, and an app whose worker the test plays.
struct DrainsTest : RuntimeLogsTest {
  DrainsTest() { begin(); }
  ~DrainsTest() override { end_sender(); }

  void begin(http_client::Resolve resolve = {}) {
    auto& modules = world.modules;
    sender.emplace(DrainSender::Tools{.executor = world.server.executor(),
                                      .clock = world.clock,
                                      .pool = world.pool,
                                      .hub = modules.hub,
                                      .relay = modules.log_relay,
                                      .scheduling = modules.scheduling,
                                      .drains = modules.drains,
                                      .leading = [this]() -> DrainSender::Hold {
                                        if (!leads) return {};
                                        return [](Tx&) { return true; };
                                      },
                                      .changes = &modules.feed_signal,
                                      .resolve = std::move(resolve),
                                      .first_pause = std::chrono::milliseconds(20)});
    group.emplace(world.server.executor());
    modules.nudges.drains = [this] { sender->nudge(); };
    group->spawn("drains", sender->run());
  }
  void end_sender() {
    if (!group) return;
    group->cancel();
    world.server.run(group->join(world.server.soon()));
    world.server.run(sender->stop());
    group.reset();
  }
  http_client::Response say_api(const std::string& method, const std::string& target, const std::string& body = "") {
    return world.request({.method = method, .target = target, .headers = {}, .body = body});
  }
  http_client::Response add(const std::string& url) { return say_api("POST", kDrains, R"({"url":")" + url + "\"}"); }
  std::string row(const std::string& column) { return world.database.value("SELECT " + column + " FROM log_drains"); }
  void until_row(const std::string& column, const std::string& value) {
    world.until(column + " is " + value, [&] { return row(column) == value; });
  }

  std::atomic<bool> leads{true};
  std::optional<DrainSender> sender;
  std::optional<async::TaskGroup> group;
  HttpPeer peer;
};

TEST_F(DrainsTest, what_is_printed_arrives_and_its_place_is_kept) {
  peer.come_back();
  EXPECT_EQ(add(peer.address()).status, 201);
  const auto open = opened();
  EXPECT_TRUE(open.follow.value_or(false));
  EXPECT_TRUE(open.since_time.has_value()) << "what was printed before is nobody's wish";

  say(open, place(100) + out("one") + line('E', "two"));

  const auto text = peer.taken_with("two");
  EXPECT_THAT(text, HasSubstr(R"("stream":"stdout","text":"one","organization":"default","app":"hello",)"
                              R"("environment":"production","replica":0,"worker":"host-1")"));
  until_row("delivered_lines", "2");
  EXPECT_EQ(row("position"), replica + ":" + std::to_string(100 + out("one").size() + line('E', "two").size()));
  EXPECT_THAT(say_api("GET", kDrains).body, HasSubstr(R"("state":"delivering","failure":null)"));
}

TEST_F(DrainsTest, a_replica_that_comes_later_is_read_too) {
  peer.come_back();
  EXPECT_EQ(add(peer.address()).status, 201);
  const auto first = opened();

  EXPECT_EQ(say_api("PATCH", "/api/v1/orgs/default/apps/hello", R"({"desired_replicas":2})").status, 200);
  world.until("both are healthy",
              [&] { return world.database.value("SELECT count(*) FROM replicas WHERE health = 'healthy'") == "2"; });

  const auto second = opened();
  EXPECT_NE(second.replica_id, first.replica_id);
  say(second, place(0) + out("of the second"));
  EXPECT_THAT(peer.taken_with("of the second"), HasSubstr("\"replica\":1"));
}

TEST_F(DrainsTest, one_that_is_away_gets_everything_when_it_is_back_and_holds_up_nobody) {
  EXPECT_EQ(add(peer.address()).status, 201);
  const auto open = opened();
  say(open, place(0) + out("one"));
  world.until("it fails", [&] { return row("failing_since IS NOT NULL") == "t" && peer.refused() > 1; });
  EXPECT_THAT(say_api("GET", kDrains).body, HasSubstr(R"("state":"failing","failure":"It answered with status 503.")"));
  say(open, out("two"));
  const auto reader = follow();
  const auto to_reader = opened();
  say(to_reader, place(0) + out("one"));
  EXPECT_THAT(reader->next("log").data, HasSubstr("one"));

  peer.come_back();

  const auto text = peer.taken_with("two");
  EXPECT_EQ(text.find("one"), text.rfind("one"));
  EXPECT_LT(text.find("one"), text.find("two"));
  until_row("delivered_lines", "2");
  EXPECT_THAT(say_api("GET", kDrains).body, HasSubstr(R"("failing_since":null)"));
}

TEST_F(DrainsTest, the_next_leader_goes_on_where_the_last_one_was_and_another_instance_sends_nothing) {
  peer.come_back();
  EXPECT_EQ(add(peer.address()).status, 201);
  say(opened(), place(0) + out("one"));
  until_row("delivered_lines", "1");

  leads = false;
  sender->nudge();
  agent->expect("stream.close");
  end_sender();
  leads = true;
  begin();

  const auto again = opened();
  EXPECT_EQ(again.from, out("one").size());
  say(again, place(out("one").size()) + out("two"));
  const auto text = peer.taken_with("two");
  EXPECT_EQ(text.find("one"), text.rfind("one"));
}

TEST_F(DrainsTest, what_the_spool_dropped_meanwhile_is_told_as_a_gap) {
  peer.come_back();
  EXPECT_EQ(add(peer.address()).status, 201);

  say(opened(), place(0) + out("one") + line('G', "kept - 20000000") + place(20000050) + out("two"));

  EXPECT_THAT(peer.taken_with("two"),
              HasSubstr(R"("stream":"gap","text":"[lines (20 MB) left out: they are no longer kept]")"));
}

TEST_F(DrainsTest, LIM_13_addresses_inside_are_refused_also_those_that_a_name_leads_to_later) {
  for (const char* inside : {"http://10.50.0.1/", "https://169.254.169.254/x", "syslog+tcp://[::1]:514",
                             "http://[::ffff:10.50.0.1]/", "http://192.168.1.1:8080/"}) {
    EXPECT_EQ(add(inside).status, 422) << inside;
  }
  end_sender();
  std::atomic<int> asked{0};
  // Once the test's own server, afterwards the mesh: each connection is checked and made to what was checked.
  begin([&](std::string, base::Deadline) -> async::Task<base::Result<std::vector<std::string>>> {
    co_return std::vector<std::string>{asked++ == 0 ? "127.0.0.1" : "10.50.0.1"};
  });
  peer.come_back();
  auto named = peer.address();
  named.replace(named.find("127.0.0.1"), 9, "logs.example");
  EXPECT_EQ(add(named).status, 201);
  const auto open = opened();

  say(open, place(0) + out("one"));
  EXPECT_THAT(peer.taken_with("one"), HasSubstr("one"));
  until_row("delivered_lines", "1");
  say(open, out("two"));

  world.until("it is refused", [&] { return row("failure").find("may not be called from here") != std::string::npos; });
  EXPECT_THAT(peer.taken(), Not(HasSubstr("two")));
  end_sender();
}

TEST_F(DrainsTest, its_query_and_token_are_in_no_answer_event_or_plain_column) {
  const auto made = say_api("POST", kDrains, R"({"url":"https://logs.example/in?key=hidden-77","token":"token-77"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_THAT(made.body, HasSubstr(R"("address":"https://logs.example/in","has_token":true)"));

  const auto told = made.body + say_api("GET", kDrains).body +
                    world.database.value("SELECT string_agg(t::text, ' ') FROM audit_events t") +
                    world.database.value("SELECT string_agg(t::text, ' ') FROM log_drains t");

  EXPECT_THAT(told, HasSubstr("log_drain.add"));
  EXPECT_THAT(told, Not(HasSubstr("hidden-77")));
  EXPECT_THAT(told, Not(HasSubstr("token-77")));
}

TEST_F(DrainsTest, five_are_enough_and_a_removed_one_gets_nothing_more) {
  peer.come_back();
  const auto first = add(peer.address());
  const auto open = opened();
  say(open, place(0) + out("one"));
  until_row("delivered_lines", "1");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(add("https://logs.example/" + std::to_string(i)).status, 201);
  EXPECT_EQ(add("https://logs.example/more").status, 409);
  world.database.run("DELETE FROM log_drains WHERE has_token = false AND address LIKE 'https://%'");

  const auto id = row("id");
  EXPECT_EQ(say_api("DELETE", kDrains + "/" + id).status, 204);
  EXPECT_EQ(say_api("DELETE", kDrains + "/" + id).status, 404);

  const auto closed = json::decode<protocol::StreamClose>(agent->expect("stream.close").data, json::Unknown::ignore);
  EXPECT_TRUE(closed);
  EXPECT_EQ(say_api("GET", kDrains).body, R"({"items":[],"next_cursor":null})");
}

}  // namespace
}  // namespace control_plane_test
