// A replica's container while it runs, and how it ends.

#include <algorithm>
#include <utility>

#include "common/async/timer.hpp"
#include "common/base/crash_point.hpp"
#include "common/log/log.hpp"
#include "worker-agent/replicas/replica.hpp"

namespace replicas {
namespace {

constexpr base::Duration kExitNoted = std::chrono::seconds(10);

}  // namespace

async::Task<void> Replica::wait_for_exit(std::shared_ptr<Replica> self, std::shared_ptr<ProcessWatch> watch) {
  co_await watch->ended();
  self->out_of_memory_ = blocking_memory_kills(self->around_.setup.cgroup_parent, self->container_) > 0;
  self->exited_ = true;
  self->nudge_.notify();
}

async::Task<void> Replica::probe_once(std::shared_ptr<Replica> self) {
  self->probe_result_ =
      co_await probe(self->around_.executor, self->object_.health, self->object_.publish, self->around_.clock);
  self->probing_ = false;
  self->nudge_.notify();
}

async::Task<void> Replica::watch() {
  next_probe_ = around_.clock.steady_now();
  for (;;) {
    if (end_asked_) co_return co_await stop_container();
    if (exited_) co_return co_await note_exit();
    const auto now = around_.clock.steady_now();
    step_health(now);
    if (grace_is_over(health_, running_for(), object_.health)) co_return co_await give_up();
    const auto until_probe =
        probing_ ? std::chrono::seconds(1) : base::Duration(next_probe_ - around_.clock.steady_now());
    co_await nudge_.wait(
        std::clamp<base::Duration>(until_probe, std::chrono::milliseconds(1), std::chrono::seconds(1)));
  }
}

void Replica::step_health(base::SteadyTime now) {
  if (probe_result_) {
    const auto result = *std::exchange(probe_result_, std::nullopt);
    ++probes_done_;
    health_ = after_probe(health_, result.answered, object_.health);
    if (!result.answered) last_failure_ = result.why;
    if (health_.health == Health::healthy) failures_ = running_for() >= kWellAfter ? 0 : failures_;
    tell_health();
    if (health_.health == Health::healthy && probes_done_ <= 2) base::crash_point("replica.healthy");
    next_probe_ = now + std::chrono::duration_cast<base::SteadyTime::duration>(
                            probe_delay(health_, probes_done_, running_for(), object_.health));
  }
  if (!probing_ && now >= next_probe_) begin_probe();
}

void Replica::begin_probe() {
  probing_ = true;
  watchers_->spawn("replica.probe", probe_once(shared_from_this()));
}

async::Task<void> Replica::look_at_disk(std::shared_ptr<Replica> self, std::size_t& entries) {
  const auto layer = self->layer_;
  if (!self->is_running() || !layer || !self->object_.limits.disk_bytes) co_return;
  const auto looked = co_await self->around_.pool.run([layer, left = entries]() mutable {
    const auto bytes = layer->blocking_step(left);
    return std::pair(bytes, left);
  });
  entries = looked.second;
  // Meanwhile its container may have gone, and its limit may be another.
  if (self->is_running() && layer == self->layer_ && looked.first) self->note_disk(*looked.first);
}

void Replica::note_disk(std::uint64_t bytes) {
  const auto most = object_.limits.disk_bytes;
  if (!most || (bytes > *most) == !disk_words_.empty()) return;
  disk_words_ = bytes > *most ? describe_disk(bytes, *most) : "";
  logging::info(disk_words_.empty() ? "replica.disk_within" : "replica.disk_over",
                {{"replica", object_.replica_id.to_string()}, {"bytes", bytes}, {"limit", *most}});
  tell_health();
}

void Replica::tell_health() {
  set("running", health_.health, health_.health == Health::unhealthy ? "the app " + last_failure_ : disk_words_);
}

async::Task<void> Replica::stop_container() {
  set("stopping", health_.health);
  const auto asked = co_await around_.podman.ask_to_stop(container_, soon());
  base::crash_point("replica.terminated");
  const auto until = around_.clock.steady_now() + std::chrono::seconds(object_.stop_grace_s);
  while (asked && !exited_ && around_.clock.steady_now() < until) {
    co_await nudge_.wait(std::min<base::Duration>(until - around_.clock.steady_now(), std::chrono::seconds(1)));
  }
  leaves_something_ = true;
  const auto removed = co_await around_.podman.remove(container_, soon());
  if (!removed) {
    logging::warn("replica.not_removed",
                  {{"replica", object_.replica_id.to_string()}, {"reason", removed.error().message}});
    co_return;  // the next tick finds the container and removes it
  }
  base::crash_point("replica.removed");
  note_stopped();
}

async::Task<void> Replica::note_exit() {
  // conmon tells Podman a few milliseconds after the process has ended.
  const auto until = base::Deadline::after(around_.clock, kExitNoted);
  auto info = co_await around_.podman.inspect(container_, soon());
  while (info && info->status == runtime::ContainerStatus::running && !until.passed(around_.clock)) {
    co_await async::sleep(std::chrono::milliseconds(20));
    info = co_await around_.podman.inspect(container_, soon());
  }
  if (!info && info.error().code == "podman.not_found") {
    co_return fail("the container was removed, by somebody else", std::nullopt, cause::kKilled);
  }
  if (!info || info->status != runtime::ContainerStatus::exited) {
    co_return fail("the container was killed together with what watches it", std::nullopt, cause::kKilled);
  }
  const bool out_of_memory = info->exit_code != 0 && (out_of_memory_ || info->out_of_memory);
  const auto words = "the app " + describe_exit(info->exit_code, out_of_memory, object_.limits.memory_bytes);
  fail(with_last_lines(words, last_lines()), info->exit_code, cause_of_exit(info->exit_code, out_of_memory));
}

async::Task<void> Replica::give_up() {
  auto reason = "the app " + (last_failure_.empty() ? std::string("did not answer") : last_failure_) + " on port " +
                std::to_string(object_.port) + " within " + std::to_string(object_.health.grace_s) + " s";
  const auto container = container_;
  fail(with_last_lines(std::move(reason), last_lines()), std::nullopt, cause::kHealth);
  leaves_something_ = true;
  // What is left when this fails is found, and replaced, by the next tick.
  co_await around_.podman.remove(container, soon());
}

}  // namespace replicas
