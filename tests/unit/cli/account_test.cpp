#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKeys =
    R"({"items":[{"id":"k-1","name":"laptop","algorithm":"ssh-ed25519","fingerprint":"SHA256:abc",
        "created_at":"2026-11-21T10:00:00.000Z","last_used_at":null}],"next_cursor":null})";
constexpr const char* kTokens =
    R"({"items":[{"id":"t-1","name":"ci","prefix":"wh_pat_aaaaaaaa","scope":"deploy","projects":["p-1"],
        "created_at":"2026-11-21T10:00:00.000Z","expires_at":"2027-02-19T10:00:00.000Z","last_used_at":null,
        "made_by":"Ada"},
       {"id":"t-2","name":"ci","prefix":"wh_pat_bbbbbbbb","scope":"read","projects":[],
        "created_at":"2026-11-21T10:00:00.000Z","expires_at":"2027-02-19T10:00:00.000Z","last_used_at":null,
        "made_by":"Ada"}],"next_cursor":null})";
constexpr const char* kProjects = R"({"items":[{"id":"p-1","slug":"shop"}],"next_cursor":null})";
constexpr const char* kMade =
    R"({"token":"wh_pat_secret","info":{"id":"t-3","name":"ci","prefix":"wh_pat_ccccccc","scope":"deploy",
        "expires_at":"2027-02-19T10:00:00.000Z"}})";

struct AccountTest : ::testing::Test {
  AccountTest() {
    person.sign_in(api);
    api.tell("GET /api/v1/me/ssh-keys?limit=100", {200, kKeys, "", false});
    api.tell("GET /api/v1/me/tokens?limit=100", {200, kTokens, "", false});
    api.tell("GET /api/v1/orgs/acme/projects?limit=100", {200, kProjects, "", false});
  }
  FakeApi api;
  Person person;
};

TEST_F(AccountTest, keys_are_listed_with_their_fingerprints) {
  EXPECT_EQ(person.wh({"keys"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("SHA256:abc"));
}

TEST_F(AccountTest, a_key_is_read_from_its_file_and_its_fingerprint_is_the_only_output) {
  const auto file = person.context_file() + ".pub";
  std::ofstream(file) << "ssh-ed25519 AAAA ada@laptop\n";
  api.tell("POST /api/v1/me/ssh-keys",
           {201,
            R"({"id":"k-2","name":"work","algorithm":"ssh-ed25519","fingerprint":"SHA256:def",
                "created_at":"2026-11-21T10:00:00.000Z"})",
            "", false});

  EXPECT_EQ(person.wh({"--quiet", "keys", "add", file, "--name", "work"}), 0) << person.complaints();

  EXPECT_EQ(person.seen(), "SHA256:def\n");
  EXPECT_EQ(api.last("POST", "/api/v1/me/ssh-keys").body,
            "{\"name\":\"work\",\"public_key\":\"ssh-ed25519 AAAA ada@laptop\\n\"}");
}

TEST_F(AccountTest, a_private_key_is_not_sent) {
  person.types = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n";
  EXPECT_EQ(person.wh({"keys", "add", "-"}), 2);
  EXPECT_THAT(person.complaints(), HasSubstr("private key"));
  for (const auto& asked : api.asked()) EXPECT_NE(asked.method, "POST");
}

TEST_F(AccountTest, a_key_is_removed_by_its_name_or_fingerprint) {
  api.tell("DELETE /api/v1/me/ssh-keys/k-1", {204, "", "", false});
  EXPECT_EQ(person.wh({"keys", "remove", "SHA256:abc"}), 0) << person.complaints();
  EXPECT_EQ(person.wh({"keys", "remove", "laptop"}), 0) << person.complaints();
  EXPECT_EQ(person.wh({"keys", "remove", "phone"}), 4);
}

TEST_F(AccountTest, tokens_are_listed_with_their_first_letters_and_the_names_of_their_projects) {
  EXPECT_EQ(person.wh({"tokens"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("wh_pat_aaaaaaaa"));
  EXPECT_THAT(person.seen(), HasSubstr("shop"));
}

TEST_F(AccountTest, a_new_token_is_the_only_output) {
  api.tell("POST /api/v1/me/tokens", {201, kMade, "", false});

  EXPECT_EQ(person.wh({"-q", "tokens", "create", "ci", "--scope", "deploy", "--project", "shop", "--days", "30"}), 0)
      << person.complaints();

  EXPECT_EQ(person.seen(), "wh_pat_secret\n");
  EXPECT_EQ(api.last("POST", "/api/v1/me/tokens").body,
            R"({"name":"ci","scope":"deploy","projects":["p-1"],"days":30})");
}

TEST_F(AccountTest, a_token_of_the_organization_is_made_there) {
  api.tell("POST /api/v1/orgs/acme/tokens", {201, kMade, "", false});
  EXPECT_EQ(person.wh({"tokens", "create", "ci", "--organization"}), 0) << person.complaints();
  EXPECT_EQ(person.wh({"tokens", "create", "ci", "--project", "none"}), 4);
  EXPECT_EQ(person.wh({"tokens", "create", "ci", "--scope", "root"}), 2);
  EXPECT_EQ(person.wh({"tokens", "create", "ci", "--days", "400"}), 2);
}

TEST_F(AccountTest, a_token_is_revoked_by_its_first_letters_and_never_sent_whole) {
  api.tell("DELETE /api/v1/me/tokens/t-1", {204, "", "", false});
  EXPECT_EQ(person.wh({"tokens", "revoke", "ci"}), 4);
  EXPECT_THAT(person.complaints(), HasSubstr("Several tokens"));

  EXPECT_EQ(person.wh({"tokens", "revoke", "wh_pat_aaaaaaaathe-rest-of-it"}), 0) << person.complaints();

  for (const auto& asked : api.asked()) EXPECT_THAT(asked.target + asked.body, Not(HasSubstr("the-rest")));
}

}  // namespace
}  // namespace cli_test
