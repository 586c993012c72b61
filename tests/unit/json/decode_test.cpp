#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/json/sample.hpp"

namespace {

using base::FieldError;
using sample::Box;
using testing::ElementsAre;

constexpr std::string_view kEverything = R"({"flag":true,"small":-128,"large":18446744073709551615,"ratio":0.1,)"
                                         R"("text":"h\u00e9","app":"01890a5d-ac96-774b-bcce-b302099a8057",)"
                                         R"("at":"2026-11-21T10:00:00.250Z","color":"green",)"
                                         R"("parts":[{"name":"lid","weight_g":7},{"name":"box"}],)"
                                         R"("counts":{"a":1,"b":-2},"spare":null,"raw":{"x": [1, 2]},"port":1})";

template <class T>
base::Result<Box<T>> decode_box(const std::string& value, json::Unknown unknown = json::Unknown::reject) {
  return json::decode<Box<T>>(R"({"value":)" + value + "}", unknown);
}

TEST(JsonDecode, fills_a_struct_with_every_kind_of_field) {
  const auto read = json::decode<sample::Everything>(kEverything, json::Unknown::reject);

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->small, -128);
  EXPECT_EQ(read->large, 18446744073709551615U);
  EXPECT_EQ(read->text, "h\xC3\xA9");
  EXPECT_EQ(read->app.to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
  EXPECT_EQ(base::format_utc(read->at), "2026-11-21T10:00:00.250Z");
  EXPECT_EQ(read->color, sample::Color::green);
  EXPECT_EQ(read->parts[0].weight_g, 7);
  EXPECT_EQ(read->parts[1].weight_g, std::nullopt);
  EXPECT_EQ(read->counts.at("b"), -2);
  EXPECT_EQ(read->spare, std::nullopt);
  EXPECT_EQ(read->raw.text, R"({"x": [1, 2]})");
  EXPECT_EQ(read->port, 1);
}

TEST(JsonDecode, keeps_the_default_of_an_absent_defaulted_member) {
  std::string text(kEverything);
  text.replace(text.find(R"(,"port":1)"), 9, "");

  const auto read = json::decode<sample::Everything>(text, json::Unknown::reject);

  ASSERT_TRUE(read);
  EXPECT_EQ(read->port, 8080);
}

TEST(JsonDecode, gathers_all_mistakes_with_their_pointers) {
  const auto read = json::decode<std::map<std::string, std::vector<sample::Part>>>(
      R"({"a/b~c":[{"name":1,"weight_g":"x"},{"nam":"y"}],"d":5})", json::Unknown::reject);

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(read.error().code, "json.invalid");
  EXPECT_THAT(read.error().fields,
              ElementsAre(FieldError{"/a~1b~0c/0/name", "must be a string, not a number"},
                          FieldError{"/a~1b~0c/0/weight_g", "must be an integer, not a string"},
                          FieldError{"/a~1b~0c/1/name", "is required"}, FieldError{"/a~1b~0c/1/nam", "is not known"},
                          FieldError{"/d", "must be a list, not a number"}));
}

TEST(JsonDecode, ignores_unknown_members_only_when_told) {
  constexpr std::string_view kText = R"({"name":"lid","since":2})";

  EXPECT_TRUE(json::decode<sample::Part>(kText, json::Unknown::ignore));
  EXPECT_FALSE(json::decode<sample::Part>(kText, json::Unknown::reject));
}

TEST(JsonDecode, refuses_integers_with_fraction_or_exponent) {
  for (const char* value : {"1.0", "1e3", "1E0", "0.5", "-0.0"}) {
    EXPECT_FALSE(decode_box<int>(value)) << value;
    EXPECT_FALSE(decode_box<unsigned>(value)) << value;
  }
}

TEST(JsonDecode, refuses_integers_out_of_range) {
  EXPECT_TRUE(decode_box<std::int8_t>("127"));
  EXPECT_FALSE(decode_box<std::int8_t>("128"));
  EXPECT_FALSE(decode_box<std::int8_t>("-129"));
  EXPECT_FALSE(decode_box<std::uint16_t>("65536"));
  EXPECT_FALSE(decode_box<std::uint16_t>("-1"));
  EXPECT_TRUE(decode_box<std::uint16_t>("-0"));
  EXPECT_TRUE(decode_box<std::int64_t>("-9223372036854775808"));
  EXPECT_FALSE(decode_box<std::int64_t>("9223372036854775808"));
  EXPECT_FALSE(decode_box<std::uint64_t>("18446744073709551616"));
  EXPECT_FALSE(decode_box<std::uint64_t>(std::string(5000, '9')));
}

TEST(JsonDecode, takes_any_finite_number_as_double) {
  EXPECT_EQ(decode_box<double>("3")->value, 3.0);
  EXPECT_EQ(decode_box<double>("-2.5e-1")->value, -0.25);
  EXPECT_FALSE(decode_box<double>("1e999"));
  EXPECT_FALSE(decode_box<double>("\"1\""));
}

TEST(JsonDecode, never_converts_between_kinds) {
  EXPECT_FALSE(decode_box<bool>("1"));
  EXPECT_FALSE(decode_box<bool>("\"true\""));
  EXPECT_FALSE(decode_box<int>("\"1\""));
  EXPECT_FALSE(decode_box<int>("true"));
  EXPECT_FALSE(decode_box<std::string>("1"));
  EXPECT_FALSE(decode_box<std::string>("null"));
  EXPECT_FALSE(decode_box<std::vector<int>>("{}"));
  EXPECT_FALSE((decode_box<std::map<std::string, int>>("[]")));
}

TEST(JsonDecode, names_the_choices_of_an_enum) {
  const auto read = decode_box<sample::Color>("\"blue\"");

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fields.front().message, "must be one of: red, green");
}

TEST(JsonDecode, refuses_ids_and_times_that_are_not) {
  EXPECT_FALSE(decode_box<base::AppId>("\"01890A5D-AC96-774B-BCCE-B302099A8057\""));
  EXPECT_FALSE(decode_box<base::Uuid>("\"\""));
  EXPECT_FALSE(decode_box<base::UtcTime>("\"yesterday\""));
}

TEST(JsonDecode, refuses_nul_characters_from_users_but_not_from_peers) {
  EXPECT_FALSE(decode_box<std::string>(R"("a\u0000b")", json::Unknown::reject));
  EXPECT_EQ(decode_box<std::string>(R"("a\u0000b")", json::Unknown::ignore)->value, std::string("a\0b", 3));
}

TEST(JsonDecode, reads_secrets_that_cannot_be_written) {
  EXPECT_TRUE(decode_box<base::SecretString>("\"hush\"")->value.equals("hush"));
}

TEST(JsonDecode, bounds_the_number_of_mistakes_it_tells) {
  std::string list = "[0";
  for (int i = 0; i < 50'000; ++i) list += ",0";

  const auto read = decode_box<std::vector<std::string>>(list + "]");

  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fields.size(), 100U);
}

TEST(JsonDecode, calls_broken_syntax_malformed) {
  EXPECT_EQ(json::decode<sample::Part>("{", json::Unknown::ignore).error().kind, base::ErrorKind::malformed);
}

}  // namespace
