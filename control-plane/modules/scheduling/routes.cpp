#include "control-plane/modules/scheduling/routes.hpp"

#include <boost/asio/this_coro.hpp>
#include <deque>

#include "common/async/nudge.hpp"
#include "common/base/guarded.hpp"

namespace scheduling {
namespace {

constexpr std::size_t kQueueBytes = std::size_t{1} << 20U;
constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::chrono::seconds kReadTime{5};
constexpr const char* kTextPath = "/api/v1/orgs/{org}/apps/{app}/logs";
constexpr const char* kStreamPath = "/api/v1/orgs/{org}/apps/{app}/logs/stream";

struct LogEvent {
  std::string replica;
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("text", text);
  }
};

/// Collects what several replicas say until the reader takes it. Bounded: beyond 1 MiB new bytes are dropped and
/// counted.
class Collector {
 public:
  struct Piece {
    std::string replica;
    std::string text;
  };
  struct Taken {
    std::deque<Piece> pieces;
    std::size_t dropped{0};
    bool all_closed{false};
  };

  explicit Collector(boost::asio::any_io_executor executor) : nudge_(std::move(executor)) {}

  void add(const std::string& replica, std::string_view text) {
    state_.with([&](State& s) {
      if (s.bytes + text.size() > kQueueBytes) {
        s.dropped += text.size();
        return;
      }
      s.bytes += text.size();
      s.pieces.push_back(Piece{replica, std::string(text)});
    });
    nudge_.notify();
  }
  void opened() {
    state_.with([](State& s) { ++s.open; });
  }
  void closed() {
    state_.with([](State& s) { --s.open; });
    nudge_.notify();
  }
  Taken take() {
    return state_.with([](State& s) {
      s.bytes = 0;
      return Taken{std::exchange(s.pieces, {}), std::exchange(s.dropped, 0), s.open == 0};
    });
  }
  async::Task<bool> wait(base::Duration at_most) { return nudge_.wait(at_most); }

 private:
  struct State {
    std::deque<Piece> pieces;
    std::size_t bytes{0};
    std::size_t dropped{0};
    int open{0};
  };
  async::Nudge nudge_;
  base::Guarded<State> state_;
};

/// One replica's log on its way into the collector.
class ReplicaTail final : public fleet::LogTail {
 public:
  ReplicaTail(std::shared_ptr<Collector> collector, std::string replica)
      : collector_(std::move(collector)), replica_(std::move(replica)) {
    collector_->opened();
  }
  void bytes(std::string_view data) override { collector_->add(replica_, data); }
  void closed(const std::string& reason) override {
    if (!reason.empty() && !closed_) collector_->add(replica_, "[log ended: " + reason + "]\n");
    if (!std::exchange(closed_, true)) collector_->closed();
  }

 private:
  std::shared_ptr<Collector> collector_;
  std::string replica_;
  bool closed_{false};
};

/// The open tails of one reader; closes them when it goes.
class Tails {
 public:
  Tails(fleet::Hub& hub, const base::Clock& clock) : hub_(hub), clock_(clock) {}
  ~Tails() {
    for (const auto& open : open_) hub_.close_tail(open.worker, open.stream);
  }
  Tails(const Tails&) = delete;
  Tails& operator=(const Tails&) = delete;

  void open(const Replica& replica, const std::shared_ptr<Collector>& collector, int lines, bool follow) {
    auto tail = std::make_shared<ReplicaTail>(collector, std::to_string(replica.index) + "@" + replica.worker_name);
    const auto stream = base::StreamId::make(clock_);
    if (!hub_.open_tail(replica.worker, stream, replica.id, lines, follow, tail)) tail->closed("worker not connected");
    open_.push_back(Open{replica.worker, stream, std::move(tail)});
  }

