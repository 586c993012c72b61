#include "control-plane/modules/identity/oidc.hpp"

#include <gtest/gtest.h>

namespace identity::oidc {
namespace {

TEST(Pkce, rfc_7636_appendix_b) {
  EXPECT_EQ(challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, what_is_derived_depends_on_browser_state_and_use) {
  const auto verifier = derive("verifier", "browser", "state");

  EXPECT_EQ(verifier.size(), 43U);  // RFC 7636 4.1: 43 to 128 letters
  EXPECT_EQ(derive("verifier", "browser", "state"), verifier);
  EXPECT_NE(derive("nonce", "browser", "state"), verifier);
  EXPECT_NE(derive("verifier", "another", "state"), verifier);
  EXPECT_NE(derive("verifier", "browser", "other"), verifier);
}

std::string document(const std::string& issuer, const std::string& token_endpoint) {
  return R"({"issuer":")" + issuer + R"(","authorization_endpoint":"https://idp.example/a","token_endpoint":")" +
         token_endpoint + R"(","jwks_uri":"https://idp.example/k","more":[1]})";
}

TEST(Discovery, the_issuer_must_be_the_one_that_was_asked) {
  EXPECT_TRUE(read_discovery(document("https://idp.example", "https://idp.example/t"), "https://idp.example", false));
  for (const char* other : {"https://idp.example/", "https://IDP.example", "https://evil.example", ""}) {
    EXPECT_FALSE(read_discovery(document(other, "https://idp.example/t"), "https://idp.example", false)) << other;
  }
}

TEST(Discovery, addresses_are_https_unless_the_operator_said_otherwise) {
  for (const char* address : {"http://idp.example/t", "ftp://idp.example/t", "/t", "https://user@idp.example/t"}) {
    EXPECT_FALSE(read_discovery(document("https://idp.example", address), "https://idp.example", false)) << address;
  }
  EXPECT_TRUE(read_discovery(document("http://127.0.0.1:9", "http://127.0.0.1:9/t"), "http://127.0.0.1:9", true));
}

TEST(Issuer, what_may_be_configured) {
  EXPECT_TRUE(check_issuer(kGoogle, false));
  EXPECT_TRUE(check_issuer("http://127.0.0.1:4000/idp", true));
  for (const char* issuer : {"", "http://idp.example", "https://idp.example/", "https://idp.example?x", "idp.example",
                             "https://a@idp.example", "https://idp.example#x"}) {
    EXPECT_FALSE(check_issuer(issuer, false)) << issuer;
  }
}

TEST(Form, values_are_escaped) {
  EXPECT_EQ(form({{"a", "1 2"}, {"b", "&=+/ü"}}), "a=1%202&b=%26%3D%2B%2F%C3%BC");
  EXPECT_EQ(with_query("https://idp.example/a", {{"x", "1"}}), "https://idp.example/a?x=1");
  EXPECT_EQ(with_query("https://idp.example/a?y=2", {{"x", "1"}}), "https://idp.example/a?y=2&x=1");
}

TEST(Basic, client_and_secret_are_escaped_before_they_are_joined) {
  EXPECT_EQ(basic_authorization("a:b", "c d"), "Basic YSUzQWI6YyUyMGQ=");
}

}  // namespace
}  // namespace identity::oidc
