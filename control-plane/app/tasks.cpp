#include "control-plane/app/tasks.hpp"

#include "common/async/timer.hpp"
#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/log/log.hpp"
#include "control-plane/modules/builds/waiting.hpp"
#include "control-plane/modules/feed/newest.hpp"
#include "control-plane/modules/sources/uploads.hpp"
#include "control-plane/platform/api/api.hpp"
#include "control-plane/platform/jobs/lease.hpp"

namespace app {
namespace {

constexpr const char* kLease = "scheduler";
constexpr std::chrono::seconds kRenew{2};
constexpr std::chrono::milliseconds kTry{500};  // after a lease of 8 s: a leader that died is followed within 9 s
constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::milliseconds kSeal{200};
constexpr std::chrono::seconds kKeepHeads{60};
constexpr std::chrono::seconds kSweep{5};
constexpr std::chrono::seconds kMailLook{30};
constexpr std::chrono::seconds kAfterFailure{5};
constexpr std::chrono::hours kMaintain{1};
constexpr int kBatch = 100;
constexpr int kCollectBatches = 20;

std::string blocking_read_heads(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? base::blocking_read_file(file) : std::string();
}

}  // namespace

Tasks::Tasks(boost::asio::any_io_executor executor, Modules& modules, postgres::Pool& pool, const base::Clock& clock,
             std::string holder, std::filesystem::path heads_file)
    : executor_(executor),
      modules_(modules),
      pool_(pool),
      clock_(clock),
      holder_(std::move(holder)),
      heads_file_(std::move(heads_file)),
      group_(executor),
      reconcile_nudge_(executor),
      assign_nudge_(executor),
      mail_nudge_(executor),
      drain_sender_({.executor = executor,
                     .clock = clock,
                     .pool = pool,
                     .hub = modules.hub,
                     .relay = modules.log_relay,
                     .scheduling = modules.scheduling,
                     .drains = modules.drains,
                     .leading = [this]() -> observability::DrainSender::Hold {
                       if (!epoch_) return {};
                       return [epoch = *epoch_](Tx& tx) { return jobs::hold_lease(tx, kLease, epoch); };
                     },
                     .changes = &modules.feed_signal}) {
  modules_.nudges.mail = [this] { mail_nudge_.notify(); };
  modules_.nudges.drains = [this] {
    drain_sender_.nudge();
    if (!leading_) modules_.nudges.publish("drains");
  };
  modules_.nudges.reconcile = [this] {
    reconcile_nudge_.notify();
    if (!leading_) modules_.nudges.publish("reconcile");
  };
  modules_.nudges.assign = [this] {
    assign_nudge_.notify();
    if (!leading_) modules_.nudges.publish("assign");
  };
}

void Tasks::start() {
  group_.spawn("tasks.lead", lead());
  group_.spawn("tasks.reconcile", reconcile());
  group_.spawn("tasks.assign", assign());
  group_.spawn("tasks.sweep", sweep());
  group_.spawn("tasks.maintain", maintain());
  group_.spawn("tasks.look", look());
  group_.spawn("tasks.seal", seal());
  group_.spawn("tasks.keep_heads", keep_heads());
  group_.spawn("tasks.mail", deliver_mail());
  group_.spawn("tasks.drains", drain_sender_.run());
  group_.spawn("fleet.maintain", modules_.hub.maintain());
  group_.spawn("feed.fanout", modules_.feed_fanout.run(modules_.feed_signal));
}

async::Task<void> Tasks::stop() {
  group_.cancel();
  co_await group_.join(base::Deadline::after(clock_, std::chrono::seconds(3)));
  co_await drain_sender_.stop();
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
      set_epoch(taken ? *taken : std::nullopt);
    } catch (const base::Failure& failure) {
      set_epoch(std::nullopt);
      logging::warn("tasks.no_lease", {{"reason", failure.what()}});
    }
    co_await async::sleep(leading_ ? base::Duration(kRenew) : base::Duration(kTry));
  }
}

void Tasks::set_epoch(std::optional<std::int64_t> epoch) {
  const bool new_leader = epoch && epoch_ != epoch;
  if (new_leader) logging::info("tasks.leading", {{"epoch", *epoch}});
  const bool over = !epoch && epoch_;
  if (over) logging::warn("tasks.not_leading", {{"epoch", *epoch_}});
  epoch_ = epoch;
  leading_ = epoch.has_value();
  if (over) drain_sender_.nudge();
  if (!new_leader) return;
  reconcile_nudge_.notify();
  assign_nudge_.notify();
  drain_sender_.nudge();
}

