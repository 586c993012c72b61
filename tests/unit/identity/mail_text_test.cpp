#include <gtest/gtest.h>

#include "control-plane/platform/mail/smtp.hpp"

namespace mail {
namespace {

Message message(const std::string& subject, const std::string& body) {
  return {.id = "0190",
          .recipient = "ann@example.com",
          .subject = subject,
          .body = body,
          .date = base::UtcTime(std::chrono::seconds(1'700'000'000))};
}

TEST(MailText, nothing_that_a_person_wrote_becomes_a_header) {
  const auto text =
      render(message("x\r\nBcc: evil@example.com", "y\r\n.\r\nRCPT TO:<evil@example.com>"), "wh@example.com");

  EXPECT_EQ(text.find("Bcc"), std::string::npos);
  EXPECT_EQ(text.find("RCPT"), std::string::npos);
  EXPECT_NE(text.find("Message-ID: <0190@example.com>\r\n"), std::string::npos);
  EXPECT_NE(text.find("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"), std::string::npos);
}

TEST(MailText, lines_stay_short_and_end_with_both_characters) {
  const auto text = render(message(std::string(500, 's'), std::string(5000, 'b')), "wh@example.com");

  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 78U);
    at = end + 2;
  }
}

TEST(MailAddress, is_one_plain_mailbox) {
  EXPECT_TRUE(check_address("", "ann.lee+wh@example.com"));
  for (const char* address :
       {"", "ann", "@example.com", "ann@", "a@b@c", "ann@example.com,evil@example.com", "ann@exam ple.com",
        "ann\r\n@example.com", "<ann@example.com>", "-ann@example.com", "ann@example.com\n"}) {
    EXPECT_FALSE(check_address("", address)) << address;
  }
}

TEST(MailServer, has_one_of_three_forms) {
  for (const char* url : {"smtps://mail.example.com", "smtp://mail.example.com:587", "smtp+plain://127.0.0.1:25"}) {
    EXPECT_TRUE(check_url(url)) << url;
  }
  for (const char* url : {"", "http://mail.example.com", "smtp://", "smtp://user:pw@mail.example.com", "smtp://a/b",
                          "file:///etc/passwd", "smtp://-x", "smtp://a b", "smtps://a?x"}) {
    EXPECT_FALSE(check_url(url)) << url;
  }
}

}  // namespace
}  // namespace mail
