#include <gtest/gtest.h>

#include <sstream>

#include "cli/api.hpp"
#include "cli/events.hpp"
#include "cli/explain.hpp"
#include "cli/suggest.hpp"
#include "cli/terminal.hpp"

namespace cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SuggestTest, finds_what_was_meant) {
  const std::vector<std::string> known{"deploy", "deployments", "apps", "logs", "ps", "env"};

  EXPECT_EQ(suggest("deplyo", known), "deploy");
  EXPECT_EQ(suggest("log", known), "logs");
  EXPECT_EQ(suggest("app", known), "apps");
  EXPECT_EQ(suggest("xyzzy", known), std::nullopt);
  EXPECT_EQ(suggest("", known), std::nullopt);
}

TEST(FormatTest, durations_and_ages_read_well) {
  EXPECT_EQ(format_duration(milliseconds(850)), "850 ms");
  EXPECT_EQ(format_duration(milliseconds(4290)), "4.2 s");
  EXPECT_EQ(format_duration(seconds(185)), "3 min 5 s");
  EXPECT_EQ(format_duration(std::chrono::minutes(130)), "2 h 10 min");
  const base::UtcTime now{std::chrono::hours(1000)};
  EXPECT_EQ(format_age(now - seconds(1), now), "just now");
  EXPECT_EQ(format_age(now - std::chrono::minutes(5), now), "5 min ago");
  EXPECT_EQ(format_age(now - std::chrono::hours(80), now), "3 d ago");
}

TEST(FormatTest, sizes_are_decimal_as_the_dashboard_has_them) {
  EXPECT_EQ(format_bytes(-1), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1'000), "1.0 kB");
  EXPECT_EQ(format_bytes(99'940), "99.9 kB");
  EXPECT_EQ(format_bytes(512'000'000), "512 MB");
  EXPECT_EQ(format_bytes(999'960'000), "1.0 GB");
  EXPECT_EQ(format_bytes(12'400'000'000'000), "12.4 TB");
}

TEST(TableTest, columns_line_up_and_cells_cannot_break_out) {
  std::ostringstream out;
  std::istringstream in;
  const Terminal terminal{.out = out, .err = out, .in = in};
  Table table({"NAME", "STATE"});
  table.row({"gr\xc3\xbcn", "live"});
  table.row({"evil\x1b[2J\nline", "failed"});

  EXPECT_EQ(table.render(terminal, 1), "NAME       STATE\ngr\xc3\xbcn       live\nevil line  failed\n");
}

TEST(TerminalTest, colour_only_on_a_terminal_without_no_color) {
  std::ostringstream out;
  std::istringstream in;
  Terminal terminal{.out = out, .err = out, .in = in};
  EXPECT_EQ(terminal.paint("x", Tone::bad), "x");
  terminal.out_is_terminal = true;
  EXPECT_EQ(terminal.paint("x", Tone::bad), "\x1b[31mx\x1b[0m");
  terminal.env["NO_COLOR"] = "1";
  EXPECT_EQ(terminal.paint("x", Tone::bad), "x");
}

TEST(EventParserTest, reads_events_however_they_are_cut) {
  const std::string text = ": hi\n\nid: 5\nevent: log\ndata: {\"a\":1}\ndata: more\n\nevent: end\ndata: {}\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EventParser parser;
    auto events = parser.feed(text.substr(0, cut));
    for (auto& event : parser.feed(text.substr(cut))) events.push_back(std::move(event));
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].event, "log");
    EXPECT_EQ(events[0].data, "{\"a\":1}\nmore");
    EXPECT_EQ(events[1].event, "end");
    EXPECT_EQ(parser.last_id(), "5");
  }
}

TEST(ExplainTest, names_the_fields_and_the_next_command) {
  const auto error =
      error_of(422, R"({"title":"Unprocessable","status":422,"code":"invalid","detail":"Two values are not acceptable.",
      "errors":[{"pointer":"/name","message":"has capitals"},{"pointer":"/source/git_url","message":"is no address"}]})");

  EXPECT_EQ(explain(error, "http://x"),
            "wh: Two values are not acceptable.\n  name: has capitals\n  source.git_url: is no address\n");
  EXPECT_EQ(exit_code_of(error), kUsage);
}

TEST(ExplainTest, what_is_missing_is_told_with_the_command_that_shows_what_there_is) {
  const auto missing = [](const char* code) {
    return explain(base::Error(base::ErrorKind::not_found, code, "None."), "http://x", "shop");
  };

  EXPECT_EQ(missing("app.not_found"), "wh: None.\nSee what there is with: wh apps\n");
  EXPECT_EQ(missing("app.never_deployed"), "wh: None.\nDeploy it first: wh deploy shop\n");
  EXPECT_EQ(missing("release.not_found"), "wh: None.\nSee what there is with: wh releases shop\n");
  EXPECT_EQ(missing("variable.not_found"), "wh: None.\nSee what there is with: wh env shop list\n");
  EXPECT_EQ(missing("project.not_found"), "wh: None.\nSee what there is with: wh projects\n");
  EXPECT_EQ(missing("organization.not_found"), "wh: None.\nSee what there is with: wh orgs\n");
  EXPECT_EQ(missing("upload.not_found"), "wh: None.\n");
}

TEST(ExplainTest, a_single_field_is_named_where_the_sentence_does_not) {
  const auto refused = [](const char* pointer, const char* message) {
    base::Error error(base::ErrorKind::invalid, "invalid", message);
    error.fields.push_back(base::FieldError{pointer, message});
    return explain(error, "");
  };

  EXPECT_EQ(refused("/limits/memory_bytes", "Between 32 and 64."), "wh: limits.memory_bytes: Between 32 and 64.\n");
  EXPECT_EQ(refused("/limits/memory_bytes", "Memory is between 32 and 64."), "wh: Memory is between 32 and 64.\n");
  EXPECT_EQ(refused("/source/git_url", "The git URL must begin so."), "wh: The git URL must begin so.\n");
}

TEST(ExplainTest, exit_codes_follow_the_kind) {
  EXPECT_EQ(exit_code_of(error_of(401, "")), kNotSignedIn);
  EXPECT_EQ(exit_code_of(error_of(404, "")), kNotFound);
  EXPECT_EQ(exit_code_of(error_of(409, "")), kFailed);
  EXPECT_EQ(exit_code_of(error_of(503, "")), kFailed);
  EXPECT_EQ(exit_code_of(base::Error(base::ErrorKind::unavailable, "net.unreachable", "x")), kUnreachable);
}

TEST(ExplainTest, what_a_server_says_cannot_drive_the_terminal) {
  const auto error = error_of(400, R"({"detail":"a\u001b[2Jb"})");

  EXPECT_EQ(explain(error, "").find('\x1b'), std::string::npos);
}

TEST(PathTest, segments_are_encoded) {
  EXPECT_EQ(percent_encode("a/../b?c d"), "a%2F..%2Fb%3Fc%20d");
}

}  // namespace
}  // namespace cli
