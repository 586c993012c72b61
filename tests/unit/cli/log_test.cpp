#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/audit/verifier.hpp"
#include "common/base/bytes.hpp"
#include "common/base/files.hpp"
#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kChain = "01900000-0000-7000-8000-000000000001";
const std::string kPage = "GET /api/v1/orgs/acme/audit/chain?limit=500";

/// A server's sealed log of a few events, as its API sends it.
struct Log {
  explicit Log(int events) {
    auto hash = audit_chain::first_hash();
    for (int n = 1; n <= events; ++n) {
      audit_chain::Event event;
      event.id = "01900000-0000-7000-8000-00000000010" + std::to_string(n);
      event.organization_id = kChain;
      event.at_us = n;
      event.actor_kind = "person";
      event.action = "app.deploy";
      event.after.text = R"({"n": )" + std::to_string(n) + "}";
      hash = audit_chain::next_hash(kChain, n, hash, audit_chain::canonical(event));
      audit_chain::Seal seal{n, hash, "", "ak1", n};
      seal.signature = audit_chain::sign_seal(key, kChain, seal);
      audit_chain::Line line{n, event, base::hex_encode(hash), base::base64url_encode(seal.signature), "ak1", n};
      lines.push_back(json::encode(line));
    }
    head = json::encode(audit_chain::sign_head(key, "ak1", kChain, events, hash, 99));
  }
  std::string page() const {
    std::string items;
    for (const auto& line : lines) items += (items.empty() ? "" : ",") + line;
    return R"({"chain":")" + kChain + R"(","keys":[{"id":"ak1","public_key":")" +
           base::base64url_encode(key.public_key) + R"(","fingerprint":"x"}],"items":[)" + items +
           R"(],"next_cursor":null,"head":)" + head + "}";
  }
  crypto::Ed25519KeyPair key{*crypto::ed25519_from_seed(base::SecretString(std::string(32, 's')))};
  std::vector<std::string> lines;
  std::string head;
};

struct LogTest : testing::Test {
  LogTest() {
    person_.sign_in(api_);
    std::string pattern = (std::filesystem::temp_directory_path() / "wh-log-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LogTest() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void export_to(const std::string& name, const Log& log) {
    api_.tell(kPage, {200, log.page(), "", false});
    ASSERT_EQ(person_.wh({"audit", "export", file(name)}), 0) << person_.complaints();
  }

  FakeApi api_;
  Person person_;
  std::filesystem::path folder_;
};

TEST_F(LogTest, a_log_that_is_as_it_was_sealed_holds) {
  api_.tell(kPage, {200, Log(3).page(), "", false});

  EXPECT_EQ(person_.wh({"audit", "verify"}), 0) << person_.seen() << person_.complaints();
  EXPECT_THAT(person_.seen(), HasSubstr("The log holds: 3 events"));
}

TEST_F(LogTest, an_event_that_was_changed_is_named_and_ends_with_1) {
  Log log(3);
  const auto at = log.lines[1].find("app.deploy");
  log.lines[1].replace(at, 10, "app.delete");
  api_.tell(kPage, {200, log.page(), "", false});

  EXPECT_EQ(person_.wh({"audit", "verify"}), 1);
  EXPECT_THAT(person_.seen(), HasSubstr("Event 2 (app.delete) is not what was sealed."));
}

TEST_F(LogTest, an_export_holds_by_itself_and_against_the_log) {
  const Log log(4);
  export_to("log.jsonl", log);

  EXPECT_EQ(person_.wh({"audit", "verify", "--from", file("log.jsonl")}), 0) << person_.seen();
  EXPECT_EQ(person_.wh({"audit", "verify", "--offline", "--from", file("log.jsonl")}), 0) << person_.seen();
  EXPECT_EQ(person_.wh({"audit", "verify", "--from", file("log.jsonl"), "--key", "0123456789abcdef"}), 1);
}

TEST_F(LogTest, an_export_for_spreadsheets_has_a_row_for_each_event) {
  api_.tell(kPage, {200, Log(3).page(), "", false});

  EXPECT_EQ(person_.wh({"audit", "export", "--format", "csv", file("log.csv")}), 0) << person_.complaints();

  const auto text = base::blocking_read_file(file("log.csv"));
  EXPECT_TRUE(text.starts_with("at,actor_kind,")) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 4);
  EXPECT_THAT(text, HasSubstr(",\"{\"\"n\"\": 3}\",3,01900000-0000-7000-8000-000000000103\r\n"));
  EXPECT_EQ(person_.wh({"audit", "export", "--format", "xlsx"}), 2);
}

