// What the edge counts: when HAProxy is asked, and what is told of it.

#include <filesystem>

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "worker-agent/edge/edge.hpp"

namespace edge {
namespace {

constexpr base::Duration kCountEvery = std::chrono::seconds(5);
constexpr base::Duration kWatchEvery = std::chrono::milliseconds(250);
constexpr base::Duration kLogAgain = std::chrono::seconds(5);

}  // namespace

Moment Edge::moment() const {
  return Moment{clock_.utc_now(), real_.steady_now()};
}

async::Task<base::Result<void>> Edge::count(std::vector<std::string> backends) {
  if (backends.empty()) co_return base::Result<void>{};
  CO_TRY_ASSIGN(const auto rows, co_await haproxy_.rows(std::move(backends)));
  traffic_.counted(rows, moment());
  co_return base::Result<void>{};
}

/// Everything each 5 s, if there was a request; where a switch goes on, each 250 ms.
async::Task<base::Result<void>> Edge::count_in_time() {
  const auto now = real_.steady_now();
  if (now - counted_at_ >= kCountEvery) {
    counted_at_ = now;
    watched_at_ = now;
    CO_TRY_ASSIGN(const auto totals, co_await haproxy_.totals());
    const bool busy = totals.requests != totals_.requests || traffic_.has_open_switch();
    totals_ = totals;
    if (busy) CO_TRY_CHECK(co_await count({"-1"}));
  } else if (now - watched_at_ >= kWatchEvery) {
    watched_at_ = now;
    CO_TRY_CHECK(co_await count(traffic_.watched()));
  }
  tell_steps();
  co_return base::Result<void>{};
}

void Edge::tell_steps() {
  const auto steps = traffic_.steps();
  if (steps != told_steps_ && on_step_) on_step_();
  told_steps_ = steps;
}

protocol::EdgeStats Edge::report() {
  auto stats = traffic_.report(moment());
  stats.connections = totals_.connections;
  stats.requests = totals_.requests;
  return stats;
}

async::Task<void> Edge::read_answers() {
  for (;;) {
    try {
      auto prepare = [this] { disk_.blocking_prepare_jail(); };
      co_await pool_.run(std::move(prepare));
      co_await answers_.run();
    } catch (const base::Failure& failure) {
      logging::warn("edge.no_answer_log", {{"why", failure.what()}});
    } catch (const std::filesystem::filesystem_error& failure) {
      logging::warn("edge.no_answer_log", {{"why", failure.what()}});
    }
    co_await async::sleep(kLogAgain);
  }
}

}  // namespace edge
