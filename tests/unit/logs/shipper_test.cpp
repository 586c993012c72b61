#include "worker-agent/logs/shipper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "common/async/task_group.hpp"
#include "tests/unit/async/loop.hpp"
#include "worker-agent/logs/log_line.hpp"

namespace logs {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// Keeps what it is sent; refuses as often as it is told to.
struct Kept {
  explicit Kept(const boost::asio::any_io_executor& executor) : came(executor) {}
  async::Nudge came;
  std::vector<std::string> texts;
  int refusals{0};
};
class KeepingDrain final : public Drain {
 public:
  explicit KeepingDrain(Kept& kept) : kept_(kept) {}
  async::Task<base::Result<void>> send(const Origin& /*origin*/, std::string_view lines,
                                       base::Deadline /*deadline*/) override {
    if (kept_.refusals > 0 && kept_.refusals-- > 0)
      co_return base::fail(base::ErrorKind::unavailable, "drain.failed", "away");
    for_each_line(lines, [&](std::string_view, char letter, std::string_view text) {
      kept_.texts.push_back(std::string(1, letter) + " " + std::string(text));
    });
    kept_.came.notify();
    co_return base::Result<void>{};
  }

 private:
  Kept& kept_;
};

class ShipperTest : public testing::Test {
 protected:
  ShipperTest() {
    std::string pattern = "/tmp/wh-shipper-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    options_.raw_folder = folder_ / "raw";
    options_.spool_folder = folder_ / "spool";
    options_.limits.bytes_per_second = 0;
    options_.most_bytes_a_replica = 64 << 10U;
    collector_ = std::make_unique<Collector>(options_);
    collector_->know(origin_.replica, {});
  }
  ~ShipperTest() override {
    stop();
    collector_.reset();
    fs::remove_all(folder_);
  }
  void start() {
    shipper_ = std::make_unique<Shipper>(
        DrainTools{loop_.context.get_executor(), pool_, clock_}, *collector_, std::make_unique<KeepingDrain>(kept_),
        [](base::ReplicaId) { return true; },
        Shipper::Options{.state_file = folder_ / "drain.json",
                         .save_every = std::chrono::milliseconds(0),
                         .retry = 1ms,
                         .retry_most = 4ms,
                         .patience = 20s});
    shipper_->add(origin_);
    tasks_ = std::make_unique<async::TaskGroup>(loop_.context.get_executor());
    tasks_->spawn("shipper", shipper_->run());
  }
  void stop() {
    if (!tasks_) return;
    tasks_->cancel();
    loop_.run(tasks_->join(testing_async::in(10s)));
    tasks_.reset();
    shipper_.reset();
  }
  void print(const std::string& text) {
    std::ofstream(options_.raw_folder / (origin_.replica.to_string() + ".log"), std::ios::app)
        << "2026-11-21T11:14:47.531443128+00:00 stdout F " << text << "\n";
  }
  /// Until as many lines were delivered.
  std::vector<std::string> delivered(std::size_t count) {
    const auto until = testing_async::in(60s);
    while (kept_.texts.size() < count && !until.passed(clock_)) loop_.run(wait_for_more());
    return kept_.texts;
  }
  async::Task<void> wait_for_more() { co_await kept_.came.wait(1s); }
  /// Until the state on disk says that all of the log was sent.
  void until_saved() {
    const auto end = std::to_string(collector_->spool(origin_.replica)->end());
    const auto until = testing_async::in(60s);
    while (!until.passed(clock_)) {
      std::ifstream file(folder_ / "drain.json");
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      if (text.find("\":" + end + "}") != std::string::npos) return;
      loop_.run(wait_for_more());
    }
    FAIL() << "the state was not saved";
  }

  /// Until the log ends so.
  void until_kept(const ReplicaSpool& spool, const std::string& words) {
    const auto until = testing_async::in(60s);
    const auto last = [&] { return spool.end() - std::min<std::uint64_t>(spool.end(), words.size()); };
    while (spool.read(last(), words.size()) != words && !until.passed(clock_)) loop_.run(wait_for_more());
  }

  fs::path folder_;
  base::SystemClock clock_;
  testing_async::Loop loop_;
  async::BlockingPool pool_{1, "test"};
  CollectorOptions options_;
  std::unique_ptr<Collector> collector_;
  Origin origin_{.replica = *base::ReplicaId::parse("01900000-0000-7000-8000-000000000001"),
                 .app_environment = {},
                 .organization = {},
                 .release = {},
                 .index = 0};
  Kept kept_{loop_.context.get_executor()};
  std::unique_ptr<Shipper> shipper_;
  std::unique_ptr<async::TaskGroup> tasks_;
};

TEST_F(ShipperTest, sends_what_is_printed_once_and_in_order) {
  start();

  print("one");
  print("two");
  EXPECT_THAT(delivered(2), ElementsAre("O one", "O two"));
  print("three");

  EXPECT_THAT(delivered(3), ElementsAre("O one", "O two", "O three"));
}

TEST_F(ShipperTest, a_drain_that_is_away_gets_everything_when_it_is_back) {
  kept_.refusals = 5;
  start();

  print("one");
  print("two");

  EXPECT_THAT(delivered(2), ElementsAre("O one", "O two"));
  EXPECT_EQ(kept_.refusals, 0);
}

TEST_F(ShipperTest, an_agent_that_is_started_again_goes_on_where_it_stopped) {
  start();
  print("one");
  delivered(1);
  until_saved();
  stop();
  print("two");

  start();

  EXPECT_THAT(delivered(2), ElementsAre("O one", "O two"));
}

TEST_F(ShipperTest, what_the_spool_dropped_meanwhile_is_told_as_a_gap) {
  start();
  print("one");
  delivered(1);
  until_saved();
  stop();
  const auto spool = collector_->spool(origin_.replica);
  for (int i = 0; i < 3000; ++i) print(std::string(100, 'x'));
  print("middle");
  until_kept(*spool, "middle\n");
  print("last");
  until_kept(*spool, "last\n");
  ASSERT_GT(spool->begin(), 0U);

  start();

  const auto until_last = testing_async::in(60s);
  while (kept_.texts.back() != "O last" && !until_last.passed(clock_)) loop_.run(wait_for_more());
  EXPECT_EQ(kept_.texts.back(), "O last");
  EXPECT_THAT(kept_.texts.at(1), HasSubstr("G kept - "));
}

}  // namespace
}  // namespace logs
