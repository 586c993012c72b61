#include "control-plane/modules/scheduling/log_sources.hpp"

#include <algorithm>
#include <utility>

namespace scheduling {
namespace {

constexpr std::chrono::seconds kRetry{1};

}  // namespace

std::string unreachable_note(const std::string& label, bool rest) {
  return (rest ? "[the rest of the log of " : "[the log of ") + label + " cannot be read now]";
}

/// What one worker sends, kept until the reader takes it. Written on the connection's thread.
class LogSources::Tail final : public fleet::LogTail {
 public:
  explicit Tail(std::shared_ptr<async::Nudge> news) : news_(std::move(news)) {}
  void bytes(std::string_view data) override {
    state_.with([&](State& state) { state.bytes += data; });
    news_->notify();
  }
  void closed(End end) override {
    state_.with([&](State& state) { state.end = end; });
    news_->notify();
  }
  struct State {
    std::string bytes;
    std::optional<End> end;
  };
  State take() {
    return state_.with([](State& state) { return State{std::exchange(state.bytes, {}), state.end}; });
  }

 private:
  std::shared_ptr<async::Nudge> news_;
  base::Guarded<State> state_;
};

LogSources::LogSources(boost::asio::any_io_executor executor, fleet::Hub& hub, fleet::LogRelay& relay,
                       const LogQuery& query, base::Duration patience)
    : hub_(hub),
      relay_(relay),
      executor_(executor),
      remotes_(executor),
      query_(query),
      patience_(patience),
      resumed_(!query.positions.empty()),
      news_(std::make_shared<async::Nudge>(std::move(executor))) {}

LogSources::~LogSources() {
  for (auto& [id, source] : sources_) {
    if (source.tail) close_source(source);
  }
}

void LogSources::close_source(Source& source) {
  if (source.remote) {
    source.remote->close();
  } else {
    hub_.close_tail(source.worker, source.stream);
  }
  source.tail.reset();
  source.remote.reset();
}

void LogSources::open_source(base::ReplicaId replica, Source& source, bool follow) {
  fleet::LogRange range;
  range.follow = follow;
  range.from = source.position;
  if (!source.position && source.initial) {
    range.last_lines = query_.range.last_lines;
    range.since = query_.range.since;
  }
  source.tail = std::make_shared<Tail>(news_);
  source.stream = base::StreamId::make(hub_.clock());
  source.lines = {};
  source.heard = false;
  source.heard_at = hub_.clock().steady_now();
  if (hub_.open_tail(source.worker, source.stream, replica, range, source.tail)) return;
  if (source.heard_at < source.elsewhere_at) {
    source.tail.reset();
    source.retry_at = source.heard_at + kRetry;
    return;
  }
  source.elsewhere_at = source.heard_at + patience_;
  source.remote = std::make_shared<fleet::RemoteTail>(executor_);
  remotes_.spawn("logs.relay", relay_.read(source.worker, replica, range, source.remote, source.tail));
}

void LogSources::tell_unreachable(Source& source) {
  if (std::exchange(source.told, true)) return;
  unreachable_.push_back({source.label, unreachable_note(source.label, !follow_ && source.heard)});
}

void LogSources::open(const std::vector<Replica>& replicas, bool follow) {
  const auto now = hub_.clock().steady_now();
  follow_ = follow;
  for (const auto& replica : replicas) {
    if (!query_.wants(replica)) continue;
    const bool is_new = !sources_.contains(replica.id);
    auto& source = sources_[replica.id];
    if (is_new) {
      source.worker = replica.worker;
      source.label = log_label(replica);
      source.initial = first_ && !resumed_;
      const auto known = query_.positions.find(replica.id.to_string());
      if (known != query_.positions.end()) source.position = known->second;
    }
    if (!source.tail && !source.ended && now >= source.retry_at) open_source(replica.id, source, follow);
  }
  first_ = false;
}

void LogSources::grant(Source& source, std::uint64_t bytes) {
  if (source.remote) {
    source.remote->grant(bytes);
  } else {
    hub_.grant_tail(source.worker, source.stream, bytes);
  }
}

std::vector<LogSources::Piece> LogSources::take() {
  std::vector<Piece> pieces;
  for (auto& [id, source] : sources_) {
    if (!source.tail) continue;
    const auto taken = source.tail->take();
    if (!taken.bytes.empty()) {
      pieces.push_back({id.to_string(), source.label, source.lines.feed(taken.bytes)});
      if (source.lines.position()) source.position = source.lines.position();
      source.told = false;
      source.heard = true;
      source.heard_at = hub_.clock().steady_now();
      if (!taken.end) grant(source, taken.bytes.size());
    }
    if (!taken.end) continue;
    source.tail.reset();
    source.remote.reset();
    // An answer that ends does not wait for a worker to come back.
    const bool lost = *taken.end == fleet::LogTail::End::lost;
    const bool complete = *taken.end == fleet::LogTail::End::complete;
    source.ended = complete || !follow_;
    source.retry_at = hub_.clock().steady_now() + (lost ? base::Duration(kRetry) : patience_);
    if (!complete && !(lost && follow_ && source.heard)) tell_unreachable(source);
  }
  return pieces;
}

std::map<std::string, std::uint64_t> LogSources::positions() const {
  auto positions = query_.positions;
  for (const auto& [id, source] : sources_) {
    if (source.position) positions[id.to_string()] = *source.position;
  }
  return positions;
}

bool LogSources::all_ended() const {
  return std::ranges::all_of(sources_, [](const auto& entry) { return entry.second.ended; });
}

bool LogSources::has_ended(base::ReplicaId replica) const {
  const auto found = sources_.find(replica);
  return found != sources_.end() && found->second.ended;
}

void LogSources::forget(base::ReplicaId replica) {
  query_.positions.erase(replica.to_string());
  const auto found = sources_.find(replica);
  if (found == sources_.end()) return;
  if (found->second.tail) close_source(found->second);
  sources_.erase(found);
}

void LogSources::look_for_silence() {
  const auto now = hub_.clock().steady_now();
  for (auto& [id, source] : sources_) {
    if (!source.tail || now - source.heard_at < patience_ || (follow_ && source.heard)) continue;
    tell_unreachable(source);
    if (follow_) continue;
    close_source(source);
    source.ended = was_silent_ = true;
  }
}

std::vector<LogNote> LogSources::take_unreachable() {
  look_for_silence();
  return std::exchange(unreachable_, {});
}

}  // namespace scheduling
