// Mail against a real SMTP server (tests/support/peers).

#include <gmock/gmock.h>

#include "common/base/bytes.hpp"
#include "tests/integration/identity/browser.hpp"
#include "tests/integration/identity/peer.hpp"

namespace identity_test {
namespace {

using testing::HasSubstr;

struct MailTest : testing::Test {
  World world;
  Browser owner{world};

  void SetUp() override { owner.set_up(); }
  Answer configure(const Peer& server, const std::string& more = "", const std::string& scheme = "smtp+plain") {
    return owner.put("/api/v1/settings/mail", R"({"url":")" + scheme + "://127.0.0.1:" + server.place() +
                                                  R"(","sender":"wh@example.com")" + more + "}");
  }
  bool queue(const std::string& to) {
    return world.plain([&](Tx& tx) { return world.modules.outbox.queue(tx, to, "Hällo", "Text\nwith lines\n"); });
  }
  void deliver() { world.server.run(world.modules.courier.deliver_due()); }
  std::string state() {
    return world.database.value(
        "SELECT attempts || ' ' || (settled_at IS NOT NULL) || ' ' || (last_error <> '') FROM outgoing_mails");
  }
};

TEST_F(MailTest, without_a_server_nothing_is_queued) {
  EXPECT_FALSE(queue("ann@example.com"));
  EXPECT_EQ(world.database.value("SELECT count(*) FROM outgoing_mails"), "0");
}

TEST_F(MailTest, a_mail_arrives_once_and_its_text_is_not_kept) {
  Peer server({"smtp_server.mjs"});
  ASSERT_EQ(configure(server).status, 200);
  ASSERT_TRUE(queue("ann@example.com"));

  deliver();
  deliver();

  const auto mail = json::parse_strict(server.next_line()).value();
  EXPECT_EQ(mail["to"][0], "ann@example.com");
  EXPECT_EQ(mail["from"], "wh@example.com");
  EXPECT_THAT(mail["text"].get<std::string>(), HasSubstr("Subject: =?UTF-8?B?" + base::base64_encode("Hällo")));
  EXPECT_THAT(mail["text"].get<std::string>(), HasSubstr(base::base64_encode("Text\r\nwith lines\r\n")));
  EXPECT_EQ(world.database.value("SELECT body || attempts FROM outgoing_mails"), "1");
}

TEST_F(MailTest, user_and_password_are_sealed_and_used) {
  Peer server({"smtp_server.mjs", "--user", "wh", "--password", "pass word"});
  ASSERT_EQ(configure(server, R"(,"username":"wh","password":"pass word")").status, 200);
  queue("ann@example.com");

  deliver();

  EXPECT_EQ(state(), "1 true false");
  EXPECT_EQ(owner.get("/api/v1/settings/mail").body.find("pass word"), std::string::npos);
  EXPECT_EQ(world.database.value("SELECT count(*) FROM mail_settings s WHERE s::text LIKE '%pass word%'"), "0");
}

TEST_F(MailTest, a_password_does_not_follow_to_another_server) {
  Peer server({"smtp_server.mjs"});
  configure(server, R"(,"username":"wh","password":"pass word")");

  const auto moved = owner.put("/api/v1/settings/mail",
                               R"({"url":"smtp+plain://127.0.0.1:1","username":"wh","sender":"wh@example.com"})");

  EXPECT_EQ(moved.json["has_password"], false);
}

TEST_F(MailTest, a_refused_recipient_is_given_up_and_a_busy_server_is_asked_again_later) {
  Peer server({"smtp_server.mjs", "--refuse", "gone@example.com", "--later", "later@example.com"});
  configure(server);
  queue("gone@example.com");
  deliver();
  EXPECT_EQ(state(), "1 true true");
  world.database.run("DELETE FROM outgoing_mails");

  queue("later@example.com");
  deliver();

  EXPECT_EQ(state(), "1 false true");
  world.clock.advance(std::chrono::minutes(2));
  deliver();
  EXPECT_EQ(state(), "2 false true");
}

TEST_F(MailTest, without_starttls_nothing_is_sent_in_the_clear_that_was_to_be_encrypted) {
  Peer server({"smtp_server.mjs", "--user", "wh", "--password", "pw"});
  configure(server, R"(,"username":"wh","password":"pw")", "smtp");

  const auto tried = owner.post("/api/v1/settings/mail/test", R"({"recipient":"ann@example.com"})");

  EXPECT_EQ(tried.status, 503) << tried.body;
}

TEST_F(MailTest, a_certificate_of_nobody_is_not_believed) {
  Peer server({"smtp_server.mjs", "--tls"});
  configure(server, "", "smtps");

  EXPECT_EQ(owner.post("/api/v1/settings/mail/test", R"({"recipient":"ann@example.com"})").status, 503);
}

TEST_F(MailTest, a_try_says_that_it_worked) {
  Peer server({"smtp_server.mjs"});
  configure(server);

  EXPECT_EQ(owner.post("/api/v1/settings/mail/test", R"({"recipient":"ann@example.com"})").status, 204);

  EXPECT_THAT(server.next_line(), HasSubstr("WiseHosting"));
}

TEST_F(MailTest, a_sign_in_with_a_new_device_is_told_by_mail) {
  Peer server({"smtp_server.mjs"});
  configure(server);
  world.database.run("UPDATE people SET email = 'ann@example.com'");
  const auto person = base::PersonId::parse(owner.person_id()).value();
  const auto open = [&](const std::string& device) {
    return world.tx([&](Tx& tx) {
      auth::Call call;
      call.now = world.clock.utc_now();
      call.remote_address = "192.0.2.7";
      return world.modules.identity.open_session(tx, call, {person, "provider", false},
                                                 {"Mozilla/5.0 (Windows NT 10.0) Firefox/130.0", "192.0.2.7", device});
    });
  };
  ASSERT_TRUE(open("first"));  // the first device of all is no news
  ASSERT_TRUE(open("first"));
  EXPECT_EQ(world.database.value("SELECT count(*) FROM outgoing_mails"), "0");

  ASSERT_TRUE(open("second"));

  EXPECT_EQ(world.database.value("SELECT recipient FROM outgoing_mails"), "ann@example.com");
  EXPECT_THAT(world.database.value("SELECT body FROM outgoing_mails"), HasSubstr("Firefox on Windows"));
  EXPECT_THAT(world.database.value("SELECT body FROM outgoing_mails"), HasSubstr("192.0.2.7"));
}

}  // namespace
}  // namespace identity_test
