#include "worker-agent/stats/reporter.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/async/task_group.hpp"
#include "common/json/json.hpp"

namespace stats {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Sent {
  protocol::StatsReport report;
  protocol::StatsBody body;
};

/// A reporter whose reports are caught; runs until so many were tried.
class ReporterTest : public ::testing::Test {
 protected:
  Ends ends() {
    Ends ends;
    ends.containers = [] { return std::vector<RunningContainer>{}; };
    ends.edge = [this]() -> std::optional<protocol::EdgeStats> {
      protocol::EdgeStats edge;
      edge.requests = ++edge_asked_;
      return edge;
    };
    ends.send = [this](const protocol::StatsReport& report, const std::string& body) {
      if (--runs_left_ == 0) io_.stop();
      if (!online_) return false;
      sent_.push_back({report, *json::decode<protocol::StatsBody>(body, json::Unknown::reject)});
      return true;
    };
    ends.not_sent = [this] {
      ++not_sent_;
      online_ = true;
    };
    return ends;
  }
  void run(int reports, base::Duration every) {
    runs_left_ = reports;
    Reporter reporter(io_.get_executor(), pool_, clock_,
                      {.disk = "/", .cgroup_parent = "/none", .every = every, .at_least = milliseconds(1)}, ends());
    reporter.at_once();
    async::TaskGroup tasks(io_.get_executor());
    tasks.spawn("stats", reporter.run());
    io_.run_for(seconds(20));
    tasks.cancel();
    io_.restart();
    io_.run_for(seconds(5));
  }

  boost::asio::io_context io_{1};
  async::BlockingPool pool_{1};
  base::SystemClock clock_;
  std::vector<Sent> sent_;
  bool online_{true};
  int runs_left_{0};
  int not_sent_{0};
  std::uint64_t edge_asked_{0};
};

TEST_F(ReporterTest, reports_at_once_when_asked_and_then_in_its_rhythm) {
  run(3, milliseconds(5));

  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_GT(sent_[0].body.host.memory_total_bytes, 0U);
  EXPECT_EQ(sent_[2].body.edge->requests, 3U);
  EXPECT_FALSE(sent_[0].report.dropped.has_value());
}

TEST_F(ReporterTest, what_could_not_be_sent_is_told_to_the_edge_and_counted) {
  online_ = false;

  run(2, milliseconds(5));

  EXPECT_EQ(not_sent_, 1);
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(sent_[0].report.dropped, 1U);
}

}  // namespace
}  // namespace stats
