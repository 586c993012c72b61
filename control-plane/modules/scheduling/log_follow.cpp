#include "control-plane/modules/scheduling/log_follow.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <set>

#include "common/async/task_group.hpp"

namespace scheduling {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::chrono::seconds kLookForReplicas{1};
constexpr std::chrono::milliseconds kLook{500};

/// What there is to be said of these sources now, for an answer that ends.
std::string text_of(const LogQuery& query, LogSources& sources) {
  std::string text;
  for (const auto& piece : sources.take()) {
    for (const auto& line : piece.lines) text += plain_line(query, line);
  }
  for (const auto& note : sources.take_unreachable()) text += note.text + "\n";
  return text;
}

std::vector<LogEvent> news_of(const LogQuery& query, LogSources& sources, LogPositions& shown) {
  std::vector<LogEvent> news;
  for (const auto& piece : sources.take()) std::ranges::move(log_events(query, piece, shown), std::back_inserter(news));
  for (const auto& note : sources.take_unreachable()) news.push_back(note_event(note));
  if (auto positions = sources.positions(); positions != shown) {
    // Behind what was filtered out, or at a log that is silent: known all the same.
    shown = std::move(positions);
    news.push_back(place_event(shown));
  }
  return news;
}

class EventStream final : public LogOutlet {
 public:
  explicit EventStream(http::BodyWriter& writer) : writer_(writer) {}
  async::Task<bool> tell(std::vector<LogEvent> events) override {
    std::string text;
    for (const auto& event : events) text += as_server_sent(event);
    co_return (co_await writer_.write(std::move(text))).has_value();
  }
  async::Task<bool> heartbeat() override { co_return (co_await writer_.write(http::sse_heartbeat())).has_value(); }
  bool closed() const override { return writer_.closed(); }

 private:
  http::BodyWriter& writer_;
};

class Socket final : public LogOutlet {
 public:
  explicit Socket(std::shared_ptr<async::MessageTransport> transport) : transport_(std::move(transport)) {}
  async::Task<bool> tell(std::vector<LogEvent> events) override {
    for (const auto& event : events) {
      auto message = as_message(event);
      if (!co_await transport_->send_text(std::move(message))) co_return false;
    }
    co_return true;
  }
  async::Task<bool> heartbeat() override {
    std::vector<LogEvent> events{{"heartbeat", "{}", {}}};
    return tell(std::move(events));
  }
  bool closed() const override { return closed_; }
  /// Nothing is expected of a reader; its pings are answered, and its going is heard.
  static async::Task<void> listen(std::shared_ptr<Socket> self) {
    while (co_await self->transport_->receive()) {
    }
    self->closed_ = true;
  }

 private:
  std::shared_ptr<async::MessageTransport> transport_;
  bool closed_{false};
};

}  // namespace

base::Result<std::vector<Replica>> replicas_to_read(Tx& tx, Routes& routes, base::AppEnvironmentId environment,
                                                    const LogQuery& query) {
  auto found = routes.scheduling.of_environment(tx, environment);
  // One that is no longer placed can still be asked for by its id.
  const auto asked = base::ReplicaId::parse(query.replica);
  if (!asked || std::ranges::any_of(found, [&](const auto& replica) { return replica.id == *asked; })) return found;
  auto gone = routes.scheduling.find(tx, *asked);
  if (!gone || gone->app_environment != environment) return base::not_found("replica.not_found", "The replica");
  found.push_back(*std::move(gone));
  return found;
}

async::Task<void> write_log(std::shared_ptr<LogReader> reader, http::BodyWriter& writer) {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::set<base::WorkerId> silent;
  for (const auto& replica : reader->replicas) {
    if (!reader->query.wants(replica)) continue;
    if (silent.contains(replica.worker)) {
      if (!co_await writer.write(unreachable_note(log_label(replica)) + "\n")) co_return;
      continue;
    }
    LogSources sources(executor, reader->routes.hub, reader->routes.relay, reader->query,
                       reader->routes.worker_patience);
    const std::vector<Replica> one{replica};
    sources.open(one, /*follow=*/false);
    for (bool ended = false; !ended && !writer.closed();) {
      auto text = text_of(reader->query, sources);
      ended = sources.all_ended();
      if (!text.empty() && !co_await writer.write(std::move(text))) co_return;
      if (!ended) co_await sources.wait(kLook);
    }
    if (sources.was_silent()) silent.insert(replica.worker);
  }
}

async::Task<void> follow_log(std::shared_ptr<LogReader> reader, LogOutlet& outlet) {
  LogSources sources(co_await boost::asio::this_coro::executor, reader->routes.hub, reader->routes.relay, reader->query,
                     reader->routes.worker_patience);
  sources.open(reader->replicas, /*follow=*/true);
  const auto& clock = reader->routes.hub.clock();
  auto look_at = clock.steady_now() + kLookForReplicas;
  auto spoke_at = clock.steady_now();
  LogPositions shown = reader->query.positions;
  while (!outlet.closed()) {
    if (clock.steady_now() >= look_at) {
      auto replicas = co_await reader->routes.replica_lists->get(clock, reader->pool, reader->environment, [&](Tx& tx) {
        return replicas_to_read(tx, reader->routes, reader->environment, reader->query);
      });
      if (replicas) sources.open(*replicas, /*follow=*/true);
      look_at = clock.steady_now() + kLookForReplicas;
    }
    auto news = news_of(reader->query, sources, shown);
    if (!news.empty()) {
      if (!co_await outlet.tell(std::move(news))) co_return;
      spoke_at = clock.steady_now();
      continue;
    }
    if (clock.steady_now() - spoke_at >= kHeartbeat) {
      if (!co_await outlet.heartbeat()) co_return;
      spoke_at = clock.steady_now();
    }
    co_await sources.wait(kLookForReplicas);
  }
}

async::Task<void> follow_log_events(std::shared_ptr<LogReader> reader, http::BodyWriter& writer) {
  EventStream stream(writer);
  co_await follow_log(std::move(reader), stream);
}

async::Task<void> follow_log_socket(std::shared_ptr<LogReader> reader, http::Upgrade& upgrade) {
  auto accepted = co_await upgrade.accept();
  if (!accepted) co_return;
  const std::shared_ptr<async::MessageTransport> transport = *std::move(accepted);
  const auto socket = std::make_shared<Socket>(transport);
  async::TaskGroup listener(transport->executor());
  listener.spawn("logs.socket", Socket::listen(socket));
  co_await follow_log(reader, *socket);
  transport->abort();
  co_await listener.join(base::Deadline::after(reader->routes.hub.clock(), std::chrono::seconds(2)));
}

}  // namespace scheduling
