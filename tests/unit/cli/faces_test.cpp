#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "cli/command_table.hpp"
#include "tests/unit/cli/example_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

constexpr const char* kId = "01993b2e-7c00-7000-8000-000000000001";
constexpr const char* kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ9l3XkV3lLxSx8mDYRZvT6UzJ4hYhVQmVqJ0PzO1tQd laptop\n";

/// One way to type a command. `quiet`: what --quiet leaves, a few words without a blank each, or nothing.
struct Face {
  std::string command;  ///< as the table of commands has it, without "wh"
  Words words;          ///< behind it
  enum class Quiet { nothing, keys, content } quiet{Quiet::nothing};
  std::string types{};  ///< standard input
  int code{0};          ///< of the exit
};

constexpr auto kNothing = Face::Quiet::nothing;
constexpr auto kKeys = Face::Quiet::keys;
/// It prints a text that was asked for, whatever --quiet says: a log, a file.
constexpr auto kContent = Face::Quiet::content;

std::vector<Face> looks() {
  return {{"whoami", {}, kKeys},
          {"apps", {}, kKeys},
          {"apps list", {}, kKeys},
          {"apps show", {"hello"}, kKeys},
          {"apps environments", {"hello"}, kKeys},
          {"deployments", {}, kKeys},
          {"deployments", {"hello"}, kKeys},
          {"deployment show", {"hello/3"}, kKeys},
          {"releases", {"hello"}, kKeys},
          {"logs", {"hello"}, kContent},
          {"logs", {"hello", "--build"}, kContent},
          {"ps", {"hello"}, kKeys},
          {"metrics", {}, kKeys},
          {"metrics", {"hello"}, kKeys},
          {"workers", {}, kKeys},
          {"status", {}, kNothing},
          {"status", {"hello"}, kKeys},
          {"open", {"hello", "--print"}, kKeys},
          {"open", {"--print"}, kKeys},
          {"events", {"--limit", "1"}, kKeys},
          {"audit", {}, kKeys},
          {"audit export", {}, kContent},
          {"env", {"hello"}, kKeys},
          {"env", {"hello", "list", "--inherited"}, kKeys},
          {"env", {"hello", "diff"}, kKeys, "", 1},  // the example has a problem
          {"env", {"hello", "reveal", "A"}, kContent},
          {"env", {"hello", "pull"}, kContent},
          {"settings", {"hello"}, kKeys},
          {"orgs", {}, kKeys},
          {"orgs show", {}, kKeys},
          {"members", {}, kKeys},
          {"members invitations", {}, kKeys},
          {"projects", {}, kKeys},
          {"projects environments", {"shop"}, kKeys},
          {"keys", {}, kKeys},
          {"keys list", {}, kKeys},
          {"tokens", {}, kKeys},
          {"tokens list", {"--organization"}, kKeys},
          {"drains list", {"hello"}, kKeys},
          {"hooks list", {"hello"}, kKeys},
          {"context", {}, kKeys},
          {"context list", {}, kKeys}};
}

std::vector<Face> deeds() {
  return {{"logout", {}},
          {"apps create", {"hello", "--git", "https://e.x/h.git"}, kKeys},
          {"apps create", {"hello", "--git", "https://e.x/h.git", "--deploy"}, kKeys},
          {"apps create", {"hello", "--git", "https://e.x/h.git", "--deploy", "--no-wait"}, kKeys},
          {"apps add-environment", {"hello", "staging"}},
          {"deploy", {"hello"}, kKeys},
          {"deploy", {"hello", "--no-wait"}, kKeys},
          {"redeploy", {"hello/3", "--no-wait"}, kKeys},
          {"rollback", {"hello"}, kKeys},
          {"pin", {"hello", "3"}},
          {"unpin", {"hello", "3"}},
          {"restart", {"hello", "--no-wait"}, kKeys},
          {"deployment cancel", {"hello"}},
          {"cancel", {"hello"}},
          {"env", {"hello", "set", "A=1"}},
          {"env", {"hello", "unset", "A"}},
          {"env", {"hello", "push", "-"}, kKeys, "A=1\n"},
          {"env", {"hello", "apply", "--no-wait"}, kKeys},
          {"stop", {"hello"}},
          {"start", {"hello"}},
          {"scale", {"hello", "3"}},
          {"resume", {"hello"}},
          {"undo", {"hello"}},
          {"delete", {"hello", "--yes"}},
          {"settings", {"hello", "--port", "8081"}},
          {"orgs use", {"shop"}},
          {"orgs create", {"Shop"}},
          {"orgs rename", {"--name", "Shop"}},
          {"orgs delete", {"shop", "--yes"}},
          {"orgs undo", {"shop"}},
          {"orgs leave", {"shop"}},
          {"orgs transfer", {"hello"}},
          {"join", {"http://localhost:1/invitation#tok"}},
          {"members invite", {"member"}, kKeys},
          {"members uninvite", {kId}},
          {"members role", {"hello", "admin"}},
          {"members project", {"hello", "shop", "admin"}},
          {"members project", {"hello", "shop", "none"}},
          {"members limit", {"hello"}},
          {"members unlimit", {"hello"}},
          {"members remove", {"hello"}},
          {"projects create", {"shop"}},
          {"projects delete", {"shop"}},
          {"projects create-environment", {"shop", "staging"}},
          {"projects delete-environment", {"shop", "staging"}},
          {"keys add", {"-"}, kKeys, kKey},
          {"keys remove", {"hello"}},
          {"tokens create", {"ci"}, kKeys},
          {"tokens revoke", {"hello"}},
          {"drains add", {"hello", "https://logs.example.com/in"}, kKeys},
          {"drains remove", {"hello", kId}},
          {"hooks create", {"hello", "ci"}, kKeys},
          {"hooks delete", {"hello", "hello"}},
          {"context use", {"default"}},
          {"context remove", {"default"}}};
}

