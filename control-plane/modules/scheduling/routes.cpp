#include "control-plane/modules/scheduling/routes.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "control-plane/modules/scheduling/log_sources.hpp"

namespace scheduling {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::chrono::seconds kLookForReplicas{1};
/// A worker that says nothing for so long is left out of an answer that shall end.
constexpr std::chrono::seconds kReadTime{5};
constexpr std::size_t kEventBytes = 64 * 1024;
constexpr const char* kTextPath = "/api/v1/orgs/{org}/apps/{app}/logs";
constexpr const char* kStreamPath = "/api/v1/orgs/{org}/apps/{app}/logs/stream";

struct LogEvent {
  std::string replica;
  std::string text;
  std::optional<std::string> at;
  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("text", text);
    f.optional("at", at);
  }
};

struct GapEvent {
  std::string replica;
  std::uint64_t bytes{0};
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("bytes", bytes);
    f.required("text", text);
  }
};

struct NoteEvent {
  std::string replica;
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("replica", replica);
    f.required("text", text);
  }
};

/// One reader, kept by the answer's stream function.
struct Reader {
  Routes routes;
  postgres::Pool& pool;
  base::AppEnvironmentId environment;
  LogQuery query;
};

base::Result<std::vector<Replica>> replicas_of(Tx& tx, Routes& routes, base::AppEnvironmentId environment,
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

std::string plain(const LogQuery& query, const LogLine& line) {
  const bool shown = line.kind == LogLine::Kind::gap || query.shows(line.text);
  if (!shown) return {};
  return (query.timestamps && !line.time.empty() ? line.time + " " : std::string()) + line.text + "\n";
}

std::string unreachable_note(const std::string& label) {
  return "[the log of " + label + " cannot be read now]";
}

/// The answer that ends: replica after replica, as the workers send it.
async::Task<void> write_text(std::shared_ptr<Reader> reader, http::BodyWriter& writer) {
  auto replicas = co_await reader->pool.transaction(
      [&](Tx& tx) { return replicas_of(tx, reader->routes, reader->environment, reader->query); });
  if (!replicas) co_return;
  const auto& clock = reader->routes.hub.clock();
  for (auto& replica : *replicas) {
    LogSources sources(co_await boost::asio::this_coro::executor, reader->routes.hub, reader->query);
    sources.open({replica}, /*follow=*/false);
    for (auto until = clock.steady_now() + kReadTime; !writer.closed() && clock.steady_now() < until;) {
      std::string text;
      for (const auto& piece : sources.take()) {
        for (const auto& line : piece.lines) text += plain(reader->query, line);
        until = clock.steady_now() + kReadTime;
      }
      for (const auto& label : sources.take_unreachable()) text += unreachable_note(label) + "\n";
      const bool ended = sources.all_ended();
      if (!text.empty() && !co_await writer.write(std::move(text))) co_return;
      if (ended) break;
      co_await sources.wait(std::chrono::milliseconds(500));
    }
  }
}

using Positions = std::map<std::string, std::uint64_t>;

/// Lines that stand together become one event; each gap is one of its own. Each event's id says where to go on behind
/// it: `shown` is moved along.
std::string events(const LogQuery& query, const LogSources::Piece& piece, Positions& shown) {
  std::string text;
  LogEvent event{.replica = piece.label, .text = {}, .at = {}};
  const auto flush = [&] {
    if (!event.text.empty()) text += http::sse_event("log", json::encode(event), write_positions(shown));
    event.text.clear();
    event.at.reset();
  };
  for (const auto& line : piece.lines) {
    if (line.kind == LogLine::Kind::gap) flush();
    if (line.next) shown[piece.replica] = *line.next;
    if (line.kind == LogLine::Kind::gap) {
      const GapEvent gap{piece.label, line.bytes, line.text};
      text += http::sse_event("gap", json::encode(gap), write_positions(shown));
      continue;
    }
    if (!event.at && !line.time.empty()) event.at = line.time;
    event.text += plain(query, line);
    if (event.text.size() > kEventBytes) flush();
  }
  flush();
  return text;
}

/// Replicas that come while it goes on are taken in.
async::Task<void> follow(std::shared_ptr<Reader> reader, http::BodyWriter& writer) {
  LogSources sources(co_await boost::asio::this_coro::executor, reader->routes.hub, reader->query);
  const auto& clock = reader->routes.hub.clock();
  auto look_at = clock.steady_now();
  auto spoke_at = clock.steady_now();
  Positions shown = reader->query.positions;
  while (!writer.closed()) {
    if (clock.steady_now() >= look_at) {
      auto replicas = co_await reader->routes.replica_lists->get(clock, reader->pool, reader->environment, [&](Tx& tx) {
        return replicas_of(tx, reader->routes, reader->environment, reader->query);
      });
      if (replicas) sources.open(*replicas, /*follow=*/true);
      look_at = clock.steady_now() + kLookForReplicas;
    }
    std::string text;
    for (const auto& piece : sources.take()) text += events(reader->query, piece, shown);
    for (const auto& label : sources.take_unreachable()) {
      text += http::sse_event("note", json::encode(NoteEvent{label, unreachable_note(label)}));
    }
    if (auto positions = sources.positions(); positions != shown) {
      // Behind what was filtered out, or at a log that is silent: known all the same.
      shown = std::move(positions);
      text += http::sse_event("place", "{}", write_positions(shown));
    }
    if (text.empty() && clock.steady_now() - spoke_at >= kHeartbeat) text = http::sse_heartbeat();
    if (!text.empty()) {
      if (!co_await writer.write(std::move(text))) co_return;
      spoke_at = clock.steady_now();
      continue;
    }
    co_await sources.wait(kLookForReplicas);
  }
}

async::Task<http::Response> answer(Routes* routes, api::Api* api, http::Request request, bool live) {
  auto input = co_await api->admit(request, auth::Permission::log_read);
  if (!input) co_return http::problem(input.error(), request.request_id);
  if (const auto last = request.header("Last-Event-ID")) input->query["cursor"] = std::string(*last);
  auto query = read_log_query(*input, api->clock().utc_now());
  if (!query) co_return http::problem(query.error(), request.request_id);
  auto reader = co_await api->pool().transaction([&](Tx& tx) -> base::Result<std::shared_ptr<Reader>> {
    TRY_ASSIGN(const auto env, routes->projects.find(tx, input->organization(), input->param("app")));
    TRY_CHECK(replicas_of(tx, *routes, env.id, *query));
    return std::make_shared<Reader>(Reader{*routes, api->pool(), env.id, *std::move(query)});
  });
  if (!reader) co_return http::problem(reader.error(), request.request_id);
  if (live) {
    co_return http::event_stream([kept = *reader](http::BodyWriter& writer) { return follow(kept, writer); });
  }
  auto response = http::text_response(200, "");
  response.stream = [kept = *reader](http::BodyWriter& writer) { return write_text(kept, writer); };
  if ((*reader)->query.download) {
    response.set_header("Content-Disposition", "attachment; filename=\"" + input->param("app") + ".log\"");
  }
  co_return response;
}

void describe(http::Route& route) {
  route.tag("logs")
      .permission(auth::to_string(auth::Permission::log_read))
      .query_parameter("tail", "How many last lines of each replica, or all; by default 200, with since all")
      .query_parameter("since", "Only what was printed since: a span like 10m or 2h, or a time")
      .query_parameter("replica", "Only this replica: its index, its id, or index@worker")
      .query_parameter("grep", "Only lines that contain this text")
      .query_parameter("timestamps", "true: each line begins with its time")
      .errors({base::ErrorKind::not_found, base::ErrorKind::invalid});
}

}  // namespace

