#include "control-plane/modules/builds/routes.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

namespace builds {
namespace {

constexpr std::size_t kSlice = 256 * 1024;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 20U;
constexpr std::int64_t kFurthest = std::int64_t{1} << 50U;
constexpr std::int64_t kMostLines = 100'000;
constexpr std::chrono::seconds kHeartbeat{15};
constexpr const char* kTextPath = "/api/v1/orgs/{org}/deployments/{deployment}/log";
constexpr const char* kStreamPath = "/api/v1/orgs/{org}/deployments/{deployment}/log/stream";

struct LogEvent {
  std::uint64_t offset{0};
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("offset", offset);
    f.required("text", text);
  }
};

struct EndEvent {
  std::string state;
  template <class F>
  void map(F& f) {
    f.required("state", state);
  }
};

/// How many bytes at the end belong to a UTF-8 character that is not whole yet.
std::size_t incomplete_tail(std::string_view bytes) {
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const auto c = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((c & 0xc0U) == 0x80U) continue;
    const std::size_t length = c >= 0xf0U ? 4 : c >= 0xe0U ? 3 : c >= 0xc0U ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

base::Result<base::DeploymentId> owned(Tx& tx, Service& builds, const api::Input& input) {
  const auto id = base::DeploymentId::parse(input.param("deployment"));
  if (!id || !builds.owns(tx, input.organization(), *id))
    return base::not_found("deployment.not_found", "The deployment");
  return *id;
}

/// Where to begin: `offset`, or of `tail` and `since` the later.
base::Result<std::uint64_t> first_offset(Tx& tx, Routes& routes, const api::Input& input, base::DeploymentId id,
                                         base::UtcTime now) {
  if (!input.query.contains("tail") && !input.query.contains("since")) {
    TRY_ASSIGN(const auto offset, input.integer("offset", 0, 0, kFurthest));
    return static_cast<std::uint64_t>(offset);
  }
  std::uint64_t first = 0;
  if (input.query.contains("tail")) {
    TRY_ASSIGN(const auto lines, input.integer("tail", 0, 0, kMostLines));
    first = routes.builds.offset_of_last(tx, id, lines);
  }
  if (const auto since = input.query.find("since"); since != input.query.end()) {
    TRY_ASSIGN(const auto time, api::read_since(since->second, now));
    first = std::max(first, routes.builds.offset_since(tx, id, time));
  }
  return first;
}

async::Task<http::Response> answer_text(Routes* routes, api::Api* api, api::Input input) {
  auto slice = co_await api->transaction(input, [&](Tx& tx) -> base::Result<LogSlice> {
    TRY_ASSIGN(const auto id, owned(tx, routes->builds, input));
    TRY_ASSIGN(const auto offset, first_offset(tx, *routes, input, id, api->clock().utc_now()));
    TRY_ASSIGN(const auto limit, input.integer("limit", kMostBytes, 1, kMostBytes));
    return routes->builds.read_log(tx, id, offset, static_cast<std::size_t>(limit));
  });
  if (!slice) co_return http::problem(slice.error(), input.request_id);
  auto response = http::text_response(200, std::move(slice->bytes));
  response.set_header("X-WH-Next-Offset", std::to_string(slice->next_offset));
  response.set_header("X-WH-Complete", slice->complete ? "true" : "false");
  co_return response;
}

struct Reader {
  Routes& routes;
  postgres::Pool& pool;
  base::DeploymentId deployment;
  std::uint64_t offset{0};
};

async::Task<void> follow(std::shared_ptr<Reader> reader, http::BodyWriter& writer) {
  const auto nudge = reader->routes.log_signal.subscribe(co_await boost::asio::this_coro::executor);
  while (!writer.closed()) {
    const auto wakes = reader->routes.log_signal.count();
    auto shared = co_await reader->routes.shared->read(
        reader->pool, reader->deployment, reader->offset, wakes, [&](Tx& tx, std::uint64_t offset) {
          return SharedLogs::Slice{reader->routes.builds.read_log(tx, reader->deployment, offset, kSlice),
                                   reader->routes.builds.deployment_state(tx, reader->deployment)};
        });
    if (!shared) co_return;
    auto* const slice = &shared->log;
    const auto tail = slice->complete ? 0 : incomplete_tail(slice->bytes);
    slice->bytes.resize(slice->bytes.size() - tail);
    if (!slice->bytes.empty()) {
      const LogEvent event{reader->offset, slice->bytes};
      reader->offset += slice->bytes.size();
      if (!co_await writer.write(http::sse_event("log", json::encode(event), std::to_string(reader->offset))))
        co_return;
      if (!slice->complete) continue;
    }
    if (slice->complete) {
      co_await writer.write(http::sse_event("end", json::encode(EndEvent{shared->state})));
      co_return;
    }
    const bool woken = co_await nudge->wait(kHeartbeat);
    if (!woken && !co_await writer.write(http::sse_heartbeat())) co_return;
  }
}

async::Task<http::Response> answer_stream(Routes* routes, api::Api* api, api::Input input, http::Request request) {
  if (const auto last = request.header("Last-Event-ID")) {
    input.query["offset"] = std::string(*last);
    input.query.erase("tail");
    input.query.erase("since");
  }
  auto reader = co_await api->transaction(input, [&](Tx& tx) -> base::Result<std::shared_ptr<Reader>> {
    TRY_ASSIGN(const auto id, owned(tx, routes->builds, input));
    TRY_ASSIGN(const auto offset, first_offset(tx, *routes, input, id, api->clock().utc_now()));
    return std::make_shared<Reader>(Reader{*routes, api->pool(), id, offset});
  });
  if (!reader) co_return http::problem(reader.error(), input.request_id);
  co_return http::event_stream([kept = *reader](http::BodyWriter& writer) { return follow(kept, writer); });
}

}  // namespace

void Routes::add(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  api.handle(http::Method::get, kTextPath, auth::Permission::log_read,
             [self, to](api::Input input, http::Request) { return answer_text(self, to, std::move(input)); })
      .summary("The build log's bytes from an offset; X-WH-Next-Offset says where to read on")
      .tag("logs")
      .query_parameter("offset", "Begin at this byte, by default 0")
      .query_parameter("tail", "Begin with so many last lines")
      .query_parameter("since", "Begin with what was stored since: a span like 10m or 2h, or a time")
      .query_parameter("limit", "At most so many bytes, up to 1 MiB")
      .errors({base::ErrorKind::not_found});
  api.handle(http::Method::get, kStreamPath, auth::Permission::log_read,
             [self, to](api::Input input, http::Request request) {
               return answer_stream(self, to, std::move(input), std::move(request));
             })
      .summary("The build log as it grows (server-sent events; resume with Last-Event-ID)")
      .tag("logs")
      .query_parameter("offset", "Begin at this byte, by default 0")
      .query_parameter("tail", "Begin with so many last lines")
      .query_parameter("since", "Begin with what was stored since: a span like 10m or 2h, or a time")
      .errors({base::ErrorKind::not_found});
}

}  // namespace builds
