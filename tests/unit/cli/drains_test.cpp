#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPath = "/api/v1/orgs/acme/apps/hello/log-drains";
constexpr const char* kDrains =
    R"({"items":[{"id":"d-1","kind":"http","address":"https://logs.example/in","has_token":true,"state":"failing",
        "failure":"It answered with status 503.","failing_since":"2026-11-21T10:00:00.000Z","delivered_at":null,
        "delivered_lines":0,"created_at":"2026-11-21T10:00:00.000Z"},
       {"id":"d-2","kind":"syslog","address":"syslog+tls://logs.example:6514","has_token":false,"state":"delivering",
        "failure":null,"failing_since":null,"delivered_at":"2026-11-21T10:00:00.000Z","delivered_lines":7,
        "created_at":"2026-11-21T10:00:00.000Z"}],"next_cursor":null})";
constexpr const char* kMade =
    R"({"id":"d-3","kind":"http","address":"https://logs.example/in","has_token":true,"state":"waiting","failure":null,
        "failing_since":null,"delivered_at":null,"delivered_lines":0,"created_at":"2026-11-21T10:00:00.000Z"})";

struct DrainsTest : ::testing::Test {
  DrainsTest() {
    person.sign_in(api);
    api.tell("GET " + std::string(kPath) + "?limit=100", {200, kDrains, "", false});
  }
  FakeApi api;
  Person person;
};

TEST_F(DrainsTest, are_listed_with_what_became_of_them) {
  EXPECT_EQ(person.wh({"drains", "list", "hello"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("https://logs.example/in"));
  EXPECT_THAT(person.seen(), HasSubstr("It answered with status 503."));
}

TEST_F(DrainsTest, a_token_is_read_from_its_file_and_the_id_is_the_only_output) {
  const auto file = person.context_file() + ".token";
  std::ofstream(file) << "token-77\n";
  api.tell("POST " + std::string(kPath), {201, kMade, "", false});

  EXPECT_EQ(person.wh({"-q", "drains", "add", "hello", "https://logs.example/in?key=1", "--token", file}), 0)
      << person.complaints();

  EXPECT_EQ(person.seen(), "d-3\n");
  EXPECT_EQ(api.last("POST", kPath).body, R"({"url":"https://logs.example/in?key=1","token":"token-77"})");
  EXPECT_EQ(person.wh({"drains", "add", "hello", "https://logs.example/in", "--token", file + ".none"}), 2);
}

TEST_F(DrainsTest, one_is_removed_by_its_address_or_the_first_letters_of_its_id) {
  api.tell("DELETE " + std::string(kPath) + "/d-1", {204, "", "", false});
  api.tell("DELETE " + std::string(kPath) + "/d-2", {204, "", "", false});
  EXPECT_EQ(person.wh({"drains", "remove", "hello", "https://logs.example/in"}), 0) << person.complaints();
  EXPECT_EQ(person.wh({"drains", "remove", "hello", "d-2"}), 0) << person.complaints();
  EXPECT_EQ(person.wh({"drains", "remove", "hello", "d"}), 4);
  EXPECT_THAT(person.complaints(), HasSubstr("Several drains"));
}

}  // namespace
}  // namespace cli_test