async::Task<base::Result<std::vector<Replica>>> ReplicaLists::get(const base::Clock& clock, postgres::Pool& pool,
                                                                  base::AppEnvironmentId environment, Read read) {
  const auto now = clock.steady_now();
  const auto known = lists_.with([&](Lists& lists) -> std::optional<std::vector<Replica>> {
    std::erase_if(lists, [&](const auto& entry) { return now - entry.second.at > kFresh; });
    const auto found = lists.find(environment);
    return found == lists.end() ? std::nullopt : std::optional(found->second.replicas);
  });
  if (known) co_return *known;
  auto replicas = co_await pool.transaction(read);
  if (replicas) lists_.with([&](Lists& lists) { lists[environment] = List{now, *replicas}; });
  co_return replicas;
}

void Routes::add(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  describe(api.routes()
               .add(http::Method::get, kTextPath,
                    [self, to](http::Request request) { return answer(self, to, std::move(request), false); })
               .summary("What an app's replicas printed; what is left out is said in brackets")
               .query_parameter("download", "true: as a file"));
  describe(api.routes()
               .add(http::Method::get, kStreamPath,
                    [self, to](http::Request request) { return answer(self, to, std::move(request), true); })
               .summary("What an app's replicas print, as it happens (server-sent events; resume with Last-Event-ID)")
               .query_parameter("cursor", "Go on behind this event id"));
}

}  // namespace scheduling
