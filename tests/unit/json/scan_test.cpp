#include "common/json/scan.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace {

using json::Kind;
using json::Member;

struct Scanned {
  bool taken{false};
  std::vector<Member> members;
};

Scanned scan(std::string_view text, const json::Limits& limits = {}) {
  std::array<Member, 8> room;
  const auto count = json::scan_object(text, room, limits);
  if (!count) return {};
  return {true, {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*count)}};
}

TEST(JsonScan, finds_the_members_of_the_outer_object) {
  const auto found =
      scan(R"( {"a" : 1, "b":-2.5e3,"c":"text","d":{"x":[1,{}]} ,"e":[ ],"f":true,"g":null,"h":"a\nb"} )");

  ASSERT_EQ(found.members.size(), 8U);
  const std::array<std::pair<Kind, std::string_view>, 8> expected{{{Kind::integer, "1"},
                                                                   {Kind::real, "-2.5e3"},
                                                                   {Kind::string, "text"},
                                                                   {Kind::object, R"({"x":[1,{}]})"},
                                                                   {Kind::array, "[ ]"},
                                                                   {Kind::boolean, "true"},
                                                                   {Kind::null, "null"},
                                                                   {Kind::string, R"(a\nb)"}}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found.members[i].kind, expected[i].first) << i;
    EXPECT_EQ(found.members[i].text, expected[i].second) << i;
  }
  EXPECT_TRUE(found.members[2].plain);
  EXPECT_FALSE(found.members[7].plain);
}

TEST(JsonScan, leaves_to_the_parser_what_is_wrong) {
  for (const std::string text : {"",
                                 "[]",
                                 "1",
                                 "{",
                                 "{}x",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "{,}",
                                 "{\"a\":01}",
                                 "{\"a\":1.}",
                                 "{\"a\":+1}",
                                 "{\"a\":tru}",
                                 "{\"a\":\"\x01\"}",
                                 "{\"a\":\"\xff\"}",
                                 "{\"a\":\"\xc3\"}",
                                 "{\"a\":1,\"a\":2}",
                                 "{\"x\":{\"a\":1,\"a\":2}}",
                                 "{\"a\":\"\\x\"}",
                                 "{\"a\":\"\\",
                                 "\xef\xbb\xbf{}"}) {
    EXPECT_FALSE(scan(text).taken) << text;
    EXPECT_FALSE(json::parse_node(text).has_value() && text != "[]" && text != "1") << text;
  }
}

TEST(JsonScan, leaves_to_the_parser_what_is_rare) {
  EXPECT_FALSE(scan(R"({"\u0061":1})").taken);
  EXPECT_FALSE(scan(R"({"a\n":1})").taken);
  EXPECT_FALSE(scan(R"({"a":"\u0061"})").taken);
  EXPECT_FALSE(scan(R"({"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1})").taken) << "more than there is room";
}

TEST(JsonScan, keeps_the_limits) {
  std::string deep = "{\"a\":" + std::string(70, '[') + std::string(70, ']') + "}";

  EXPECT_FALSE(scan(deep).taken);
  EXPECT_FALSE(scan(R"({"a":[[1]]})", {.depth = 2}).taken);
  EXPECT_TRUE(scan(R"({"a":[[1]]})", {.depth = 3}).taken);
  EXPECT_FALSE(scan(R"({"a":1})", {.bytes = 6}).taken);
}

TEST(JsonScan, finds_a_repeated_name_among_many_and_at_any_depth) {
  std::string many;
  for (int i = 0; i < 40; ++i) many += "\"name_" + std::to_string(i) + "\":0,";

  EXPECT_TRUE(scan("{\"x\":{" + many + "\"last\":0}}").taken);
  EXPECT_FALSE(scan("{\"x\":{" + many + "\"name_17\":0}}").taken);
  EXPECT_FALSE(scan(R"({"x":[{"a_long_name_1":0,"a_long_name_2":0,"a_long_name_1":0}]})").taken);
  EXPECT_TRUE(scan(R"({"a":{"a":{"a":1}},"b":{"a":2}})").taken) << "other objects' names are other names";
}

/// Texts near valid ones: whatever the scanner takes, the parser takes with the same members.
TEST(JsonScan, never_takes_what_the_parser_refuses) {
  const std::string seed =
      R"({"v":1,"seq":17,"type":"replica.status","data":{"list":[1,-2.5,"é\n",{"x":null}],"t":true}})";
  std::mt19937 random(7);
  std::uniform_int_distribution<std::size_t> place(0, seed.size() - 1);
  std::uniform_int_distribution<int> byte(0, 255);
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = seed;
    for (int change = i % 3; change >= 0; --change) {
      const char other = change % 2 == 0 ? static_cast<char>(byte(random)) : seed[place(random)];
      text[place(random)] = other;
    }
    const auto found = scan(text);
    if (!found.taken) continue;
    ++taken;
    const auto node = json::parse_node(text);
    ASSERT_TRUE(node.has_value()) << text;
    ASSERT_EQ(node->keys.size(), found.members.size());
    for (std::size_t m = 0; m < found.members.size(); ++m) ASSERT_EQ(node->keys[m], found.members[m].name) << text;
  }
  EXPECT_GT(taken, 1'000) << "the changes must not all be fatal";
}

}  // namespace
