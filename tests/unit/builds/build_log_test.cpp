#include "worker-agent/builds/build_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>

namespace builds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BuildLogTest : public ::testing::Test {
 protected:
  BuildLogTest() {
    std::string pattern = "/tmp/wh-log-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    spool_ = std::make_shared<Spool>(folder_ / "log", io_.get_executor());
  }
  ~BuildLogTest() override { std::filesystem::remove_all(folder_); }
  std::string text() { return spool_->read(0, 1 << 20).value(); }

  boost::asio::io_context io_;
  std::filesystem::path folder_;
  std::shared_ptr<Spool> spool_;
};

TEST_F(BuildLogTest, puts_headings_on_lines_of_their_own) {
  BuildLog log(spool_, 1000, {});

  log.heading("Building");
  log.output("no newline");
  log.heading("Pushing");

  EXPECT_EQ(text(), "==> Building\nno newline\n==> Pushing\n");
}

TEST_F(BuildLogTest, cuts_output_at_the_limit_once_and_keeps_headings) {
  BuildLog log(spool_, 10, {});

  log.output("0123456789abc");
  log.output("more");
  log.heading("Done");

  EXPECT_EQ(text(),
            "0123456789\n==> The output is over its limit of 10 bytes; the build goes on without it\n==> Done\n");
}

TEST_F(BuildLogTest, remembers_the_last_lines_also_beyond_the_limit) {
  BuildLog log(spool_, 4, {});

  log.output("first\n");
  log.mark();
  for (int i = 0; i < 30; ++i) log.output("line " + std::to_string(i) + "\n");

  const auto lines = log.last_lines();
  ASSERT_EQ(lines.size(), BuildLog::kLastLines);
  EXPECT_EQ(lines.front(), "line 10");
  EXPECT_EQ(lines.back(), "line 29");
}

TEST_F(BuildLogTest, shows_last_lines_as_valid_text) {
  BuildLog log(spool_, 100, {});

  log.output("a\xff\x1b[31mb\tc\n\xc3\xa4");

  EXPECT_THAT(log.last_lines(), ElementsAre("a\xEF\xBF\xBD[31mb\tc", "ä"));
}

TEST_F(BuildLogTest, never_lets_a_secret_into_the_spool) {
  BuildLog log(spool_, 1000, {"token-of-the-registry"});

  log.output("x token-of-");
  log.output("the-registry y\n");
  log.flush();

  EXPECT_EQ(text(), "x ••• y\n");
}

TEST_F(BuildLogTest, keeps_colours_and_drops_what_moves_the_cursor) {
  BuildLog log(spool_, 1000, {});

  log.output(std::string("\x1b[31mred\x1b[0m\x1b[2J") + '\0' + " ok\r\n");

  EXPECT_EQ(text(), "\x1b[31mred\x1b[0m ok\n");
}

TEST_F(BuildLogTest, keeps_lines_of_8_kib_whole_and_marks_longer_ones) {
  BuildLog log(spool_, 100'000, {});
  const std::string longest(8192, 'x');

  log.output(longest + "\n" + longest.substr(0, 4000));
  log.output(longest + "\n");

  EXPECT_EQ(text(), longest + "\n" + longest + " … [4000 bytes more]\n");
}

TEST_F(BuildLogTest, hides_a_secret_that_control_characters_keep_apart) {
  BuildLog log(spool_, 1000, {"token-of-the-registry"});

  log.output("x token\x01-of-the-\x1b[Kregistry y\n");
  log.flush();

  EXPECT_EQ(text(), "x ••• y\n");
}

TEST_F(BuildLogTest, the_spool_goes_on_where_an_earlier_process_stopped) {
  spool_->append("before ");
  spool_.reset();

  spool_ = std::make_shared<Spool>(folder_ / "log", io_.get_executor());
  spool_->append("after");

  EXPECT_EQ(text(), "before after");
  EXPECT_EQ(spool_->read(7, 100).value(), "after");
  EXPECT_FALSE(spool_->read(13, 1).has_value());
  EXPECT_FALSE(spool_->complete());
}

}  // namespace
}  // namespace builds
