#include "control-plane/modules/observability/drain_sender.hpp"

#include <algorithm>
#include <set>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "control-plane/modules/observability/store.hpp"
#include "control-plane/modules/scheduling/log_sources.hpp"

namespace observability {
namespace {

constexpr std::chrono::seconds kBeginAnew{5};
constexpr std::chrono::seconds kLookForReplicas{1};  ///< at most so often, and only when something changed
constexpr std::chrono::seconds kLookAnyway{30};      ///< a word from another instance may be lost
constexpr std::chrono::seconds kWorkerPatience{5};
constexpr std::chrono::seconds kSend{30};
constexpr std::chrono::seconds kLongestPause{60};
constexpr std::chrono::milliseconds kGather{250};  ///< lines that come soon after go together
constexpr std::chrono::hours kWaitForGone{1};      ///< the rest of a replica's log whose worker is away
constexpr std::size_t kBatchBytes = std::size_t{1} << 20U;
constexpr std::size_t kLargeBatch = std::size_t{64} << 10U;
constexpr std::size_t kMostPositions = 4096;
constexpr std::size_t kLongestFailure = 300;

/// A replica whose log is read, and since when it is no longer placed.
struct Known {
  scheduling::Replica replica;
  std::optional<base::SteadyTime> left;
};
using KnownReplicas = std::map<base::ReplicaId, Known>;

DrainLines lines_of(const DrainNames& names, const Known& known, std::vector<scheduling::LogLine> lines) {
  return {.names = names,
          .replica = known.replica.id.to_string(),
          .release = known.replica.release.to_string(),
          .index = known.replica.index,
          .worker = known.replica.worker_name,
          .lines = std::move(lines)};
}

std::size_t bytes_of(const DrainLines& lines) {
  std::size_t bytes = 0;
  for (const auto& line : lines.lines) bytes += line.text.size() + line.time.size();
  return bytes;
}

}  // namespace

struct DrainSender::Line {
  Line(ActiveDrain drain_, const boost::asio::any_io_executor& executor) : drain(std::move(drain_)), stop(executor) {}
  ActiveDrain drain;
  std::vector<scheduling::Replica> replicas;  ///< that are placed now
  KnownReplicas known;
  std::string position;
  std::optional<DrainTarget> target;
  bool wanted{true};
  bool ended{false};
  async::Nudge stop;
};

DrainSender::DrainSender(Tools tools)
    : tools_(std::move(tools)),
      group_(tools_.executor),
      nudge_(tools_.changes != nullptr ? tools_.changes->subscribe(tools_.executor)
                                       : std::make_shared<async::Nudge>(tools_.executor)) {}

async::Task<void> DrainSender::run() {
  for (;;) {
    co_await look();
    co_await until_due();
  }
}

/// At rest nothing is asked; where there are drains, changes are looked at together.
async::Task<void> DrainSender::until_due() {
  const auto began = tools_.clock.steady_now();
  for (bool changed = false; !asked_.exchange(false);) {
    const base::Duration patience = changed && !lines_.empty() ? kLookForReplicas : kLookAnyway;
    const base::Duration waited = tools_.clock.steady_now() - began;
    if (waited >= patience) co_return;
    changed = co_await nudge_->wait(patience - waited) || changed;
  }
}

async::Task<void> DrainSender::stop() {
  group_.cancel();
  co_await group_.join(base::Deadline::after(tools_.clock, std::chrono::seconds(2)));
}

void DrainSender::stop_all() {
  for (auto& [id, line] : lines_) {
    line->wanted = false;
    line->stop.notify();
  }
  lines_.clear();
}

async::Task<void> DrainSender::look() {
  const auto hold = tools_.leading();
  if (!hold) {
    stop_all();
    co_return;
  }
  try {
    std::vector<ActiveDrain> active;
    std::vector<scheduling::Replica> replicas;
    const auto held = co_await tools_.pool.transaction([&](Tx& tx) -> base::Result<bool> {
      if (!hold(tx)) return false;
      active = store::active(tx);
      std::set<base::AppEnvironmentId> environments;
      for (const auto& drain : active) environments.insert(drain.app_environment);
      if (!environments.empty()) {
        replicas = tools_.scheduling.of_environments(tx, {environments.begin(), environments.end()});
      }
      return true;
    });
    if (!held || !*held) {
      stop_all();
      co_return;
    }
    adjust(active, replicas);
  } catch (const base::Failure& failure) {
    logging::debug("drains.not_looked", {{"reason", failure.what()}});
  }
}

void DrainSender::adjust(const std::vector<ActiveDrain>& active, const std::vector<scheduling::Replica>& replicas) {
  std::map<base::AppEnvironmentId, std::vector<scheduling::Replica>> placed;
  for (const auto& replica : replicas) placed[replica.app_environment].push_back(replica);
  std::set<base::Uuid> wanted;
  for (const auto& drain : active) {
    wanted.insert(drain.id);
    auto& line = lines_[drain.id];
    const bool is_new = !line || line->ended;
    if (is_new) line = std::make_shared<Line>(drain, tools_.executor);
    line->drain.names = drain.names;
    line->replicas = placed[drain.app_environment];
    if (is_new) group_.spawn("drains.deliver", deliver(line));
  }
  std::erase_if(lines_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    entry.second->wanted = false;
    entry.second->stop.notify();
    return true;
  });
}

