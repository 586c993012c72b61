#include "control-plane/modules/builds/shared_logs.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace builds {
namespace {

constexpr std::size_t kKept = std::size_t{1} << 20U;
constexpr std::size_t kMostLogs = 64;
constexpr std::chrono::seconds kLongestRead{5};

}  // namespace

SharedLogs::Slice SharedLogs::slice_of(const Log& log, std::uint64_t offset) {
  Slice slice;
  slice.log.bytes = log.bytes.substr(static_cast<std::size_t>(offset - log.begin));
  slice.log.next_offset = offset + slice.log.bytes.size();
  slice.log.complete = log.complete;
  slice.state = log.state;
  return slice;
}

void SharedLogs::add(Log& log, std::uint64_t offset, const Slice& slice, std::uint64_t wakes) {
  const auto end = log.begin + log.bytes.size();
  if (slice.log.next_offset < end) return;  // an old part, read for somebody who is behind
  if (offset > end || offset < log.begin || log.bytes.empty()) {
    log.begin = offset;
    log.bytes = slice.log.bytes;
  } else {
    log.bytes.append(slice.log.bytes, static_cast<std::size_t>(end - offset));
  }
  if (log.bytes.size() > 2 * kKept) {
    const auto surplus = log.bytes.size() - kKept;
    log.bytes.erase(0, surplus);
    log.begin += surplus;
  }
  log.complete = slice.log.complete;
  log.state = slice.state;
  log.wakes = slice.log.at_end ? wakes : 0;
}

async::Task<base::Result<SharedLogs::Slice>> SharedLogs::read(postgres::Pool& pool, base::DeploymentId deployment,
                                                              std::uint64_t offset, std::uint64_t wakes, Read read) {
  const auto nudge = std::make_shared<async::Nudge>(co_await boost::asio::this_coro::executor);
  for (bool waited = false;; waited = true) {
    bool wait = false;
    const auto known = state_.with([&](State& state) -> std::optional<Slice> {
      if (!state.logs.contains(deployment) && state.logs.size() >= kMostLogs) state.logs.clear();
      Log& log = state.logs[deployment];
      const bool held = offset >= log.begin && offset <= log.begin + log.bytes.size();
      if (held && log.wakes >= wakes && log.wakes != 0) return slice_of(log, offset);
      wait = !waited && log.reading && log.reading_at >= wakes && offset >= log.begin;
      if (wait) {
        log.waiting.push_back(nudge);
      } else {
        log.reading = true;
        log.reading_at = wakes;
        ++state.reads;
      }
      return std::nullopt;
    });
    if (known) co_return *known;
    if (!wait) break;
    co_await nudge->wait(kLongestRead);
  }
  auto slice = co_await pool.transaction([&](Tx& tx) -> base::Result<Slice> { return read(tx, offset); });
  const auto waiting = state_.with([&](State& state) {
    Log& log = state.logs[deployment];
    log.reading = false;
    if (slice) add(log, offset, *slice, wakes);
    return std::exchange(log.waiting, {});
  });
  for (const auto& each : waiting) each->notify();
  co_return slice;
}

}  // namespace builds
