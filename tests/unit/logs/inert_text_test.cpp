#include "worker-agent/logs/inert_text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace logs {
namespace {

std::string inert(const std::vector<std::string>& pieces) {
  InertText text;
  std::string out;
  for (const auto& piece : pieces) text.feed(piece, out);
  text.end(out);
  return out;
}

struct Case {
  const char* name;
  std::string raw;
  std::string shown;
};

class Inert : public testing::TestWithParam<Case> {};

TEST_P(Inert, is_the_same_wherever_it_is_cut) {
  const auto& raw = GetParam().raw;
  for (std::size_t cut = 0; cut <= raw.size(); ++cut) {
    EXPECT_EQ(inert({raw.substr(0, cut), raw.substr(cut)}), GetParam().shown) << "cut at " << cut;
  }
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(Texts, Inert,
                         testing::Values(Case{"plain", "one\ttwo\nthree", "one\ttwo\nthree"},
                                         Case{"nul", "a\0b\x01"s + "c\x7f" + "d", "abcd"},
                                         Case{"colour", "\x1b[1;32mok\x1b[0m", "\x1b[1;32mok\x1b[0m"},
                                         Case{"clear", "\x1b[2J\x1b[Hx\x1b[?1049hy", "xy"},
                                         Case{"title", "\x1b]0;owned\ax\x1b]8;;http://e\x1b\\y", "xy"},
                                         Case{"string_without_end", "x\x1b]52;c;AAA\nnext", "x\nnext"},
                                         Case{"device_query", "x\x1bPq?\x1b\\y", "xy"},
                                         Case{"charset",
                                              "x\x1b(By\x1b"
                                              "cz",
                                              "xyz"},
                                         Case{"c1",
                                              "x\xc2\x9b"
                                              "2Jy\xc2\x85z",
                                              "xyz"},
                                         Case{"broken_csi", "x\x1b[12\ny", "x\ny"},
                                         Case{"utf8", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3",
                                              "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3"},
                                         Case{"no_utf8",
                                              "a\xff"
                                              "b\xc3(c\xe2\x82",
                                              "a\xef\xbf\xbd"
                                              "b\xef\xbf\xbd(c\xef\xbf\xbd"},
                                         Case{"surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
                                         Case{"returns", "10 %\r20 %\r\nnext", "10 %\r20 %\nnext"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(InertText, any_bytes_become_text_that_a_terminal_only_colours) {
  std::mt19937 random(7);
  const std::string interesting = "\x1b\x1b[]m0;?\x9b\xc2\x9d\a\\\n\r\0\x07Px\xff\xe2\x82\xac"s;
  for (int round = 0; round < 500; ++round) {
    std::string raw;
    for (int i = 0; i < 40; ++i) {
      raw += random() % 3 == 0 ? static_cast<char>(random()) : interesting[random() % interesting.size()];
    }
    std::erase(raw, '\r');
    const auto shown = inert({raw});

    for (std::size_t at = 0; at < shown.size(); ++at) {
      const auto c = static_cast<unsigned char>(shown[at]);
      if (c != 0x1b) {
        EXPECT_TRUE(c >= 0x20 || c == '\n' || c == '\t' || c == '\r') << round;
        EXPECT_NE(c, 0x7f);
        EXPECT_FALSE(c == 0xc2 && static_cast<unsigned char>(shown[at + 1]) < 0xa0) << round;
        continue;
      }
      const auto end = shown.find_first_not_of("[0123456789;:", at + 1);
      ASSERT_NE(end, std::string::npos) << round;
      EXPECT_EQ(shown[at + 1], '[');
      EXPECT_EQ(shown[end], 'm');
    }
    EXPECT_EQ(inert({shown}), shown) << "what is inert stays as it is";
  }
}

std::string cut(const std::vector<std::string>& pieces, std::size_t longest) {
  LineCutter cutter(longest);
  std::string out;
  for (const auto& piece : pieces) cutter.feed(piece, out);
  cutter.end(out);
  return out;
}

TEST(LineCutter, keeps_lines_up_to_the_bound_and_marks_longer_ones) {
  const std::string raw = "0123456789\n0123456789ab\n\nx";
  for (std::size_t at = 0; at <= raw.size(); ++at) {
    EXPECT_EQ(cut({raw.substr(0, at), raw.substr(at)}, 10), "0123456789\n0123456789 … [2 bytes more]\n\nx") << at;
  }
}

TEST(LineCutter, never_cuts_within_a_character) {
  EXPECT_EQ(cut({"123456789\xe2\x82\xac\n"}, 10), "123456789 … [3 bytes more]\n");
}

TEST(LineCutter, marks_a_line_that_never_ended) {
  EXPECT_EQ(cut({"0123456789", "abc"}, 10), "0123456789 … [3 bytes more]");
}

}  // namespace
}  // namespace logs
