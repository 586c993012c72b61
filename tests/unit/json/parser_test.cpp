#include <gtest/gtest.h>

#include <chrono>

#include "common/json/node.hpp"
#include "common/json/parse.hpp"

namespace {

std::string code_of(std::string_view text, const json::Limits& limits = {}) {
  const auto node = json::parse_node(text, limits);
  return node ? "" : node.error().code;
}

/// Generous for sanitizers; quadratic work on these inputs takes minutes.
template <class F>
void expect_quick(F&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(JsonParser, reads_every_kind_of_value) {
  const auto node = json::parse_node(R"( {"a": [1, -2.5e3, true, false, null, "x"], "b": {}} )");

  ASSERT_TRUE(node);
  const json::Node* list = node->find("a");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->text, R"([1, -2.5e3, true, false, null, "x"])");
  EXPECT_EQ(list->children[0].kind, json::Kind::integer);
  EXPECT_EQ(list->children[1].kind, json::Kind::real);
  EXPECT_EQ(list->children[4].kind, json::Kind::null);
  EXPECT_EQ(node->find("b")->kind, json::Kind::object);
  EXPECT_EQ(node->find("c"), nullptr);
}

TEST(JsonParser, decodes_escapes_and_surrogate_pairs) {
  const auto node = json::parse_node(R"("\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00")");

  ASSERT_TRUE(node);
  EXPECT_EQ(node->string, "\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST(JsonParser, refuses_what_is_not_strict_json) {
  for (const char* text :
       {"",         " ",     "{",       "[",         "[1,]",    "{\"a\":1,}", "{a:1}",     "{'a':1}",     "[1 2]",
        "01",       "-",     "+1",      "1.",        ".5",      "1e",         "1e+",       "0x10",        "NaN",
        "Infinity", "tru",   "nulll",   "\"",        "\"\\",    "\"\\x\"",    "\"\\u12\"", "\"\\u12g4\"", "\"\t\"",
        "[]]",      "{} {}", "// c\n1", "1 /* c */", "\"a\" x", "{\"a\"}",    "{\"a\":}",  "{:1}",        "[,1]"}) {
    EXPECT_EQ(code_of(text), "json.malformed") << text;
  }
  EXPECT_EQ(code_of(std::string_view("1\0", 2)), "json.malformed");
}

TEST(JsonParser, refuses_a_byte_order_mark) {
  EXPECT_EQ(code_of("\xEF\xBB\xBF{}"), "json.malformed");
}

TEST(JsonParser, refuses_bytes_that_are_not_utf8) {
  for (const char* text : {"\"\x80\"", "\"\xC0\x80\"", "\"\xC3\"", "\"\xE0\x80\x80\"", "\"\xED\xA0\x80\"",
                           "\"\xF0\x80\x80\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xFF\""}) {
    EXPECT_EQ(code_of(text), "json.malformed");
  }
}

TEST(JsonParser, refuses_lone_surrogates) {
  for (const char* text : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")", R"("\ud800\n")"}) {
    EXPECT_EQ(code_of(text), "json.malformed") << text;
  }
}

TEST(JsonParser, refuses_a_member_named_twice_however_it_is_spelt) {
  EXPECT_EQ(code_of(R"({"a":1,"b":2,"a":3})"), "json.malformed");
  EXPECT_EQ(code_of(R"({"a":1,"\u0061":3})"), "json.malformed");
  EXPECT_EQ(code_of(R"([{"x":{"a":1,"a":1}}])"), "json.malformed");
}

TEST(JsonParser, says_where_a_mistake_is) {
  const auto node = json::parse_node("{\n  \"a\": ?\n}");

  ASSERT_FALSE(node);
  EXPECT_EQ(node.error().kind, base::ErrorKind::malformed);
  EXPECT_NE(node.error().message.find("line 2, column 8"), std::string::npos) << node.error().message;
}

TEST(JsonParser, takes_the_allowed_depth_and_no_more) {
  const std::string good = std::string(64, '[') + std::string(64, ']');
  const std::string deep = std::string(65, '[') + std::string(65, ']');

  EXPECT_EQ(code_of(good), "");
  EXPECT_EQ(code_of(deep), "json.too_deep");
}

TEST(JsonParser, survives_a_million_open_brackets) {
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += R"({"a":)";

  expect_quick([&] {
    EXPECT_EQ(code_of(std::string(1'000'000, '[')), "json.too_deep");
    EXPECT_EQ(code_of(objects), "json.too_deep");
    EXPECT_EQ(code_of(std::string(1'000'000, '['), {.depth = 10'000'000}), "json.too_deep");
  });
}

TEST(JsonParser, refuses_a_million_members_quickly) {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
  text += "}";

  expect_quick([&] { EXPECT_EQ(code_of(text), "json.too_large"); });
}

TEST(JsonParser, reads_as_many_members_as_the_limit_allows_quickly) {
  std::string text = "{";
  for (int i = 0; i < 99'000; ++i) text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":0";
  text += "}";

  expect_quick([&] { EXPECT_EQ(code_of(text), ""); });
}

TEST(JsonParser, refuses_more_bytes_than_allowed) {
  EXPECT_EQ(code_of("[1]", {.bytes = 2}), "json.too_large");
  EXPECT_EQ(code_of("[1]", {.bytes = 3}), "");
}

TEST(JsonTree, is_as_strict_as_decoding) {
  EXPECT_EQ((*json::parse_strict(R"({"a":[1]})"))["a"][0], 1);
  EXPECT_FALSE(json::parse_strict(R"({"a":1,"a":2})"));
  EXPECT_FALSE(json::parse_strict("\xEF\xBB\xBF{}"));
  EXPECT_EQ(json::parse_strict("1e999").error().code, "json.malformed");
}

}  // namespace
