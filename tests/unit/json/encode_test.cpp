#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/unit/json/sample.hpp"

namespace {

sample::Everything some_values() {
  sample::Everything all;
  all.flag = true;
  all.small = -5;
  all.large = 18446744073709551615U;
  all.ratio = 0.1;
  all.text = "a\"b\\c\n\x01";
  all.app = *base::AppId::parse("01890a5d-ac96-774b-bcce-b302099a8057");
  all.at = *base::parse_utc("2026-11-21T10:00:00.250Z");
  all.color = sample::Color::green;
  all.parts = {{"lid", 7}, {"box", std::nullopt}};
  all.counts = {{"a", 1}};
  all.raw.text = "[1, 2]";
  return all;
}

TEST(JsonEncode, writes_members_compactly_in_the_order_of_the_map) {
  EXPECT_EQ(json::encode(some_values()),
            R"({"flag":true,"small":-5,"large":18446744073709551615,"ratio":0.1,"text":"a\"b\\c\n\u0001",)"
            R"("app":"01890a5d-ac96-774b-bcce-b302099a8057","at":"2026-11-21T10:00:00.250Z","color":"green",)"
            R"("parts":[{"name":"lid","weight_g":7},{"name":"box"}],"counts":{"a":1},"spare":null,"raw":[1, 2],)"
            R"("port":8080})");
}

TEST(JsonEncode, reads_back_what_it_wrote) {
  const auto all = some_values();

  const auto read = json::decode<sample::Everything>(json::encode(all), json::Unknown::reject);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, all);
}

TEST(JsonEncode, replaces_bytes_that_are_not_utf8) {
  EXPECT_EQ(json::encode(std::string("a\xFF"
                                     "b\xC3")),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST(JsonEncode, writes_any_bytes_as_a_string_that_can_be_read) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string bytes{static_cast<char>(first), static_cast<char>(second)};

      EXPECT_TRUE(json::parse_node(json::encode(bytes)));
    }
  }
}

TEST(JsonEncode, writes_doubles_that_read_back_the_same) {
  for (const double value : {0.1, 1.0 / 3, 1e300, -5e-324, 123456789.125}) {
    EXPECT_EQ(json::decode<double>(json::encode(value), json::Unknown::reject).value_or(0), value) << value;
  }
  EXPECT_EQ(json::encode(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonEncode, writes_null_for_empty_raw_text) {
  EXPECT_EQ(json::encode(json::Raw{}), "null");
}

}  // namespace
