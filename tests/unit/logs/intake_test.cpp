#include "worker-agent/logs/intake.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace logs {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTime = "2026-11-21T11:14:47.531443128+00:00";

/// conmon's file, its spool, and a clock.
class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    std::string pattern = "/tmp/wh-intake-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    restart();
  }
  ~IntakeTest() override { fs::remove_all(folder_); }

  fs::path raw() const { return folder_ / "raw.log"; }
  void write(const std::string& text) { std::ofstream(raw(), std::ios::app | std::ios::binary) << text; }
  void print(const std::string& text, const char* stream = "stdout", char tag = 'F') {
    write(std::string(kTime) + " " + stream + " " + tag + " " + text + "\n");
  }
  /// What conmon does when the file is full.
  void replace_file() {
    std::ofstream(folder_ / "raw.log.tmp").flush();
    fs::rename(folder_ / "raw.log.tmp", raw());
    ++replaced_;
  }
  /// As after kill -9: what was not committed is forgotten.
  void restart() {
    intake_.reset();
    spool_.reset();
    spool_ = std::make_shared<ReplicaSpool>(folder_ / "spool", most_bytes_);
    intake_ = std::make_unique<Intake>(raw(), spool_, Masker(secrets_), limits_, raw_bytes_);
    replaced_ = 0;
  }
  void take() {
    while (intake_->take(now_, replaced_).more) {
    }
  }
  void pass(std::chrono::milliseconds time) { now_ += time; }
  std::string kept() {
    std::string text;
    for (auto at = spool_->begin(); at < spool_->end();) {
      text += *spool_->read(at, 1 << 20);
      at = spool_->begin() + text.size();
    }
    return text;
  }
  /// Letters and texts of the kept lines.
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    const auto text = kept();
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      out.push_back(text.substr(at + kTimeBytes + 1, end - at - kTimeBytes - 1));
      at = end + 1;
    }
    return out;
  }

  fs::path folder_;
  std::uint64_t most_bytes_{64 << 20U};
  std::uint64_t raw_bytes_{16 << 20U};
  IntakeLimits limits_;
  std::vector<std::string> secrets_;
  std::uint64_t replaced_{0};
  base::SteadyTime now_{std::chrono::seconds(1000)};
  std::shared_ptr<ReplicaSpool> spool_;
  std::unique_ptr<Intake> intake_;
};

using Lines = std::vector<std::string>;

TEST_F(IntakeTest, keeps_time_stream_and_text_of_each_line) {
  print("hello");
  print("oops", "stderr");
  print("");
  take();

  EXPECT_EQ(kept(),
            "2026-11-21T11:14:47.531443128Z O hello\n"
            "2026-11-21T11:14:47.531443128Z E oops\n"
            "2026-11-21T11:14:47.531443128Z O \n");
}

TEST_F(IntakeTest, tells_times_in_utc) {
  write("2026-11-21T01:14:47.5+02:00 stdout F x\n");
  take();

  EXPECT_EQ(kept(), "2026-11-20T23:14:47.500000000Z O x\n");
}

TEST_F(IntakeTest, joins_pieces_also_when_the_other_stream_speaks_in_between) {
  print("one ", "stdout", 'P');
  take();
  print("error", "stderr");
  take();
  print("two");
  take();

  EXPECT_EQ(lines(), (Lines{"E error", "O one two"}));
}

TEST_F(IntakeTest, keeps_lines_of_8_kib_whole_and_marks_longer_ones) {
  const std::string longest(8192, 'x');
  print(longest);
  print(longest, "stdout", 'P');
  print("more");
  take();

  EXPECT_EQ(lines(), (Lines{"O " + longest, "O " + longest + " … [4 bytes more]"}));
}

TEST_F(IntakeTest, a_line_without_an_end_is_shown_and_the_rest_counted) {
  for (int i = 0; i < 20; ++i) print(std::string(8000, 'x'), "stdout", 'P');
  take();
  ASSERT_EQ(lines().size(), 1U);
  print("end");
  print("next");
  take();

  const auto all = lines();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1], "G line 1 88003");
  EXPECT_EQ(all[2], "O next");
}

