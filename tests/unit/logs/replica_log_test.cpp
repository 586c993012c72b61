#include "worker-agent/logs/replica_log.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "worker-agent/logs/log_line.hpp"

namespace logs {
namespace {

namespace fs = std::filesystem;

const std::string kPrefix = "2026-11-21T11:14:47.531443128+00:00 stdout F ";

class ReplicaLogTest : public testing::Test {
 protected:
  ReplicaLogTest() {
    std::string pattern = "/tmp/wh-logs-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    options_.raw_folder = folder_ / "raw";
    options_.spool_folder = folder_ / "spool";
    options_.most_bytes_a_replica = 1 << 20U;
    options_.limits.bytes_per_second = 0;
    restart();
  }
  ~ReplicaLogTest() override {
    collector_.reset();
    fs::remove_all(folder_);
  }
  void restart() {
    collector_.reset();
    collector_ = std::make_unique<Collector>(options_);
  }
  void print(const std::string& text) {
    std::ofstream(options_.raw_folder / (replica_.to_string() + ".log"), std::ios::app) << kPrefix << text << "\n";
  }
  /// Waits until the log has so many bytes.
  void until(std::uint64_t bytes) {
    std::mutex mutex;
    std::condition_variable changed;
    const auto spool = collector_->spool(replica_);
    const auto subscription = spool->subscribe([&] {
      const std::scoped_lock lock(mutex);
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return spool->end() >= bytes; }));
  }
  static std::uint64_t kept(const std::string& text) { return kPrefixBytes + text.size() + 1; }
  std::shared_ptr<agent::StreamSource> open(agent::LogWanted wanted) {
    ReplicaLogs logs(io_.get_executor(), *collector_, [this](base::ReplicaId) { return here_; });
    return *logs.open(replica_, wanted);
  }
  /// The texts of what a stream gives now.
  static std::string texts(agent::StreamSource& source) {
    std::string all;
    while (all.size() < source.size()) all += *source.read(all.size(), 1000);
    std::string out;
    for (std::size_t at = 0; at < all.size();) {
      const auto end = all.find('\n', at);
      out += all.substr(at + kTimeBytes + 1, end - at - kTimeBytes);
      at = end + 1;
    }
    return out;
  }

  boost::asio::io_context io_;
  fs::path folder_;
  CollectorOptions options_;
  base::ReplicaId replica_ = base::ReplicaId::make(base::SystemClock());
  bool here_{true};
  std::unique_ptr<Collector> collector_;
};

TEST_F(ReplicaLogTest, nothing_is_taken_over_before_the_secrets_are_known) {
  print("the hunter2-hunter2");
  collector_->expect(replica_);
  print("again hunter2-hunter2");
  EXPECT_EQ(collector_->spool(replica_)->end(), 0U);

  collector_->know(replica_, {"hunter2-hunter2"});
  until(kept("the •••") + kept("again •••"));

  EXPECT_EQ(texts(*open({})), "J 0\nO the •••\nO again •••\n");
}

TEST_F(ReplicaLogTest, follows_and_ends_when_the_replica_is_gone) {
  collector_->know(replica_, {});
  print("one");
  until(kept("one"));
  const auto log = open({.last_lines = 1, .since = {}, .from = {}, .follow = true});
  EXPECT_EQ(texts(*log), "J 0\nO one\n");

  print("two");
  until(kept("one") + kept("two"));

  EXPECT_EQ(texts(*log), "J 0\nO one\nO two\n");
  EXPECT_FALSE(log->complete());
  here_ = false;
  while (!collector_->drained(replica_)) std::this_thread::yield();
  EXPECT_TRUE(log->complete());
}

TEST_F(ReplicaLogTest, a_second_reader_resumes_where_the_first_stopped) {
  collector_->know(replica_, {});
  print("one");
  print("two");
  until(kept("one") + kept("two"));

  restart();
  const auto log = open({.last_lines = {}, .since = {}, .from = kept("one"), .follow = false});

  EXPECT_EQ(texts(*log), "J " + std::to_string(kept("one")) + "\nO two\n");
}

TEST_F(ReplicaLogTest, a_reader_that_is_too_slow_gets_a_gap_with_its_size) {
  collector_->know(replica_, {});
  print("first");
  until(kept("first"));
  const auto log = open({.last_lines = {}, .since = {}, .from = {}, .follow = true});
  EXPECT_EQ(texts(*log), "J 0\nO first\n");

  const std::string line(1000, 'x');
  for (int i = 0; i < 4000; ++i) print(line);
  until(kept("first") + 4000 * kept(line));
  const auto rest = texts(*log);

  const auto spool = collector_->spool(replica_);
  EXPECT_GT(spool->begin(), 0U);
  EXPECT_NE(rest.find("G kept - "), std::string::npos);
  EXPECT_TRUE(rest.ends_with("xx\n"));
}

TEST_F(ReplicaLogTest, a_replica_that_never_was_here_has_no_log) {
  here_ = false;
  ReplicaLogs logs(io_.get_executor(), *collector_, [](base::ReplicaId) { return false; });

  const auto opened = logs.open(replica_, {});

  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, base::ErrorKind::not_found);
}

TEST_F(ReplicaLogTest, a_log_whose_file_cannot_be_read_is_an_error_and_no_end) {
  collector_->know(replica_, {});
  print("one");
  until(kept("one"));
  fs::remove_all(options_.spool_folder / replica_.to_string());

  const auto source = open({.last_lines = {}, .since = {}, .from = 0, .follow = false});
  const auto first = source->read(0, 1000);  // where the first line would stand
  const auto next = source->read(first->size(), 1000);

  EXPECT_FALSE(source->complete());
  ASSERT_FALSE(next.has_value());
  EXPECT_EQ(next.error().code, "log.unreadable");
}

}  // namespace
}  // namespace logs
