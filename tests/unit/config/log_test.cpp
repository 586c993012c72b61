#include "common/log/log.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <vector>

namespace {

class Log : public testing::Test {
 protected:
  Log() {
    logging::init({.process = "test", .level = logging::Level::debug});
    logging::capture([this](const std::string& line) { lines_.push_back(line); });
  }
  ~Log() override { logging::capture({}); }

  std::vector<std::string> lines_;
};

TEST_F(Log, writes_one_json_line_with_the_fields_in_order) {
  logging::warn("build.slow", {{"job", std::string("7")}, {"took_ms", 12}, {"ratio", 0.5}, {"late", true}});

  ASSERT_EQ(lines_.size(), 1U);
  const auto line = nlohmann::json::parse(lines_.front());
  EXPECT_EQ(line["level"], "warn");
  EXPECT_EQ(line["process"], "test");
  EXPECT_THAT(
      lines_.front(),
      testing::EndsWith("\"event\":\"build.slow\",\"job\":\"7\",\"took_ms\":12,\"ratio\":0.5,\"late\":true}\n"));
}

TEST_F(Log, cannot_be_made_to_write_a_second_line) {
  logging::info("user.said", {{"text", "a\"}\n{\"level\":\"error\xFF"}});

  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(lines_.front().find('\n'), lines_.front().size() - 1);
  EXPECT_EQ(nlohmann::json::parse(lines_.front())["level"], "info");
}

TEST_F(Log, knows_the_names_of_its_levels) {
  EXPECT_EQ(logging::parse_level("error"), logging::Level::error);
  EXPECT_EQ(logging::parse_level("loud"), std::nullopt);
}

}  // namespace
