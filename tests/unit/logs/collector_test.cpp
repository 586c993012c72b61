#include "worker-agent/logs/collector.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace logs {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{20};

class CollectorTest : public testing::Test {
 protected:
  CollectorTest() {
    std::string pattern = "/tmp/wh-collector-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    options_.raw_folder = folder_ / "raw";
    options_.spool_folder = folder_ / "spool";
    options_.limits.bytes_per_second = 0;
    options_.most_bytes_a_replica = 64 << 10U;  // a segment is full after as much
    collector_ = std::make_unique<Collector>(options_);
  }
  ~CollectorTest() override {
    collector_.reset();
    fs::remove_all(folder_);
  }

  static base::ReplicaId replica(char last) {
    return *base::ReplicaId::parse(std::string("01900000-0000-7000-8000-00000000000") + last);
  }
  void print(base::ReplicaId id, const std::string& text) {
    std::ofstream(options_.raw_folder / (id.to_string() + ".log"), std::ios::app)
        << "2026-11-21T11:14:47.531443128+00:00 stdout F " << text << "\n";
  }
  std::string kept(base::ReplicaId id) {
    const auto spool = collector_->spool(id);
    return spool ? spool->read(spool->begin(), 1 << 20U).value_or("") : "";
  }
  /// Calls `meanwhile` until `condition` holds; false when it does not in time.
  bool until(const std::function<bool()>& condition, const std::function<void()>& meanwhile) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      meanwhile();
      std::this_thread::yield();
    }
    return true;
  }
  static void nothing() {}

  fs::path folder_;
  CollectorOptions options_;
  std::unique_ptr<Collector> collector_;
};

TEST_F(CollectorTest, takes_over_what_is_printed_before_and_after_it_knows_the_secrets) {
  print(replica('a'), "one s3cret-word");
  collector_->know(replica('a'), {"s3cret-word"});
  ASSERT_TRUE(until([&] { return kept(replica('a')).find("one") != std::string::npos; }, nothing));

  print(replica('a'), "two");

  EXPECT_TRUE(until([&] { return kept(replica('a')).find("two") != std::string::npos; }, nothing));
  EXPECT_EQ(kept(replica('a')).find("s3cret-word"), std::string::npos);
}

TEST_F(CollectorTest, a_log_that_cannot_be_written_holds_up_no_other) {
  const auto broken = replica('a');  // looked at before the other
  const auto whole = replica('b');
  collector_->know(broken, {});
  collector_->know(whole, {});
  print(broken, "one");
  ASSERT_TRUE(until([&] { return !kept(broken).empty(); }, nothing));
  fs::remove_all(options_.spool_folder / broken.to_string());  // no next segment can be made there
  const auto more = [&] { print(broken, std::string(8000, 'x')); };
  for (int i = 0; i < 20; ++i) more();

  print(whole, "here");

  EXPECT_TRUE(until([&] { return kept(whole).find("here") != std::string::npos; }, more));
}

TEST_F(CollectorTest, a_folder_that_cannot_be_read_leaves_the_bound_on_all_others_in_force) {
  collector_.reset();
  options_.most_bytes_a_replica = 64 << 20U;
  options_.most_bytes = 9 << 20U;  // segments have 4 MiB
  options_.tidy_every = std::chrono::milliseconds(1);
  collector_ = std::make_unique<Collector>(options_);
  const auto bad = options_.spool_folder / replica('0').to_string();  // looked at before the other
  std::ofstream(bad) << "no folder";
  const auto whole = replica('b');
  collector_->know(whole, {});

  bool dropped = false;
  const auto more = [&] {
    print(whole, std::string(8000, 'x'));
    const auto spool = collector_->spool(whole);
    dropped = dropped || (spool && spool->begin() > 0);
  };

  EXPECT_TRUE(until([&] { return dropped; }, more));
  EXPECT_TRUE(fs::exists(bad));
}

TEST_F(CollectorTest, logs_of_replicas_that_left_are_closed_and_can_still_be_read) {
  collector_.reset();
  options_.let_go_after = std::chrono::milliseconds(0);
  collector_ = std::make_unique<Collector>(options_);
  collector_->know(replica('a'), {});
  collector_->know(replica('b'), {});
  print(replica('a'), "the last word");
  const auto leave = [&] { collector_->let_go([](base::ReplicaId id) { return id == replica('b'); }); };

  ASSERT_TRUE(until([&] { return !collector_->knows(replica('a')); }, leave));

  EXPECT_NE(kept(replica('a')).find("the last word"), std::string::npos);
  EXPECT_TRUE(collector_->knows(replica('b')));
}

TEST_F(CollectorTest, a_log_that_is_read_stays_open) {
  collector_.reset();
  options_.let_go_after = std::chrono::milliseconds(0);
  collector_ = std::make_unique<Collector>(options_);
  collector_->know(replica('a'), {});
  collector_->know(replica('b'), {});
  const auto reader = collector_->spool(replica('a'));
  const auto leave = [&] { collector_->let_go([](base::ReplicaId) { return false; }); };

  ASSERT_TRUE(until([&] { return !collector_->knows(replica('b')); }, leave));

  EXPECT_EQ(collector_->spool(replica('a')), reader);
}

}  // namespace
}  // namespace logs
