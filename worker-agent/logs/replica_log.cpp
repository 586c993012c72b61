#include "worker-agent/logs/replica_log.hpp"

#include <algorithm>

#include "worker-agent/logs/log_line.hpp"

namespace logs {
namespace {

constexpr std::size_t kAhead = 128 * 1024;
constexpr std::size_t kBehind = 256 * 1024;

}  // namespace

ReplicaLog::ReplicaLog(const boost::asio::any_io_executor& executor, std::shared_ptr<ReplicaSpool> spool,
                       std::uint64_t from, bool follow, std::function<bool()> goes_on)
    : spool_(std::move(spool)),
      until_(spool_->end()),
      follow_(follow),
      goes_on_(std::move(goes_on)),
      position_(from),
      text_(place_line(from)),
      grown_(std::make_shared<async::Nudge>(executor)),
      subscription_(spool_->subscribe([grown = grown_] { grown->notify(); })) {}

void ReplicaLog::fill() const {
  while (text_.size() < kBehind + kAhead) {
    const auto end = follow_ ? spool_->end() : until_;
    if (position_ >= end) return;
    auto bytes = spool_->read(position_, std::min<std::uint64_t>(end - position_, kAhead));
    if (bytes) {
      unreadable_ = false;
      position_ += bytes->size();
      text_ += *bytes;
      continue;
    }
    // Dropped before it was read. A line that was begun is ended, so that the gap stands on its own.
    const auto begin = std::max(spool_->begin(), position_);
    unreadable_ = begin == position_;
    if (unreadable_) return;
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
    text_ += gap_line(Gap::kept, std::nullopt, begin - position_) + place_line(begin);
    position_ = begin;
  }
}

std::uint64_t ReplicaLog::size() const {
  fill();
  return begin_ + text_.size();
}

bool ReplicaLog::complete() const {
  const bool more = follow_ && goes_on_();
  fill();
  return !more && position_ >= (follow_ ? spool_->end() : until_);
}

base::Result<std::string> ReplicaLog::read(std::uint64_t offset, std::size_t limit) {
  if (offset < begin_)
    return base::fail(base::ErrorKind::conflict, "log.gone", "This part of the log was sent before.");
  const auto sent = offset - begin_ > kBehind ? std::min<std::size_t>(offset - begin_ - kBehind, text_.size()) : 0;
  text_.erase(0, sent);
  begin_ += sent;
  fill();
  const auto at = offset - begin_;
  if (unreadable_ && at >= text_.size()) {
    return base::fail(base::ErrorKind::unavailable, "log.unreadable", "The log's file cannot be read.");
  }
  return at >= text_.size() ? std::string() : text_.substr(at, limit);
}

async::Task<void> ReplicaLog::wait_beyond(std::uint64_t offset, base::Duration at_most) {
  if (size() <= offset && !complete()) co_await grown_->wait(at_most);
}

ReplicaLogs::ReplicaLogs(boost::asio::any_io_executor executor, Collector& collector,
                         std::function<bool(base::ReplicaId)> is_here)
    : executor_(std::move(executor)), collector_(collector), is_here_(std::move(is_here)) {}

base::Result<std::shared_ptr<agent::StreamSource>> ReplicaLogs::open(base::ReplicaId replica,
                                                                     const agent::LogWanted& wanted) {
  if (is_here_(replica)) collector_.expect(replica);
  const auto spool = collector_.spool(replica);
  if (!spool) {
    return base::fail(base::ErrorKind::not_found, "replica.not_here", "This worker has no log of that replica.");
  }
  std::uint64_t from = spool->begin();
  if (wanted.from) {
    from = std::min(*wanted.from, spool->end());
  } else {
    if (wanted.last_lines) from = spool->last_lines(*wanted.last_lines);
    if (wanted.since) {
      std::string since;
      append_time(base::format_utc(*wanted.since), since);
      from = std::max(from, spool->first_since(since));
    }
  }
  std::shared_ptr<agent::StreamSource> source = std::make_shared<ReplicaLog>(
      executor_, spool, from, wanted.follow, [is_here = is_here_, replica, collector = &collector_] {
        return is_here(replica) || !collector->drained(replica);
      });
  return source;
}

}  // namespace logs