async::Task<void> DrainSender::deliver(std::shared_ptr<Line> line) {
  try {
    if (co_await open(line)) {
      SinkTools tools{tools_.executor, tools_.clock, tools_.drains.policy(), tools_.resolve};
      co_await read_on(line, open_sink(*std::move(line->target), std::move(tools)));
    }
  } catch (const base::Failure& failure) {
    logging::warn("drains.begins_anew", {{"drain", line->drain.id.to_string()}, {"reason", failure.what()}});
  }
  if (line->wanted) co_await line->stop.wait(kBeginAnew);
  line->ended = true;
  if (line->wanted) nudge();
}

/// False when it is gone or does not open.
async::Task<bool> DrainSender::open(std::shared_ptr<Line> line) {
  const auto opened = co_await tools_.pool.transaction([&](Tx& tx) -> base::Result<bool> {
    TRY_ASSIGN(auto found, tools_.drains.open(tx, line->drain));
    if (!found) return false;
    line->target = std::move(found->target);
    line->position = std::move(found->position);
    // Replicas that left while nobody sent: the rest of their logs lies in their workers' spools.
    std::vector<base::ReplicaId> left;
    for (const auto& [id, offset] : scheduling::read_positions(line->position, kMostPositions)) {
      left.push_back(*base::ReplicaId::parse(id));
    }
    for (const auto& replica : tools_.scheduling.find_all(tx, left)) line->known[replica.id] = {replica, {}};
    return true;
  });
  if (!opened) co_await tell_failure(line, opened.error());
  co_return opened.value_or(false);
}

