#include "worker-agent/logs/k8s_log.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "worker-agent/logs/replica_log.hpp"

namespace logs {
namespace {

const std::string kPrefix = "2026-11-21T11:14:47.531443128+00:00 stdout F ";

class LogFile : public ::testing::Test {
 protected:
  LogFile() {
    char name[] = "/tmp/wh-log-XXXXXX";
    dir_ = ::mkdtemp(name);
  }
  ~LogFile() override { std::filesystem::remove_all(dir_); }

  void write(const std::string& line) { std::ofstream(file(), std::ios::app) << kPrefix << line << "\n"; }
  std::filesystem::path file() const { return dir_ / "01936f2a-7c00-7000-8000-000000000001.log"; }

  std::filesystem::path dir_;
};

TEST(PrefixStripper, leaves_plain_lines) {
  PrefixStripper stripper;
  std::string out;

  stripper.feed(kPrefix + "hello  world\n2026-11-21T11:14:48+00:00 stderr F \nno prefix\n", out);

  EXPECT_EQ(out, "hello  world\n\nno prefix\n");
}

TEST(PrefixStripper, joins_lines_that_conmon_cut_and_pieces_that_came_apart) {
  PrefixStripper stripper;
  std::string out;
  const std::string raw = "t stdout P first half, \nt stdout F second half\n";

  for (const char c : raw) stripper.feed(std::string(1, c), out);

  EXPECT_EQ(out, "first half, second half\n");
}

TEST_F(LogFile, last_lines_begin_where_this_run_began) {
  write("of the run before");
  const auto start = std::filesystem::file_size(file());
  for (int i = 0; i < 30; ++i) write("line " + std::to_string(i));

  const auto lines = blocking_last_lines(file(), start, 2);
  const auto all = blocking_last_lines(file(), start, 100);

  EXPECT_EQ(lines, (std::vector<std::string>{"line 28", "line 29"}));
  EXPECT_EQ(all.size(), 30U);
}

TEST_F(LogFile, a_stream_begins_with_the_last_lines_and_follows) {
  for (int i = 0; i < 5; ++i) write(std::to_string(i));
  bool here = true;
  ReplicaLog log(file(), 2, true, [&] { return here; });
  EXPECT_EQ(*log.read(0, 100), "3\n4\n");

  write("5");

  EXPECT_EQ(log.size(), 6U);
  EXPECT_EQ(*log.read(4, 100), "5\n");
  EXPECT_FALSE(log.complete());
  here = false;
  EXPECT_TRUE(log.complete());
}

TEST_F(LogFile, a_stream_goes_on_in_the_file_that_replaced_a_full_one) {
  write("old");
  ReplicaLog log(file(), 10, true, [] { return true; });
  EXPECT_EQ(*log.read(0, 100), "old\n");
  write("last of the old");

  std::filesystem::rename(file(), dir_ / "gone");
  write("first of the new");

  EXPECT_EQ(*log.read(4, 100), "last of the old\nfirst of the new\n");
}

TEST_F(LogFile, without_following_it_ends_at_the_end) {
  write("only");
  ReplicaLog log(file(), 10, false, [] { return true; });

  EXPECT_TRUE(log.complete());
  EXPECT_EQ(*log.read(0, 100), "only\n");
}

TEST_F(LogFile, a_slow_reader_costs_no_memory_and_loses_nothing) {
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = "line " + std::to_string(i) + std::string(100, '.');
    expected += line + "\n";
  }
  {
    std::ofstream out(file());
    std::istringstream lines(expected);
    for (std::string line; std::getline(lines, line);) out << kPrefix << line << "\n";
  }
  ReplicaLog log(file(), 1'000'000, false, [] { return true; });

  std::string got;
  while (!(log.complete() && got.size() == log.size())) {
    const auto piece = log.read(got.size(), 64 * 1024);
    ASSERT_TRUE(piece.has_value());
    ASSERT_FALSE(piece->empty());
    got += *piece;
  }

  EXPECT_EQ(got, expected);
}

TEST_F(LogFile, a_replica_that_never_was_here_has_no_log) {
  ReplicaLogs logs(dir_, [](base::ReplicaId) { return false; });

  const auto opened = logs.open(*base::ReplicaId::parse("01936f2a-7c00-7000-8000-000000000009"), 10, true);

  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, base::ErrorKind::not_found);
}

}  // namespace
}  // namespace logs