TEST_F(IntakeTest, hides_secrets_also_where_pieces_meet_and_where_a_line_is_cut) {
  secrets_ = {"hunter2-hunter2"};
  restart();
  print("a hunter2-", "stdout", 'P');
  print("hunter2 b");
  print(std::string(8190, 'x') + "hunter2-hunter2");
  print("hunter2\x01-hunt\x1b[2Ker2");
  take();

  EXPECT_EQ(lines(), (Lines{"O a ••• b", "O " + std::string(8190, 'x') + " … [9 bytes more]", "O •••"}));
}

TEST_F(IntakeTest, goes_on_after_kill_without_a_line_lost_or_twice) {
  for (int i = 0; i < 100; ++i) {
    print("line " + std::to_string(i));
    if (i % 7 == 0) print("begun " + std::to_string(i), "stderr", 'P');
    if (i % 7 == 3) print(" ended", "stderr");
    if (i % 5 == 0) take();
    if (i % 3 == 0) restart();
  }
  take();

  const auto all = lines();
  std::vector<std::string> out;
  std::vector<std::string> err;
  for (const auto& line : all) (line[0] == 'O' ? out : err).push_back(line);
  ASSERT_EQ(out.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(out[static_cast<std::size_t>(i)], "O line " + std::to_string(i));
  ASSERT_EQ(err.size(), 14U);
  EXPECT_EQ(err[1], "E begun 7 ended");
}

TEST_F(IntakeTest, what_was_written_and_not_committed_is_written_again_once) {
  print("one");
  take();
  ASSERT_TRUE(spool_->append("torn and not com"));
  restart();
  print("two");
  take();

  EXPECT_EQ(lines(), (Lines{"O one", "O two"}));
}

TEST_F(IntakeTest, reads_the_rest_of_a_file_that_was_replaced) {
  print("old 1");
  take();
  print("old 2");
  replace_file();
  print("new 1");
  take();

  EXPECT_EQ(lines(), (Lines{"O old 1", "O old 2", "O new 1"}));
}

TEST_F(IntakeTest, says_that_files_came_and_went_unseen) {
  raw_bytes_ = 1000;
  restart();
  print("old");
  take();
  replace_file();
  print("never seen");
  replace_file();
  print("new");
  take();

  EXPECT_EQ(lines(), (Lines{"O old", "O new", "G rate - 1000"}));
}

TEST_F(IntakeTest, says_that_the_file_was_replaced_while_nobody_looked) {
  raw_bytes_ = 1000;
  restart();
  print("old");
  take();
  const auto taken = fs::file_size(raw());
  restart();
  replace_file();
  replaced_ = 0;
  print("new");
  restart();
  take();

  EXPECT_EQ(lines(), (Lines{"O old", "G away - " + std::to_string(1000 - taken), "O new"}));
}

TEST_F(IntakeTest, a_flood_is_limited_with_an_exact_count_and_ends_cleanly) {
  limits_ = {.bytes_per_second = 100'000, .burst_bytes = 200'000};
  restart();
  std::uint64_t printed = 0;
  for (int tick = 0; tick < 100; ++tick) {  // 10 seconds of 5 MB/s
    std::string text;
    for (int i = 0; i < 2500; ++i) text += std::string(kTime) + " stdout F " + std::string(153, 'x') + "\n";
    write(text);
    printed += 2500;
    if (tick % 30 == 29) replace_file();
    intake_->take(now_, replaced_);
    pass(std::chrono::milliseconds(100));
  }
  pass(std::chrono::seconds(5));
  print("the end");
  take();

  std::uint64_t shown = 0;
  std::uint64_t counted = 0;
  const auto all = lines();
  for (const auto& line : all) {
    if (line.starts_with("O x")) ++shown;
    if (line.starts_with("G rate ")) counted += std::stoull(line.substr(7));
  }
  EXPECT_EQ(shown + counted, printed);
  EXPECT_LE(spool_->end(), 200'000U + 15 * 110'000U);
  EXPECT_GE(shown, 10 * 100'000U / 220);
  EXPECT_EQ(all.back(), "O the end");
}

TEST_F(IntakeTest, a_line_that_conmon_cut_is_one_in_the_count_of_a_flood_and_is_shown_whole_or_not_at_all) {
  limits_ = {.bytes_per_second = 100'000, .burst_bytes = 200'000};
  restart();
  const std::string half(4000, 'x');
  std::uint64_t printed = 0;
  for (int tick = 0; tick < 100; ++tick) {  // the border of what is taken falls between the halves too
    for (int i = 0; i < 60; ++i, ++printed) {
      print(std::to_string(printed) + half, "stdout", 'P');
      if (i % 20 == 19) take();
      print(half + "end");
    }
    take();
    pass(std::chrono::milliseconds(100));
  }
  pass(std::chrono::seconds(2));
  take();
  print("the end");
  take();

  std::uint64_t shown = 0;
  std::uint64_t counted = 0;
  for (const auto& line : lines()) {
    if (line.starts_with("G rate ")) counted += std::stoull(line.substr(7));
    if (!line.starts_with("O ") || line == "O the end") continue;
    ++shown;
    EXPECT_EQ(line, "O " + std::to_string(std::stoull(line.substr(2))) + half + half + "end");
  }
  EXPECT_GT(shown, 0U);
  EXPECT_GT(counted, 0U);
  EXPECT_EQ(shown + counted, printed);
}

TEST_F(IntakeTest, drops_the_oldest_segments_beyond_the_bound) {
  most_bytes_ = 1 << 20U;
  limits_.bytes_per_second = 0;
  restart();
  for (int i = 0; i < 20'000; ++i) print("line " + std::to_string(i) + std::string(100, '.'));
  take();

  EXPECT_GT(spool_->begin(), 0U);
  EXPECT_LE(spool_->kept_bytes(), (1U << 20U) + 2 * (64U << 10U) + (1U << 20U));
  EXPECT_FALSE(spool_->read(0, 10));
  EXPECT_TRUE(lines().back().starts_with("O line 19999"));
  const auto begin = spool_->begin();
  restart();
  EXPECT_EQ(spool_->begin(), begin);
}

TEST_F(IntakeTest, what_comes_at_once_stays_though_it_is_more_than_may_be_kept) {
  most_bytes_ = 64 << 10U;
  limits_.bytes_per_second = 0;
  restart();
  for (int i = 0; i < 3000; ++i) print("line " + std::to_string(i) + std::string(100, '.'));
  take();
  EXPECT_TRUE(lines().back().starts_with("O line 2999"));

  print("more");
  take();

  EXPECT_EQ(lines(), (Lines{"O more"}));
}

TEST_F(IntakeTest, finds_the_last_lines_and_the_first_since_a_time) {
  for (int i = 0; i < 60; ++i) {
    const std::string second = (i < 10 ? "0" : "") + std::to_string(i);
    for (int j = 0; j < 50; ++j) {
      write("2026-11-21T11:00:" + second + ".000000000+00:00 stdout F " + std::to_string(i) + std::string(40, '.') +
            "\n");
    }
  }
  take();

  const auto from = [&](std::uint64_t offset) { return *spool_->read(offset, kTimeBytes); };
  EXPECT_EQ(spool_->last_lines(0), spool_->end());
  EXPECT_EQ(from(spool_->last_lines(50)), "2026-11-21T11:00:59.000000000Z");
  EXPECT_EQ(from(spool_->last_lines(51)), "2026-11-21T11:00:58.000000000Z");
  EXPECT_EQ(spool_->last_lines(1'000'000), 0U);
  for (const int second : {0, 1, 17, 59}) {
    const std::string time =
        "2026-11-21T11:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000000000Z";
    const auto at = spool_->first_since(time);
    EXPECT_EQ(from(at).substr(0, 19), time.substr(0, 19));
    EXPECT_EQ(at == 0 ? 0 : from(at - 1 - (kPrefixBytes + 40 + std::to_string(second - 1).size())).compare(time) < 0,
              second > 0);
  }
  EXPECT_EQ(spool_->first_since("2026-11-21T11:01:00.000000000Z"), spool_->end());
}

}  // namespace
}  // namespace logs
