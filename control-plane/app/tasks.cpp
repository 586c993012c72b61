#include "control-plane/app/tasks.hpp"

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/api/api.hpp"
#include "control-plane/platform/jobs/lease.hpp"

namespace app {
namespace {

constexpr const char* kLease = "scheduler";
constexpr std::chrono::seconds kRenew{2};
constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::seconds kSweep{5};
constexpr std::chrono::seconds kAfterFailure{5};
constexpr std::chrono::hours kMaintain{1};
constexpr int kBatch = 100;

}  // namespace

Tasks::Tasks(boost::asio::any_io_executor executor, Modules& modules, postgres::Pool& pool, const base::Clock& clock,
             std::string holder)
    : executor_(executor),
      modules_(modules),
      pool_(pool),
      clock_(clock),
      holder_(std::move(holder)),
      group_(executor),
      reconcile_nudge_(executor),
      assign_nudge_(executor) {
  modules_.nudges.reconcile = [this] { reconcile_nudge_.notify(); };
  modules_.nudges.assign = [this] { assign_nudge_.notify(); };
}

void Tasks::start() {
  group_.spawn("tasks.lead", lead());
  group_.spawn("tasks.reconcile", reconcile());
  group_.spawn("tasks.assign", assign());
  group_.spawn("tasks.sweep", sweep());
  group_.spawn("tasks.maintain", maintain());
  group_.spawn("fleet.maintain", modules_.hub.maintain());
}

async::Task<void> Tasks::stop() {
  group_.cancel();
  co_await group_.join(base::Deadline::after(clock_, std::chrono::seconds(3)));
  try {
    co_await pool_.transaction([this](Tx& tx) -> base::Result<bool> {
      jobs::release_lease(tx, kLease, holder_);
      return true;
    });
  } catch (const base::Failure&) {
    logging::warn("tasks.lease_kept", {{"reason", "the database is away; the lease ends by itself"}});
  }
}

async::Task<void> Tasks::lead() {
  for (;;) {
    try {
      const auto taken = co_await pool_.transaction([this](Tx& tx) -> base::Result<std::optional<std::int64_t>> {
        return jobs::take_lease(tx, kLease, holder_);
      });
      const auto now_leading = taken ? *taken : std::nullopt;
      if (now_leading && epoch_ != now_leading) logging::info("tasks.leading", {{"epoch", *now_leading}});
      const bool new_leader = now_leading && epoch_ != now_leading;
      epoch_ = now_leading;
      if (new_leader) {
        reconcile_nudge_.notify();
        assign_nudge_.notify();
      }
    } catch (const base::Failure& failure) {
      epoch_.reset();
      logging::warn("tasks.no_lease", {{"reason", failure.what()}});
    }
    co_await async::sleep(kRenew);
  }
}

/// Runs `work` in a transaction that holds the lease; false when we do not lead or it failed.
template <class F>
async::Task<bool> Tasks::as_leader(const char* name, F work) {
  if (!epoch_) co_return false;
  const auto epoch = *epoch_;
  try {
    const auto done = co_await pool_.transaction([&](Tx& tx) -> base::Result<bool> {
      if (!jobs::hold_lease(tx, kLease, epoch)) return false;
      work(tx);
      return true;
    });
    co_return done.value_or(false);
  } catch (const base::Failure& failure) {
    logging::error("tasks.failed", {{"task", name}, {"reason", failure.what()}});
    co_return false;
  }
}

async::Task<void> Tasks::reconcile() {
  for (;;) {
    co_await reconcile_due();
    co_await reconcile_nudge_.wait(kLook);
  }
}

async::Task<void> Tasks::reconcile_due() {
  std::vector<base::AppEnvironmentId> due;
  co_await as_leader("reconcile", [&](Tx& tx) { due = modules_.projects.due(tx, kBatch); });
  for (const auto& id : due) {
    const bool done = co_await as_leader("reconcile", [&](Tx& tx) { modules_.reconciler.reconcile(tx, id); });
    if (done || !epoch_) continue;
    co_await as_leader("reconcile.later",
                       [&](Tx& tx) { modules_.projects.set_next_check(tx, id, clock_.utc_now() + kAfterFailure); });
  }
  if (static_cast<int>(due.size()) == kBatch) reconcile_nudge_.notify();
}

async::Task<void> Tasks::assign() {
  for (;;) {
    co_await as_leader("assign", [&](Tx& tx) { modules_.builds.assign(tx); });
    co_await assign_nudge_.wait(kSweep);
  }
}

async::Task<void> Tasks::sweep() {
  for (;;) {
    co_await async::sleep(kSweep);
    co_await as_leader("sweep", [&](Tx& tx) {
      for (const auto& worker : modules_.workers.sweep(tx)) {
        modules_.scheduling.wake_environments_on(tx, worker);
        const auto found = modules_.workers.find(tx, worker);
        if (found && found->capabilities.edge) modules_.projects.wake_all(tx);
      }
      modules_.builds.expire(tx);
      modules_.scheduling.forget_old(tx);
    });
  }
}

async::Task<void> Tasks::maintain() {
  for (;;) {
    co_await async::sleep(std::chrono::seconds(10));
    co_await as_leader("maintain", [&](Tx& tx) {
      modules_.feed.maintain(tx);
      modules_.builds.maintain_logs(tx);
      api::forget_old_answers(tx);
    });
    co_await async::sleep(kMaintain);
  }
}

}  // namespace app