TEST_F(LogTest, a_log_whose_end_was_cut_off_is_found_against_an_export) {
  const Log log(4);
  export_to("log.jsonl", log);
  FakeApi later;
  Log shorter(2);
  later.tell(kPage, {200, shorter.page(), "", false});
  Person auditor;
  auditor.sign_in(later);

  EXPECT_EQ(auditor.wh({"audit", "verify"}), 0) << "nothing in the log itself shows it";
  EXPECT_EQ(auditor.wh({"audit", "verify", "--from", file("log.jsonl")}), 1);
  EXPECT_THAT(auditor.seen(), HasSubstr("the end was cut off"));
}

TEST_F(LogTest, an_export_that_was_changed_cut_or_mixed_up_does_not_hold) {
  export_to("log.jsonl", Log(4));
  const auto whole = base::blocking_read_file(file("log.jsonl"));
  std::vector<std::string> lines;
  std::istringstream in(whole);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 6U);
  const auto verify = [&](std::vector<std::string> changed) {
    std::string text;
    for (const auto& line : changed) text += line + "\n";
    base::blocking_write_file(file("changed.jsonl"), text, 0600);
    return person_.wh({"audit", "verify", "--offline", "--from", file("changed.jsonl")});
  };
  ASSERT_EQ(verify(lines), 0);

  for (std::size_t gone = 0; gone < lines.size(); ++gone) {
    auto without = lines;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(gone));
    EXPECT_EQ(verify(without), 1) << "without line " << gone;
  }
  EXPECT_EQ(verify({lines.begin(), lines.end() - 1}), 1) << "without its end";
  EXPECT_EQ(verify({lines.begin(), lines.end() - 2}), 1);
  auto swapped = lines;
  std::swap(swapped[2], swapped[3]);
  EXPECT_EQ(verify(swapped), 1);
  auto changed = lines;
  changed[2].replace(changed[2].find("app.deploy"), 10, "app.delete");
  EXPECT_EQ(verify(changed), 1);
  EXPECT_EQ(verify({"nonsense"}), 1);
}

TEST_F(LogTest, what_happened_is_listed_with_what_was_asked_for) {
  api_.tell("GET /api/v1/orgs/acme/audit?limit=50&since=2h&actor=Ada&object=hello&action=app.",
            {200,
             R"({"items":[{"id":"x","at":"2026-11-21T12:00:00.000Z","actor":{"kind":"person","id":null,"name":"Ada"},
"action":"app.deploy","object_kind":"app","object_id":"1","address":"192.0.2.7","sequence":12}],"next_cursor":null})",
             "", false});

  EXPECT_EQ(person_.wh({"audit", "--since", "2h", "--actor", "Ada", "--object", "hello", "--action", "app."}), 0)
      << person_.complaints();
  EXPECT_THAT(person_.seen(), testing::AllOf(HasSubstr("Ada"), HasSubstr("app.deploy"), HasSubstr("192.0.2.7")));
}

const std::string kRevealed = R"({"items":[{"name":"A","value":"one\ntwo","build_time":false,"run_time":true,
"expand":false},{"name":"B","value":"b","build_time":false,"run_time":true,"expand":false}],"text":"A=\"one\\ntwo\"\nB=b\n"})";