async::Task<void> DrainSender::read_on(std::shared_ptr<Line> line, std::shared_ptr<DrainSink> sink) {
  scheduling::LogQuery query;
  query.range.since = line->drain.created_at;
  query.positions = scheduling::read_positions(line->position, kMostPositions);
  scheduling::LogSources sources(tools_.executor, tools_.hub, tools_.relay, query, kWorkerPatience);
  while (line->wanted) {
    const auto now = tools_.clock.steady_now();
    for (auto& [id, known] : line->known) {
      if (!known.left) known.left = now;
    }
    for (const auto& replica : line->replicas) line->known[replica.id] = {replica, {}};
    std::erase_if(line->known, [&](const auto& entry) {
      const bool over =
          entry.second.left && (sources.has_ended(entry.first) || now - *entry.second.left > kWaitForGone);
      if (over) sources.forget(entry.first);
      return over;
    });
    std::vector<scheduling::Replica> replicas;
    for (const auto& [id, known] : line->known) replicas.push_back(known.replica);
    sources.open(replicas, /*follow=*/true);

    std::vector<DrainLines> batch;
    std::size_t bytes = 0;
    std::int64_t count = 0;
    for (auto& piece : sources.take()) {
      const auto known = line->known.find(*base::ReplicaId::parse(piece.replica));
      if (known == line->known.end() || piece.lines.empty()) continue;
      count += static_cast<std::int64_t>(piece.lines.size());
      batch.push_back(lines_of(line->drain.names, known->second, std::move(piece.lines)));
      bytes += bytes_of(batch.back());
    }
    static_cast<void>(sources.take_unreachable());
    auto position = scheduling::write_positions(sources.positions());
    if (position == line->position && batch.empty()) {
      co_await sources.wait(kLookForReplicas);
      continue;
    }
    if (!batch.empty() && !co_await hand_over(line, sink, std::move(batch))) co_return;
    co_await save(line, std::move(position), count);
    if (bytes < kLargeBatch) co_await line->stop.wait(kGather);
  }
}

/// Until the other side has all of it; false when the drain is no longer wanted here.
async::Task<bool> DrainSender::hand_over(std::shared_ptr<Line> line, std::shared_ptr<DrainSink> sink,
                                         std::vector<DrainLines> lines) {
  auto next = lines.begin();
  auto pause = tools_.first_pause;
  while (next != lines.end()) {
    std::vector<DrainLines> part;
    auto end = next;
    for (std::size_t bytes = 0; end != lines.end() && (part.empty() || bytes + bytes_of(*end) <= kBatchBytes); ++end) {
      bytes += bytes_of(*end);
      part.push_back(*end);
    }
    const auto sent = co_await sink->send(part, base::Deadline::after(tools_.clock, kSend));
    if (sent) {
      next = end;
      pause = tools_.first_pause;
      continue;
    }
    co_await tell_failure(line, sent.error());
    if (line->wanted) co_await line->stop.wait(jittered(pause));
    if (!line->wanted) co_return false;
    pause = std::min<base::Duration>(pause * 2, kLongestPause);
  }
  co_return true;
}

/// Where the database is away, or another instance sends by now, what was delivered may be delivered once more.
async::Task<void> DrainSender::save(std::shared_ptr<Line> line, std::string position, std::int64_t lines) {
  const auto hold = tools_.leading();
  try {
    const auto kept = co_await tools_.pool.transaction([&](Tx& tx) -> base::Result<bool> {
      return hold && hold(tx) && store::delivered(tx, line->drain.id, position, lines, tools_.drains.now());
    });
    line->wanted = line->wanted && kept.value_or(false);
    line->position = std::move(position);
  } catch (const base::Failure& failure) {
    logging::warn("drains.not_saved", {{"drain", line->drain.id.to_string()}, {"reason", failure.what()}});
  }
}

async::Task<void> DrainSender::tell_failure(std::shared_ptr<Line> line, base::Error error) {
  const auto why = error.message.substr(0, kLongestFailure);
  const auto hold = tools_.leading();
  try {
    const auto kept = co_await tools_.pool.transaction([&](Tx& tx) -> base::Result<bool> {
      return hold && hold(tx) && store::failing(tx, line->drain.id, why, tools_.drains.now());
    });
    line->wanted = line->wanted && kept.value_or(false);
  } catch (const base::Failure& failure) {
    logging::warn("drains.not_saved", {{"drain", line->drain.id.to_string()}, {"reason", failure.what()}});
  }
}

base::Duration DrainSender::jittered(base::Duration pause) {
  const auto half = pause / 2;
  return half + base::Duration(std::uniform_int_distribution<base::Duration::rep>(0, half.count())(random_));
}

}  // namespace observability
