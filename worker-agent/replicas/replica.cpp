#include "worker-agent/replicas/replica.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "worker-agent/logs/k8s_log.hpp"
#include "worker-agent/logs/masker.hpp"
#include "worker-agent/logs/secret_forms.hpp"
#include "worker-agent/runtime/container_spec.hpp"
#include "worker-agent/runtime/variables.hpp"

namespace replicas {
namespace {

constexpr std::size_t kLinesInReason = 20;
constexpr base::Duration kCallTimeout = std::chrono::seconds(60);

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

Replica::Replica(const Surroundings& around, AppNetworks& networks, protocol::ReplicaObject object)
    : around_(around), networks_(networks), nudge_(around.executor) {
  status_.replica_id = object.replica_id;
  status_.since = around_.clock.utc_now();
  set_object(std::move(object));
}

void Replica::set_object(protocol::ReplicaObject object) {
  object_ = std::move(object);
  spec_ = runtime::spec_sha256(object_);
  retired_ = false;
  status_.address = object_.publish.address;
  status_.port = object_.publish.port;
}

Wanted Replica::wanted() const {
  return {.id = object_.replica_id,
          .spec_sha256 = spec_,
          .run = !retired_ && object_.desired == protocol::DesiredState::running,
          .has_life = has_life_,
          .life_spec = life_spec_,
          .life_container = marks_ ? container_ : std::string(),
          .not_before = not_before_};
}

void Replica::ask_to_end() {
  end_asked_ = true;
  nudge_.notify();
}

base::Deadline Replica::soon() const {
  return base::Deadline::after(around_.clock, kCallTimeout);
}
base::Duration Replica::running_for() const {
  return around_.clock.steady_now() - started_;
}

/// Without the values of its variables: the lines go into the status, which is stored.
std::vector<std::string> Replica::last_lines() const {
  auto lines =
      logs::blocking_last_lines(runtime::container_log(around_.setup, object_.replica_id), log_start_, kLinesInReason);
  std::vector<std::string> values;
  if (object_.secrets) {
    const auto secrets = around_.open_secrets(object_.secrets->bytes);
    if (!secrets) return {};
    for (const auto& [name, value] : *secrets) {
      if (logs::worth_hiding(value, logs::Masker::kShortest)) values.push_back(value);
    }
  }
  logs::Masker masker(values);
  for (auto& line : lines) {
    std::string shown = masker.add(line);
    // The end of a line that was cut may be the beginning of a value.
    if (line.size() < logs::kLongestLastLine) shown += masker.finish();
    line = std::move(shown);
    masker.finish();
  }
  return lines;
}

void Replica::set(const char* phase, Health health, std::string reason) {
  const bool same = status_.phase == phase && status_.health == to_string(health) && status_.reason == reason &&
                    status_.container_id == container_;
  if (same) return;
  if (health == Health::healthy) status_.cause.clear();
  if (std::string_view(phase) != "failed") status_.restart_in_s.reset();
  status_.phase = phase;
  status_.health = to_string(health);
  status_.reason = std::move(reason);
  status_.container_id = container_;
  // A clock that was put back must not make news look old.
  status_.since = std::max(around_.clock.utc_now(), status_.since + std::chrono::milliseconds(1));
  around_.on_status(status_);
}

void Replica::fail(std::string reason, std::optional<int> exit_code, const char* cause) {
  const bool was_well = marks_ && running_for() >= kWellAfter;
  failures_ = was_well ? 1 : failures_ + 1;
  const auto wait = backoff(failures_);
  not_before_ = around_.clock.steady_now() + std::chrono::duration_cast<base::SteadyTime::duration>(wait);
  status_.exit_code = exit_code;
  status_.cause = cause;
  status_.restart_in_s = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(wait).count());
  logging::info("replica.failed", {{"replica", object_.replica_id.to_string()}, {"failures", failures_}});
  set("failed", Health::unhealthy, std::move(reason));
}

void Replica::note_stopped() {
  container_.clear();
  failures_ = 0;
  not_before_ = {};
  set("stopped", Health::unknown);
}

void Replica::begin_life(const Action& action) {
  has_life_ = true;
  life_spec_ = spec_;
  container_ = action.container;
  end_asked_ = exited_ = out_of_memory_ = probing_ = false;
  marks_.reset();
  health_ = {};
  probes_done_ = 0;
  probe_result_.reset();
  pulled_.reset();
  last_failure_.clear();
  layer_.reset();
  disk_words_.clear();
  // What never ran is not restarted but tried again.
  const bool ran = status_.cause != cause::kPull && status_.cause != cause::kCreate;
  const bool again = action.kind == ActionKind::restart || (failures_ > 0 && ran && action.kind != ActionKind::adopt);
  if (again) ++status_.restarts;
  watchers_ = std::make_unique<async::TaskGroup>(around_.executor);
}

async::Task<void> Replica::live(std::shared_ptr<Replica> self, Action action) {
  Replica& me = *self;
  struct End {
    Replica& replica;
    ~End() {
      replica.watchers_.reset();
      replica.marks_.reset();
      replica.has_life_ = false;
    }
  } const end{me};
  try {
    const auto up = co_await me.bring_up(std::move(action));
    if (!up) {
      me.container_.clear();
      me.fail(up.error().message, std::nullopt, cause_of(up.error()));
    } else if (me.marks_) {
      co_await me.watch();
    } else {
      co_await me.note_exit();
    }
  } catch (const base::Failure& failure) {
    me.fail(failure.what(), std::nullopt, cause::kCreate);
  }
}

async::Task<base::Result<void>> Replica::bring_up(Action action) {
  log_start_ = size_of(runtime::container_log(around_.setup, object_.replica_id));
  started_ = around_.clock.steady_now();
  if (action.kind == ActionKind::adopt) {
    // It may have been well for days: a probe that fails now is an illness, not a failed start.
    health_.ever_healthy = true;
    log_start_ = 0;
  } else {
    if (!action.container.empty()) {
      leaves_something_ = true;
      CO_TRY_CHECK(co_await around_.podman.remove(action.container, soon()));
    }
    CO_TRY_CHECK(co_await create_and_start());
  }
  // The first answer is often there before Podman has told of the process.
  if (action.kind != ActionKind::adopt) begin_probe();
  CO_TRY_ASSIGN(const auto info, co_await around_.podman.inspect(container_, soon()));
  marks_ = take_marks(info);
  if (!marks_) {
    out_of_memory_ = blocking_memory_kills(around_.setup.cgroup_parent, container_) > 0;
    co_return base::Result<void>{};
  }
  std::shared_ptr<ProcessWatch> ending = ProcessWatch::open(around_.executor, marks_->process);
  if (!ending) {
    exited_ = true;
  } else {
    watchers_->spawn("replica.exit", wait_for_exit(shared_from_this(), std::move(ending)));
  }
  status_.exit_code.reset();
  if (!info.layer.empty()) layer_ = std::make_shared<LayerSize>(info.layer);
  if (action.kind == ActionKind::adopt) {
    logging::info("replica.adopted", {{"replica", object_.replica_id.to_string()}, {"container", container_}});
    set("running", Health::unknown);
  }
  co_return base::Result<void>{};
}

/// Does not keep a replica here that is not wanted any more while its image comes; the pull itself goes on.
async::Task<base::Result<void>> Replica::pull() {
  watchers_->spawn("replica.pull", pull_once(shared_from_this()));
  while (!pulled_ && !end_asked_) co_await nudge_.wait(std::chrono::minutes(1));
  if (pulled_) co_return *pulled_;
  co_return base::fail(base::ErrorKind::conflict, "replica.ended", "it was stopped before its image was there");
}

async::Task<void> Replica::pull_once(std::shared_ptr<Replica> self) {
  self->pulled_ = co_await self->around_.images.ensure(self->object_.image);
  self->nudge_.notify();
}

async::Task<base::Result<void>> Replica::start(std::string container, const runtime::ContainerSpec& spec) {
  std::optional<runtime::HandedVariables> handed;
  if (!spec.secrets.empty()) handed.emplace(spec.variables, spec.secrets);
  co_return co_await around_.podman.start(std::move(container), soon());
}

async::Task<base::Result<void>> Replica::create_and_start() {
  CO_TRY_ASSIGN(const auto present, co_await around_.images.present(object_.image, soon()));
  if (!present) {
    set("pulling", Health::unknown);
    CO_TRY_CHECK(co_await pull());
    base::crash_point("replica.pulled");
  }
  set("starting", Health::unknown);
  CO_TRY_ASSIGN(const auto first_id, co_await networks_.ensure(object_.app_environment_id, soon()));
  base::crash_point("replica.networked");
  std::map<std::string, std::string> secrets;
  if (object_.secrets) {
    CO_TRY_ASSIGN(secrets, around_.open_secrets(object_.secrets->bytes));
  }
  CO_TRY_ASSIGN(const auto spec,
                runtime::build_container_spec(object_, std::move(secrets), around_.worker, around_.setup, first_id));
  if (std::exchange(leaves_something_, false)) co_await drop_left_behind(around_, soon());
  auto created = co_await around_.podman.create(spec, soon());
  if (!created && created.error().code == "podman.name_taken") {
    // Podman was killed when it had made no more than the layers: no list shows them, and nobody else uses this name.
    CO_TRY_CHECK(co_await around_.podman.remove(spec.name, soon()));
    created = co_await around_.podman.create(spec, soon());
  }
  CO_TRY_ASSIGN(container_, std::move(created));
  base::crash_point("replica.created");
  const auto id = container_;
  auto started = co_await start(id, spec);
  base::crash_point("replica.started");
  started_ = around_.clock.steady_now();
  if (!started) {
    leaves_something_ = true;
    co_await around_.podman.remove(id, soon());
    co_return started;
  }
  co_await networks_.hold_hardware_address(object_.app_environment_id);
  co_return base::Result<void>{};
}

}  // namespace replicas
