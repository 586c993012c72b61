#include <gmock/gmock.h>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPath = "/api/v1/orgs/acme/apps/hello/hooks";
constexpr const char* kHooks =
    R"({"items":[{"id":"h-1","name":"ci","prefix":"wh_hook_abcdefgh","created_by":"Ada","expires_at":null,
        "created_at":"2026-11-21T10:00:00.000Z","last_used_at":"2026-11-21T10:00:00.000Z",
        "last_used_from":"203.0.113.7"},
       {"id":"h-2","name":"old","prefix":"wh_hook_ijklmnop","created_by":"Ada",
        "expires_at":"2020-01-01T00:00:00.000Z","created_at":"2019-11-21T10:00:00.000Z","last_used_at":null,
        "last_used_from":null}],"next_cursor":null})";
constexpr const char* kMade =
    R"({"url":"http://localhost:7070/hooks/deploy/wh_hook_qrstuvwxsecret","hook":{"id":"h-3","name":"ci",
        "prefix":"wh_hook_qrstuvwx","created_by":"Ada","created_at":"2026-11-21T10:00:00.000Z","expires_at":null,
        "last_used_at":null,"last_used_from":null}})";

struct HooksTest : ::testing::Test {
  HooksTest() {
    person.sign_in(api);
    api.tell("GET " + std::string(kPath) + "?limit=100", {200, kHooks, "", false});
  }
  FakeApi api;
  Person person;
};

TEST_F(HooksTest, are_listed_with_when_and_from_where_they_were_used) {
  EXPECT_EQ(person.wh({"hooks", "list", "hello"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("203.0.113.7"));
  EXPECT_THAT(person.seen(), HasSubstr("expired"));
  EXPECT_THAT(person.seen(), HasSubstr("no end"));
  EXPECT_THAT(person.seen(), HasSubstr("never"));
}

TEST_F(HooksTest, the_address_of_a_new_one_is_the_only_output) {
  api.tell("POST " + std::string(kPath), {201, kMade, "", false});

  EXPECT_EQ(person.wh({"-q", "hooks", "create", "hello", "ci", "--days", "30"}), 0) << person.complaints();

  EXPECT_EQ(person.seen(), "http://localhost:7070/hooks/deploy/wh_hook_qrstuvwxsecret\n");
  EXPECT_EQ(api.last("POST", kPath).body, R"({"name":"ci","days":30})");
  EXPECT_EQ(person.wh({"hooks", "create", "hello", "ci", "--days", "367"}), 2);
  EXPECT_EQ(person.wh({"hooks", "create", "hello"}), 2);
}

TEST_F(HooksTest, one_is_deleted_by_its_name_its_letters_or_its_whole_address_which_is_not_sent) {
  api.tell("DELETE " + std::string(kPath) + "/h-1", {204, "", "", false});
  for (const auto* which :
       {"ci", "h-1", "wh_hook_abcdefgh", "http://localhost:7070/hooks/deploy/wh_hook_abcdefghSECRET"}) {
    EXPECT_EQ(person.wh({"hooks", "delete", "hello", which}), 0) << which << person.complaints();
  }
  EXPECT_EQ(person.wh({"hooks", "delete", "hello", "h"}), 4);
  EXPECT_THAT(person.complaints(), HasSubstr("Several hooks"));
  EXPECT_THAT(person.complaints(), Not(HasSubstr("SECRET")));
  EXPECT_EQ(person.wh({"hooks", "delete", "hello", "wh_hook_zzzzzzzzSECRET"}), 4);
  EXPECT_THAT(person.complaints(), Not(HasSubstr("SECRET")));
  for (const auto& asked : api.asked()) EXPECT_THAT(asked.target, Not(HasSubstr("SECRET")));
}

}  // namespace
}  // namespace cli_test
