#include "common/text/dotenv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace text {
namespace {

using testing::ElementsAre;

DotenvEntry literal(std::string name, std::string value) {
  return {std::move(name), std::move(value), false};
}
DotenvEntry refers(std::string name, std::string value) {
  return {std::move(name), std::move(value), true};
}

std::vector<DotenvEntry> read(std::string_view text) {
  auto entries = parse_dotenv(text);
  EXPECT_TRUE(entries) << text << ": " << (entries ? "" : entries.error().message);
  return entries ? *entries : std::vector<DotenvEntry>{};
}

TEST(Dotenv, reads_bare_and_quoted_values_comments_and_export) {
  EXPECT_THAT(
      read("# a comment\n\nA=1\nexport B=two words  # behind\nC='$3 # no\ncomment'\n  D = \"x\\ny\\\"z\\\\\" # c\r\n"
           "E=\nF=a#b\r\nG=''\n"),
      ElementsAre(literal("A", "1"), literal("B", "two words"), literal("C", "$3 # no\ncomment"),
                  literal("D", "x\ny\"z\\"), literal("E", ""), literal("F", "a#b"), literal("G", "")));
}

TEST(Dotenv, what_refers_to_another_value_is_told_apart_from_what_looks_so) {
  EXPECT_THAT(read("A=${db.url}\nB='${db.url}'\nC=\"\\${db.url}\"\nD=\"${A} costs \\$5 and \\${B}\"\nE=$HOME\n"),
              ElementsAre(refers("A", "${db.url}"), literal("B", "${db.url}"), literal("C", "${db.url}"),
                          refers("D", "${A} costs $5 and $${B}"), literal("E", "$HOME")));
}

TEST(Dotenv, a_mistake_is_told_by_its_line_and_not_by_what_is_there) {
  const std::vector<std::pair<std::string, std::string>> cases{{"A=1\nhunter2", "Line 2 has no ="},
                                                               {"A=1\n1A=hunter2", "Line 2 does not begin"},
                                                               {"A=1\n\nB='hunter2", "Line 3 opens a quote"},
                                                               {"A=\"hunter2\n\n\n", "Line 1 opens a quote"},
                                                               {"A='x' hunter2", "Line 1 goes on behind"},
                                                               {"A=1\nA=hunter2", "names A a second time"},
                                                               {"A\n", "Line 1 has no ="},
                                                               {"=hunter2\n", "Line 1 does not begin"}};
  for (const auto& [text, expected] : cases) {
    const auto entries = parse_dotenv(text);
    ASSERT_FALSE(entries) << text;
    EXPECT_THAT(entries.error().message, testing::HasSubstr(expected));
    EXPECT_THAT(entries.error().message, testing::Not(testing::HasSubstr("hunter2"))) << text;
  }
}

TEST(Dotenv, what_is_printed_is_read_back_byte_for_byte) {
  const std::vector<DotenvEntry> entries{
      literal("EMPTY", ""),
      literal("PLAIN", "postgres://u:p@h:5432/d"),
      literal("LINES", "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"),
      literal("QUOTES", "a'b\"c`d"),
      literal("DOLLARS", "$ $$ ${A} $(id) \\${B} $${C}"),
      literal("SLASHES", "\\ \\\\ \\n \\t"),
      literal("UNICODE", "grüße 🚀 \xe2\x80\xae"),
      literal("SPACES", "  lead and trail \t\r\n"),
      literal("HASH", "#no # comment"),
      literal("BIG", std::string(64 * 1024, '\'')),
      refers("URL", "${db.url}?x=$1&y=\\\"${NAME}$${literal}\n"),
  };

  EXPECT_EQ(read(print_dotenv(entries)), entries);
}

TEST(Dotenv, any_bytes_survive_the_round_trip) {
  std::mt19937 random(20261121);
  const std::string alphabet = "a$ {}\\\"'#\n\r\t=`~\xc3\xa9Z0";
  for (int round = 0; round < 20'000; ++round) {
    std::vector<DotenvEntry> entries;
    const int count = static_cast<int>(random() % 4);
    for (int i = 0; i <= count; ++i) {
      std::string value;
      for (auto length = random() % 24; length > 0; --length) value += alphabet[random() % alphabet.size()];
      // In a template every `${` is a reference or, doubled, an escape; both are as they are written.
      const bool expand = random() % 3 == 0 && value.find("${") != std::string::npos;
      entries.push_back({"V" + std::to_string(i), std::move(value), expand});
    }
    const auto printed = print_dotenv(entries);
    const auto back = parse_dotenv(printed);
    ASSERT_TRUE(back) << printed;
    ASSERT_EQ(*back, entries) << printed;
  }
}

TEST(Dotenv, any_text_is_read_or_refused_and_what_is_read_prints_the_same_again) {
  std::mt19937 random(7);
  const std::string alphabet = "AB=\"'\\#\n ${}x\r\texport ";
  int read_well = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (auto length = random() % 40; length > 0; --length) text += alphabet[random() % alphabet.size()];
    const auto entries = parse_dotenv(text);
    if (!entries) continue;
    ++read_well;
    const auto again = parse_dotenv(print_dotenv(*entries));
    ASSERT_TRUE(again) << text;
    ASSERT_EQ(*again, *entries) << text;
  }
  EXPECT_GT(read_well, 1000);
}

}  // namespace
}  // namespace text