void Tasks::hear(const std::string& topic) {
  if (topic.empty() || topic == "reconcile") reconcile_nudge_.notify();
  if (topic.empty() || topic == "assign") assign_nudge_.notify();
  if (topic.empty() || topic == "drains") drain_sender_.nudge();
}

/// Notifications may be lost, and rows of the feed become readable after their commit: a look each second finds both.
async::Task<void> Tasks::look() {
  std::string seen;
  for (;;) {
    co_await async::sleep(kLook);
    try {
      std::string newest;
      const auto waiting = co_await pool_.transaction([&](Tx& tx) -> base::Result<std::vector<base::WorkerId>> {
        newest = feed::newest_readable(tx);
        return builds::workers_with_jobs_to_send(tx);
      });
      if (waiting) {
        for (const auto& worker : *waiting) modules_.hub.nudge(worker);
      }
      if (std::exchange(seen, newest) != newest) modules_.feed_signal.notify();
    } catch (const base::Failure& failure) {
      logging::debug("tasks.not_looked", {{"reason", failure.what()}});
    }
    modules_.log_signal.notify();
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
    const bool done = co_await as_leader("reconcile", [&](Tx& tx) {
      modules_.reconciler.reconcile(tx, id);
      base::crash_point("reconcile.before_commit");
    });
    base::crash_point("reconcile.committed");
    if (done || !epoch_) continue;
    co_await as_leader("reconcile.later",
                       [&](Tx& tx) { modules_.projects.set_next_check(tx, id, clock_.utc_now() + kAfterFailure); });
  }
  if (static_cast<int>(due.size()) == kBatch) reconcile_nudge_.notify();
}

async::Task<void> Tasks::assign() {
  for (;;) {
    int given = 0;
    co_await as_leader("assign", [&](Tx& tx) {
      given = modules_.builds.assign(tx);
      if (given > 0) base::crash_point("assign.before_commit");
    });
    if (given > 0) base::crash_point("assign.committed");
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
      // After an outage workers have results to tell first.
      if (modules_.workers.is_looking()) modules_.builds.expire(tx);
      modules_.scheduling.forget_old(tx);
    });
  }
}

/// A look that writes nothing first: at rest the log costs no commit.
async::Task<void> Tasks::seal() {
  for (;;) {
    co_await async::sleep(kSeal);
    if (!epoch_) continue;
    try {
      const auto work =
          co_await pool_.transaction([this](Tx& tx) -> base::Result<bool> { return modules_.sealer.has_work(tx); });
      if (!work || !*work) continue;
    } catch (const base::Failure& failure) {
      logging::debug("tasks.not_looked", {{"reason", failure.what()}});
      continue;
    }
    co_await as_leader("seal", [this](Tx& tx) { modules_.sealer.seal(tx); });
    base::crash_point("audit.sealed");
  }
}

/// Mails are claimed one batch at a time, so every instance may do this.
async::Task<void> Tasks::deliver_mail() {
  for (;;) {
    co_await mail_nudge_.wait(kMailLook);
    try {
      co_await modules_.courier.deliver_due();
    } catch (const base::Failure& failure) {
      logging::warn("tasks.mail_waits", {{"reason", failure.what()}});
    }
  }
}

async::Task<void> Tasks::keep_heads() {
  bool checked = false;
  for (;;) {
    co_await async::sleep(checked ? base::Duration(kKeepHeads) : base::Duration(kLook));
    // What was kept is replaced only after what it says is in the log.
    if (!checked)
      checked = co_await as_leader("check_heads",
                                   [&](Tx& tx) { modules_.note_lost_heads(tx, blocking_read_heads(heads_file_)); });
    if (!checked) continue;
    co_await as_leader("keep_heads",
                       [&](Tx& tx) { base::blocking_write_file(heads_file_, modules_.audit_log.heads(tx), 0600); });
  }
}

async::Task<void> Tasks::maintain() {
  for (;;) {
    co_await async::sleep(std::chrono::seconds(10));
    co_await as_leader("maintain", [&](Tx& tx) {
      modules_.feed.maintain(tx);
      modules_.builds.maintain_logs(tx);
      sources::forget_old_uploads(tx);
      api::forget_old_answers(tx);
      modules_.organizations.erase_due(tx);
      modules_.forget_old_sign_ins(tx);
    });
    int planned = 1;
    for (int batch = 0; planned > 0 && batch < kCollectBatches; ++batch) {
      planned = 0;
      co_await as_leader("collect", [&](Tx& tx) { planned = modules_.retention.plan(tx); });
    }
    co_await async::sleep(kMaintain);
  }
}

}  // namespace app
