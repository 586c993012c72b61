#include "worker-agent/logs/k8s_log.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

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

TEST_F(LogFile, last_lines_begin_where_this_run_began) {
  write("of the run before");
  const auto start = std::filesystem::file_size(file());
  for (int i = 0; i < 30; ++i) write("line " + std::to_string(i));

  const auto lines = blocking_last_lines(file(), start, 2);
  const auto all = blocking_last_lines(file(), start, 100);

  EXPECT_EQ(lines, (std::vector<std::string>{"line 28", "line 29"}));
  EXPECT_EQ(all.size(), 30U);
}

TEST_F(LogFile, last_lines_are_whole_also_where_conmon_cut_them) {
  std::ofstream(file(), std::ios::app) << "2026-11-21T11:14:47.5+00:00 stdout P first half, \n";
  write("second half");

  EXPECT_EQ(blocking_last_lines(file(), 0, 10), (std::vector<std::string>{"first half, second half"}));
}

}  // namespace
}  // namespace logs
