#include "control-plane/modules/identity/rules.hpp"

#include <gtest/gtest.h>

#include "control-plane/modules/identity/qr_code.hpp"

namespace identity {
namespace {

constexpr base::UtcTime kNow{std::chrono::seconds(1'700'000'000)};

TEST(ReturnPath, a_path_of_the_dashboard_is_kept) {
  for (const char* path :
       {"/", "/apps/shop", "/apps/shop?tab=logs#end", "/orgs/a-b/members", "/device?code=BCDF-GHJK"}) {
    EXPECT_EQ(rules::safe_return_path(path), path);
  }
}

TEST(ReturnPath, no_other_site_is_ever_reached) {
  for (const char* path :
       {"", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "javascript:alert(1)", "/%2fevil.example", "/%5cevil.example", "/a/../..//evil", "/\tevil", "/ evil",
        "/a\r\nX: y", "evil.example", "/%2e%2e/x", "/a//b", "/\xE2\x80\xAE", "/api/v1/sign-in/start", "/api"}) {
    EXPECT_EQ(rules::safe_return_path(path), "/") << path;
  }
  EXPECT_EQ(rules::safe_return_path("/" + std::string(2000, 'a')), "/");
}

TEST(Codes, a_user_code_is_read_however_it_was_typed) {
  const auto code = rules::user_code("12345678");

  EXPECT_EQ(code.size(), 9U);
  EXPECT_EQ(code[4], '-');
  EXPECT_EQ(rules::normal_user_code(code), code);
  std::string typed;
  for (const char c : code) {
    if (c != '-') typed += {static_cast<char>(std::tolower(c)), ' '};
  }
  EXPECT_EQ(rules::normal_user_code(typed), code);
  for (const char* wrong : {"", "BCDF", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJ1", "AEIO-UAEI"}) {
    EXPECT_EQ(rules::normal_user_code(wrong), "") << wrong;
  }
}

TEST(Codes, a_recovery_code_is_no_number_and_a_number_no_recovery_code) {
  const auto code = rules::recovery_code("0123456789abcdef");

  EXPECT_EQ(code.size(), 17U);
  EXPECT_EQ(rules::normal_recovery_code(code), code);
  EXPECT_EQ(rules::normal_recovery_code("123456"), "");
}

TEST(Tries, the_sixth_within_a_minute_is_refused) {
  std::optional<rules::Tries> tries;
  for (int i = 0; i < kTriesInAMinute; ++i) tries = rules::count_try(tries, kNow).value();

  EXPECT_EQ(rules::count_try(tries, kNow).error().code, "code.too_many_tries");
  EXPECT_TRUE(rules::count_try(tries, kNow + std::chrono::minutes(1)).has_value());
}

TEST(Tries, pauses_grow_to_an_hour) {
  std::optional<rules::Tries> tries;
  auto now = kNow;
  std::vector<long> pauses;
  for (int block = 0; block < 10; ++block) {
    for (int i = 0; i < kTriesInAMinute; ++i) tries = rules::count_try(tries, now).value();
    const auto began = now;
    while (!rules::count_try(tries, now)) now += std::chrono::minutes(1);
    pauses.push_back(std::chrono::duration_cast<std::chrono::minutes>(now - began).count());
  }

  EXPECT_EQ(pauses, (std::vector<long>{1, 2, 4, 8, 16, 32, 60, 60, 60, 60}));
}

TEST(Allowed, everyone_while_both_lists_are_empty) {
  EXPECT_TRUE(rules::is_allowed("a@b.example", "", {}, {}));
}

TEST(Allowed, by_address_or_domain_without_case_and_whole) {
  const std::vector<std::string> domains{"Acme.example"};
  const std::vector<std::string> emails{"guest@other.example"};

  EXPECT_TRUE(rules::is_allowed("ann@acme.example", "", domains, emails));
  EXPECT_TRUE(rules::is_allowed("ann@x.example", "acme.EXAMPLE", domains, emails));
  EXPECT_TRUE(rules::is_allowed("Guest@Other.example", "", domains, emails));
  EXPECT_FALSE(rules::is_allowed("ann@sub.acme.example", "", domains, emails));
  EXPECT_FALSE(rules::is_allowed("ann@notacme.example", "", domains, emails));
  EXPECT_FALSE(rules::is_allowed("ann@acme.example", "-", domains, emails));
  EXPECT_FALSE(rules::is_allowed("no-address", "", domains, emails));
}

TEST(DeviceName, says_what_a_person_recognises) {
  EXPECT_EQ(rules::device_name("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
            "Firefox on Linux");
  EXPECT_EQ(rules::device_name("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1"),
            "Safari on iPhone");
  EXPECT_EQ(rules::device_name("wh/1.2.0"), "wh");
  EXPECT_EQ(rules::device_name(""), "Unknown device");
}

TEST(Names, control_characters_and_emptiness_are_refused) {
  EXPECT_TRUE(rules::check_name("/name", "Ann Müller"));
  for (const std::string& name :
       {std::string(), std::string(101, 'a'), std::string("a\nb"), std::string(" a"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(rules::check_name("/name", name));
  }
}

TEST(QrCode, is_a_picture_without_script_or_style) {
  const auto svg = qr_svg("otpauth://totp/WiseHosting:ann?secret=MZXW6YTBOI");

  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_EQ(svg.find("script"), std::string::npos);
  EXPECT_EQ(svg.find("style"), std::string::npos);
  EXPECT_NE(svg, qr_svg("otpauth://totp/WiseHosting:ann?secret=MZXW6YTBOA"));
}

}  // namespace
}  // namespace identity
