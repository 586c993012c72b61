#include "cli/ansi_filter.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

std::string filtered(std::string_view text, bool colour) {
  return AnsiFilter(colour).feed(text);
}

TEST(AnsiFilterTest, colours_pass_only_where_wanted) {
  EXPECT_EQ(filtered("a\x1b[1;31mred\x1b[0m", true), "a\x1b[1;31mred\x1b[0m");
  EXPECT_EQ(filtered("a\x1b[1;31mred\x1b[0m", false), "ared");
}

TEST(AnsiFilterTest, nothing_else_of_a_terminal_can_be_reached) {
  for (const std::string_view bad :
       {"\x1b[2J", "\x1b[H", "\x1b[?25l", "\x1b]0;title\a", "\x1b]52;c;aGk=\x1b\\", "\x1bPpayload\x1b\\", "\x1b(B",
        "\x1b"
        "c",
        "\x1b[6n", "\x1b[>0;1m", "\x1b_app\x1b\\",
        "\xc2\x9b"
        "2J",
        "\a\b\x7f\x0e"}) {
    const auto shown = filtered(std::string("<") + std::string(bad) + ">", true);
    EXPECT_EQ(shown.find('\x1b'), std::string::npos);
    EXPECT_EQ(shown.find('\a'), std::string::npos);
    EXPECT_EQ(shown.front(), '<');
    EXPECT_EQ(shown.back(), '>');
  }
}

TEST(AnsiFilterTest, text_in_utf8_newlines_and_tabs_stay) {
  EXPECT_EQ(filtered("gr\xc3\xbc\xc3\x9f \xc2\xa9\t\xe2\x9c\x93\n", false),
            "gr\xc3\xbc\xc3\x9f \xc2\xa9\t\xe2\x9c\x93\n");
}

TEST(AnsiFilterTest, a_lone_carriage_return_begins_a_new_line) {
  EXPECT_EQ(filtered("10%\r20%\r\ndone\n", false), "10%\n20%\ndone\n");
}

TEST(AnsiFilterTest, sequences_may_be_cut_anywhere) {
  const std::string text = "a\x1b[32mb\x1b]0;t\x1b\\c\x1b[0m\xc2\xa9";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    AnsiFilter filter(true);
    EXPECT_EQ(filter.feed(text.substr(0, cut)) + filter.feed(text.substr(cut)), "a\x1b[32mbc\x1b[0m\xc2\xa9") << cut;
  }
}

}  // namespace
}  // namespace cli