std::vector<Face> all_faces() {
  auto all = looks();
  for (auto& deed : deeds()) all.push_back(std::move(deed));
  return all;
}

/// Those whose answer is not the same twice, or which print for other programs: each has a test of its own.
const std::set<std::string> kElsewhere{"login", "context add", "audit verify", "completion", "man"};

Words typed(const Face& face, const Words& switches) {
  Words words = switches;
  std::istringstream command(face.command);
  for (std::string word; command >> word;) words.push_back(word);
  words.insert(words.end(), face.words.begin(), face.words.end());
  return words;
}

std::string text_of(const Words& words) {
  std::string text = "wh";
  for (const auto& word : words) text += " " + word;
  return text;
}

void add_leaves(const cli::CommandInfo& command, std::set<std::string>& leaves) {
  for (const auto& sub : command.commands) add_leaves(sub, leaves);
  if (command.commands.empty()) leaves.insert(command.path.substr(3));
}

/// Types commands at an API that answers with its own examples.
class FacesTest : public ::testing::Test {
 protected:
  FacesTest() { api_.otherwise(example_of); }
  /// What a person saw who typed it with these switches; without a word of complaint.
  std::string seen(const Face& face, const Words& switches) {
    Person person;
    person.sign_in(api_);
    person.types = face.types;
    const auto words = typed(face, switches);
    EXPECT_EQ(person.wh(words), face.code) << text_of(words) << "\n" << person.complaints();
    if (!switches.empty()) EXPECT_THAT(person.complaints(), IsEmpty()) << text_of(words);
    EXPECT_THAT(person.seen(), Not(HasSubstr("\033"))) << text_of(words);
    return person.seen();
  }
  FakeApi api_;
};

TEST_F(FacesTest, json_is_whole_documents_and_nothing_else) {
  for (const auto& face : all_faces()) {
    const auto out = seen(face, {"--json"});

    EXPECT_THAT(out, Not(IsEmpty())) << face.command;
    if (nlohmann::json::accept(out)) continue;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
      EXPECT_TRUE(nlohmann::json::accept(line)) << face.command << ": " << line;
  }
}

TEST_F(FacesTest, quiet_leaves_addresses_and_ids_or_nothing) {
  for (const auto& face : all_faces()) {
    const auto out = seen(face, {"--quiet"});

    if (face.quiet == kContent) continue;
    EXPECT_EQ(out.empty(), face.quiet == kNothing) << face.command << ": " << out;
    EXPECT_THAT(out, Not(HasSubstr(" "))) << face.command;
  }
}

TEST_F(FacesTest, away_from_a_terminal_nothing_is_painted) {
  for (const auto& face : all_faces()) seen(face, {});
}

TEST(FaceTable, has_every_command) {
  std::set<std::string> missing;
  add_leaves(cli::command_table(), missing);
  for (const auto& face : all_faces()) missing.erase(face.command);
  for (const auto& name : kElsewhere) missing.erase(name);

  EXPECT_THAT(missing, IsEmpty());
}

TEST(FaceTable, signing_in_is_silent_when_asked_to_be) {
  FakeApi api;
  api.otherwise(example_of);
  for (const Words& words : {Words{"login"}, Words{"context", "add", "other"}}) {
    Person person;
    auto typed = words;
    typed.push_back(api.url() + "/setup#tok");

    typed.insert(typed.begin(), "--quiet");
    EXPECT_EQ(person.wh(typed), 0) << person.complaints();
    EXPECT_THAT(person.seen(), IsEmpty());

    Person other;
    typed.front() = "--json";
    EXPECT_EQ(other.wh(typed), 0) << other.complaints();
    EXPECT_TRUE(nlohmann::json::accept(other.seen())) << other.seen();
  }
}

TEST(FaceTable, status_names_what_needs_somebody) {
  FakeApi api;
  api.tell(
      "GET /api/v1/orgs/acme/apps?limit=100",
      {200,
       R"({"items":[{"id":"1","name":"well","url":"u","state":"live"},{"id":"2","name":"ill","url":"u","state":"failed"}]})",
       "", false});
  api.otherwise(example_of);
  Person person;
  person.sign_in(api);

  EXPECT_EQ(person.wh({"status", "--quiet"}), 0) << person.complaints();

  EXPECT_EQ(person.seen(), "ill\n");
}

TEST(FaceTable, ISO_05_status_names_an_app_that_is_over_a_limit) {
  constexpr const char* kFull =
      R"({"id":"3","name":"full","url":"u","state":"live","warnings":["Replica 0: the app wrote 20 MB outside its volumes."]})";
  FakeApi api;
  api.tell("GET /api/v1/orgs/acme/apps?limit=100", {200, R"({"items":[)" + std::string(kFull) + "]}", "", false});
  api.tell("GET /api/v1/orgs/acme/apps/full", {200, kFull, "", false});
  api.otherwise(example_of);
  Person person;
  person.sign_in(api);

  EXPECT_EQ(person.wh({"status"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("full: Replica 0: the app wrote 20 MB outside its volumes. Look: wh ps full"));

  Person other;
  other.sign_in(api);
  EXPECT_EQ(other.wh({"apps", "show", "full"}), 0) << other.complaints();
  EXPECT_THAT(other.seen(), HasSubstr("Warning   Replica 0: the app wrote 20 MB outside its volumes."));
}

}  // namespace
}  // namespace cli_test
