#include "worker-agent/stats/reporter.hpp"

#include <algorithm>

#include "common/async/timer.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "common/protocol/limits.hpp"

namespace stats {
namespace {

constexpr std::size_t kContainersAtOnce = 120;

}  // namespace

Reporter::Reporter(boost::asio::any_io_executor executor, async::BlockingPool& pool, const base::Clock& clock,
                   Options options, Ends ends)
    : pool_(pool),
      clock_(clock),
      options_(std::move(options)),
      ends_(std::move(ends)),
      host_(options_.disk),
      meter_(options_.cgroup_parent),
      nudge_(executor) {}

async::Task<void> Reporter::run() {
  for (;;) {
    const bool asked = co_await nudge_.wait(options_.every);
    co_await report();
    if (asked) co_await async::sleep(options_.at_least);
  }
}

/// All of them, or the next 120 in turn.
std::vector<RunningContainer> Reporter::next_containers() {
  auto all = ends_.containers();
  if (all.size() <= kContainersAtOnce) return all;
  first_container_ %= all.size();
  std::ranges::rotate(all, all.begin() + static_cast<std::ptrdiff_t>(first_container_));
  first_container_ += kContainersAtOnce;
  all.resize(kContainersAtOnce);
  return all;
}

async::Task<void> Reporter::report() {
  protocol::StatsBody body;
  const auto containers = next_containers();
  auto read = [this, &containers, &body] {
    body.host = host_.blocking_read();
    body.containers = meter_.blocking_read(containers);
  };
  co_await pool_.run(std::move(read));
  protocol::StatsReport report{.at = clock_.utc_now()};
  if (dropped_ > 0) report.dropped = dropped_;
  body.edge = ends_.edge();
  auto text = json::encode(body);
  if (text.size() > protocol::kMaxStreamAttachment) {
    logging::warn("stats.too_large", {{"bytes", static_cast<std::int64_t>(text.size())}});
    body.containers.clear();
    text = json::encode(body);
  }
  if (ends_.send(report, std::move(text))) {
    dropped_ = 0;
    co_return;
  }
  ++dropped_;
  ends_.not_sent();
}

}  // namespace stats