TEST_F(LogTest, variables_are_pulled_into_a_file_for_one_person_alone) {
  api_.tell("POST /api/v1/orgs/acme/apps/hello/variables/reveal", {200, kRevealed, "", false});

  EXPECT_EQ(person_.wh({"env", "hello", "pull", file(".env")}), 0) << person_.complaints();

  EXPECT_EQ(base::blocking_read_file(file(".env")), "A=\"one\\ntwo\"\nB=b\n");
  struct stat info{};
  ASSERT_EQ(::stat(file(".env").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_THAT(person_.seen(), Not(HasSubstr("two")));
}

TEST_F(LogTest, one_value_is_revealed_as_its_bytes_alone) {
  api_.tell("POST /api/v1/orgs/acme/apps/hello/variables/reveal", {200, kRevealed, "", false});

  EXPECT_EQ(person_.wh({"env", "hello", "reveal", "A"}), 0) << person_.complaints();

  EXPECT_EQ(person_.seen(), "one\ntwo");
  EXPECT_EQ(api_.last("POST", "/api/v1/orgs/acme/apps/hello/variables/reveal").body, R"({"names":["A"]})");
}

TEST_F(LogTest, a_file_is_pushed_and_what_differs_is_told_without_values) {
  api_.tell(
      "PATCH /api/v1/orgs/acme/apps/hello/variables",
      {200, R"({"items":[{"name":"A","change":"added"},{"name":"B","change":"same"},{"name":"C","change":"removed"}]})",
       "", false});
  base::blocking_write_file(file("env"), "A=secret\n", 0600);

  EXPECT_EQ(person_.wh({"env", "hello", "push", file("env"), "--replace", "--dry-run"}), 0) << person_.complaints();

  EXPECT_EQ(api_.last("PATCH", "/api/v1/orgs/acme/apps/hello/variables").body,
            R"({"text":"A=secret\n","replace":true,"dry_run":true})");
  EXPECT_THAT(person_.seen(), HasSubstr("+ A\n- C\n"));
  EXPECT_THAT(person_.seen(), Not(HasSubstr("secret")));
}

TEST_F(LogTest, variables_of_every_level_are_reached) {
  const std::string orgs = "/api/v1/orgs/acme";
  for (const auto& path : {orgs + "/variables/A", orgs + "/projects/shop/variables/A",
                           orgs + "/projects/shop/environments/live/variables/A"})
    api_.tell("PUT " + path, {200, "{}", "", false});

  EXPECT_EQ(person_.wh({"env", "set", "A=1", "--organization"}), 0) << person_.complaints();
  EXPECT_EQ(person_.wh({"env", "set", "A=1", "--project", "shop", "--build", "--no-run"}), 0) << person_.complaints();
  EXPECT_EQ(person_.wh({"env", "set", "A=${db.url}", "--environment", "shop/live", "--expand"}), 0)
      << person_.complaints();

  EXPECT_EQ(api_.last("PUT", orgs + "/projects/shop/variables/A").body,
            R"({"value":"1","build_time":true,"run_time":false})");
  EXPECT_EQ(api_.last("PUT", orgs + "/projects/shop/environments/live/variables/A").body,
            R"({"value":"${db.url}","expand":true})");
  EXPECT_EQ(person_.wh({"env", "diff", "--organization"}), 2);
}

TEST_F(LogTest, what_is_staged_is_shown_and_what_stands_in_its_way_ends_with_1) {
  api_.tell("GET /api/v1/orgs/acme/apps/hello/staged",
            {200,
             R"({"variables":[{"name":"A","change":"changed","level":"project","live":{"fingerprint":"aaaa"},
"staged":{"fingerprint":"bbbb"}}],"settings":["port"],"problems":[{"code":"variables.missing","message":"A refers to ${b}.","name":"A"}]})",
             "", false});

  EXPECT_EQ(person_.wh({"env", "hello", "diff"}), 1);
  EXPECT_THAT(person_.seen(), testing::AllOf(HasSubstr("project"), HasSubstr("aaaa"), HasSubstr("bbbb"),
                                             HasSubstr("~ port"), HasSubstr("! A refers to ${b}.")));
}

}  // namespace
}  // namespace cli_test