 private:
  struct Open {
    base::WorkerId worker;
    base::StreamId stream;
    std::shared_ptr<ReplicaTail> tail;
  };
  fleet::Hub& hub_;
  const base::Clock& clock_;
  std::vector<Open> open_;
};

struct Wanted {
  std::vector<Replica> replicas;
  int lines{200};
};

base::Result<Wanted> wanted(Tx& tx, Routes& routes, const api::Input& input) {
  TRY_ASSIGN(const auto env, routes.projects.find(tx, input.organization(), input.param("app")));
  TRY_ASSIGN(const auto lines, input.integer("tail", 200, 0, 10'000));
  Wanted found;
  found.lines = static_cast<int>(lines);
  for (auto& replica : routes.scheduling.of_environment(tx, env.id)) {
    if (replica.desired == "running") found.replicas.push_back(std::move(replica));
  }
  return found;
}

async::Task<http::Response> answer_text(Routes* routes, api::Api* api, http::Request request) {
  const auto input = co_await api->admit(request, auth::Permission::log_read);
  if (!input) co_return http::problem(input.error(), request.request_id);
  const auto found = co_await api->pool().transaction([&](Tx& tx) { return wanted(tx, *routes, *input); });
  if (!found) co_return http::problem(found.error(), request.request_id);
  const auto collector = std::make_shared<Collector>(co_await boost::asio::this_coro::executor);
  Tails tails(routes->hub, api->clock());
  for (const auto& replica : found->replicas) tails.open(replica, collector, found->lines, /*follow=*/false);
  std::map<std::string, std::string> by_replica;
  const auto until = api->clock().steady_now() + kReadTime;
  while (api->clock().steady_now() < until) {
    auto taken = collector->take();
    for (auto& piece : taken.pieces) by_replica[piece.replica] += piece.text;
    if (taken.all_closed && taken.pieces.empty()) break;
    if (taken.pieces.empty()) co_await collector->wait(std::chrono::milliseconds(500));
  }
  std::string text;
  for (const auto& [replica, lines] : by_replica) text += lines;
  co_return http::text_response(200, std::move(text));
}

struct Reader {
  std::shared_ptr<Routes> routes;
  Wanted wanted;
  const base::Clock& clock;
};

async::Task<void> follow(std::shared_ptr<Reader> reader, http::BodyWriter& writer) {
  const auto collector = std::make_shared<Collector>(co_await boost::asio::this_coro::executor);
  Tails tails(reader->routes->hub, reader->clock);
  for (const auto& replica : reader->wanted.replicas)
    tails.open(replica, collector, reader->wanted.lines, /*follow=*/true);
  while (!writer.closed()) {
    auto taken = collector->take();
    std::string text;
    for (const auto& piece : taken.pieces)
      text += http::sse_event("log", json::encode(LogEvent{piece.replica, piece.text}));
    if (taken.dropped > 0) {
      text += http::sse_event("gap", "{\"bytes\":" + std::to_string(taken.dropped) + "}");
    }
    if (!text.empty()) {
      if (!co_await writer.write(std::move(text))) co_return;
      continue;
    }
    if (taken.all_closed) {
      co_await writer.write(http::sse_event("end", "{}"));
      co_return;
    }
    const bool woken = co_await collector->wait(kHeartbeat);
    if (!woken && !co_await writer.write(http::sse_heartbeat())) co_return;
  }
}

async::Task<http::Response> answer_stream(Routes* routes, api::Api* api, http::Request request) {
  const auto input = co_await api->admit(request, auth::Permission::log_read);
  if (!input) co_return http::problem(input.error(), request.request_id);
  auto found = co_await api->pool().transaction([&](Tx& tx) { return wanted(tx, *routes, *input); });
  if (!found) co_return http::problem(found.error(), request.request_id);
  auto reader = std::make_shared<Reader>(Reader{std::make_shared<Routes>(*routes), *std::move(found), api->clock()});
  co_return http::event_stream([reader](http::BodyWriter& writer) { return follow(reader, writer); });
}

}  // namespace

void Routes::add(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  api.routes()
      .add(http::Method::get, kTextPath,
           [self, to](http::Request request) { return answer_text(self, to, std::move(request)); })
      .summary("The last lines that an app's replicas printed")
      .tag("logs")
      .permission(auth::to_string(auth::Permission::log_read))
      .query_parameter("tail", "How many last lines of each replica, by default 200")
      .errors({base::ErrorKind::not_found});
  api.routes()
      .add(http::Method::get, kStreamPath,
           [self, to](http::Request request) { return answer_stream(self, to, std::move(request)); })
      .summary("What an app's replicas print, as it happens (server-sent events)")
      .tag("logs")
      .permission(auth::to_string(auth::Permission::log_read))
      .query_parameter("tail", "How many last lines of each replica to begin with, by default 200")
      .errors({base::ErrorKind::not_found});
}

}  // namespace scheduling
