#include "worker-agent/logs/shipper.hpp"

#include <algorithm>
#include <vector>

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "worker-agent/logs/log_line.hpp"

namespace logs {
namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::chrono::seconds kLook{5};

struct State {
  std::map<std::string, std::uint64_t> sent;
  template <class F>
  void map(F& f) {
    f.required("sent", sent);
  }
};

}  // namespace

Shipper::Shipper(DrainTools tools, Collector& collector, std::unique_ptr<Drain> drain,
                 std::function<bool(base::ReplicaId)> is_here, Options options)
    : tools_(tools),
      collector_(collector),
      drain_(std::move(drain)),
      is_here_(std::move(is_here)),
      options_(std::move(options)),
      wake_(std::make_shared<async::Nudge>(tools_.executor)) {
  blocking_load();
}

void Shipper::blocking_load() {
  std::error_code missing;
  if (!std::filesystem::exists(options_.state_file, missing)) return;
  auto state = json::decode<State>(base::blocking_read_file(options_.state_file), json::Unknown::ignore);
  // Without it everything that is kept is sent again, which is allowed.
  if (!state) logging::warn("logs.drain_state_lost", {{"file", options_.state_file.string()}});
  if (state) left_off_ = std::move(state->sent);
}

void Shipper::add(const Origin& origin) {
  auto& source = sources_[origin.replica];
  source.origin = origin;
  if (const auto before = left_off_.extract(origin.replica.to_string()); !before.empty())
    source.offset = before.mapped();
  wake_->notify();
}

async::Task<void> Shipper::run() {
  base::Duration wait = options_.retry;
  for (;;) {
    const bool good = co_await round();
    co_await save();
    if (good) {
      wait = options_.retry;
      co_await wake_->wait(unsaved_ ? base::Duration(options_.save_every) : base::Duration(kLook));
    } else {
      co_await async::sleep(wait);
      wait = std::min<base::Duration>(2 * wait, options_.retry_most);
    }
  }
}

/// Everything that is there now; false when the drain did not take it. Replicas take turns.
async::Task<bool> Shipper::round() {
  bool more = true;
  while (more) {
    more = false;
    std::vector<base::ReplicaId> replicas;
    for (const auto& [replica, source] : sources_) replicas.push_back(replica);
    for (const auto& replica : replicas) {
      const auto sent = co_await send_some(replica);
      if (!sent) {
        logging::warn("logs.not_drained", {{"replica", replica.to_string()}, {"reason", sent.error().message}});
        co_return false;
      }
      more = more || *sent;
    }
    co_await save();
  }
  co_return true;
}

/// One piece of one replica's log; whether there was something to send.
async::Task<base::Result<bool>> Shipper::send_some(base::ReplicaId replica) {
  const auto spool = collector_.spool(replica);
  auto& source = sources_.at(replica);
  if (!spool) co_return false;
  if (!source.woken) source.woken = spool->subscribe([wake = wake_] { wake->notify(); });
  const auto from = source.offset;
  if (from >= spool->end()) {
    if (!is_here_(replica) && collector_.drained(replica)) sources_.erase(replica);
    co_return false;
  }
  const Piece piece = co_await tools_.pool.run([spool, from] {
    const auto bytes = spool->read(from, kPiece);
    const auto begin = std::max(from, spool->begin());
    if (!bytes) return Piece{begin > from ? gap_line(Gap::kept, std::nullopt, begin - from) : std::string(), begin};
    const auto whole = bytes->rfind('\n');
    const auto size = whole == std::string::npos ? 0 : whole + 1;
    return Piece{bytes->substr(0, size), from + size};
  });
  if (piece.lines.empty()) co_return false;
  const auto deadline = base::Deadline::after(tools_.clock, options_.patience);
  const Origin origin = source.origin;
  CO_TRY_CHECK(co_await drain_->send(origin, piece.lines, deadline));
  sources_.at(replica).offset = piece.next;
  unsaved_ = true;
  co_return true;
}

async::Task<void> Shipper::save() {
  if (!unsaved_ || tools_.clock.steady_now() - saved_ < options_.save_every) co_return;
  State state{left_off_};
  for (const auto& [replica, source] : sources_) state.sent[replica.to_string()] = source.offset;
  try {
    co_await tools_.pool.run(
        [file = options_.state_file, text = json::encode(state)] { base::blocking_write_file(file, text, 0600); });
    unsaved_ = false;
    saved_ = tools_.clock.steady_now();
  } catch (const base::Failure& failure) {
    logging::warn("logs.drain_state_not_saved", {{"reason", failure.what()}});
    saved_ = tools_.clock.steady_now();
  }
}

}  // namespace logs
