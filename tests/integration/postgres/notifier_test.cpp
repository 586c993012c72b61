#include "control-plane/platform/postgres/notifier.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "tests/support/database.hpp"

namespace {

/// What one instance heard. Waits at most 10 s.
class Mailbox {
 public:
  postgres::Notifier::Receive receive() {
    return [this](const std::string& topic) {
      const std::scoped_lock lock(mutex_);
      topics_.push_back(topic);
      came_.notify_all();
    };
  }
  bool gets(const std::string& topic, int times = 1) {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, std::chrono::seconds(30), [&] { return std::ranges::count(topics_, topic) >= times; });
  }
  bool got(const std::string& topic) {
    const std::scoped_lock lock(mutex_);
    return std::ranges::count(topics_, topic) > 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> topics_;
};

struct NotifierTest : testing::Test {
  NotifierTest() {
    // An empty topic: connected, look for yourself.
    EXPECT_TRUE(here.gets(""));
    EXPECT_TRUE(there.gets(""));
  }
  support::Database database;
  Mailbox here;
  Mailbox there;
  postgres::Notifier first{database.dsn(), here.receive()};
  postgres::Notifier second{database.dsn(), there.receive()};
};

TEST_F(NotifierTest, what_one_instance_publishes_another_hears_and_itself_does_not) {
  first.publish("feed");
  EXPECT_TRUE(there.gets("feed"));

  second.publish("worker:01a1fea2-d4af-76ff-8bb5-1cb120ebf473");
  EXPECT_TRUE(here.gets("worker:01a1fea2-d4af-76ff-8bb5-1cb120ebf473"));

  EXPECT_FALSE(here.got("feed"));
}

TEST_F(NotifierTest, a_lost_connection_is_made_anew_and_everything_may_have_happened_meanwhile) {
  database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wh-live'");

  EXPECT_TRUE(here.gets("", 2));
  EXPECT_TRUE(there.gets("", 2));
  first.publish("feed");
  EXPECT_TRUE(there.gets("feed"));
}

TEST_F(NotifierTest, a_burst_is_heard_whatever_its_size) {
  for (int i = 0; i < 500; ++i) first.publish("log:" + std::to_string(i));

  for (int i = 0; i < 500; ++i) EXPECT_TRUE(there.gets("log:" + std::to_string(i)));
}

}  // namespace
