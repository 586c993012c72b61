#include "control-plane/modules/scheduling/log_sources.hpp"

#include <algorithm>
#include <utility>

namespace scheduling {
namespace {

constexpr std::chrono::seconds kRetry{1};

}  // namespace

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

LogSources::LogSources(boost::asio::any_io_executor executor, fleet::Hub& hub, const LogQuery& query)
    : hub_(hub),
      query_(query),
      resumed_(!query.positions.empty()),
      news_(std::make_shared<async::Nudge>(std::move(executor))) {}

LogSources::~LogSources() {
  for (const auto& [id, source] : sources_) {
    if (source.tail) hub_.close_tail(source.worker, source.stream);
  }
}

void LogSources::open_source(base::ReplicaId replica, Source& source, bool follow) {
  fleet::LogRange range;
  range.follow = follow;
  range.from = source.position;
  if (!source.position && first_ && !resumed_) {
    range.last_lines = query_.range.last_lines;
    range.since = query_.range.since;
  }
  source.tail = std::make_shared<Tail>(news_);
  source.stream = base::StreamId::make(hub_.clock());
  source.lines = {};
  if (hub_.open_tail(source.worker, source.stream, replica, range, source.tail)) return;
  source.tail.reset();
  source.retry_at = hub_.clock().steady_now() + kRetry;
  if (!std::exchange(source.told, true)) unreachable_.push_back(source.label);
  source.ended = !follow;
}

void LogSources::open(const std::vector<Replica>& replicas, bool follow) {
  const auto now = hub_.clock().steady_now();
  for (const auto& replica : replicas) {
    if (!query_.wants(replica)) continue;
    const bool is_new = !sources_.contains(replica.id);
    auto& source = sources_[replica.id];
    if (is_new) {
      source.worker = replica.worker;
      source.label = log_label(replica);
      const auto known = query_.positions.find(replica.id.to_string());
      if (known != query_.positions.end()) source.position = known->second;
    }
    if (!source.tail && !source.ended && now >= source.retry_at) open_source(replica.id, source, follow);
  }
  first_ = false;
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
      if (!taken.end) hub_.grant_tail(source.worker, source.stream, taken.bytes.size());
    }
    if (!taken.end) continue;
    source.tail.reset();
    source.ended = *taken.end != fleet::LogTail::End::lost;
    source.retry_at = hub_.clock().steady_now() + kRetry;
    if (*taken.end == fleet::LogTail::End::refused && !std::exchange(source.told, true)) {
      unreachable_.push_back(source.label);
    }
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

std::vector<std::string> LogSources::take_unreachable() {
  return std::exchange(unreachable_, {});
}

}  // namespace scheduling
