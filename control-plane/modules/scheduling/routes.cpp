#include "control-plane/modules/scheduling/routes.hpp"

#include "control-plane/modules/scheduling/log_follow.hpp"

namespace scheduling {
namespace {

constexpr const char* kTextPath = "/api/v1/orgs/{org}/apps/{app}/logs";
constexpr const char* kStreamPath = "/api/v1/orgs/{org}/apps/{app}/logs/stream";
constexpr const char* kSocketPath = "/api/v1/orgs/{org}/apps/{app}/logs/socket";

/// Who reads what; all mistakes are answered before the first byte of a log.
async::Task<base::Result<std::shared_ptr<LogReader>>> reader_of(Routes* routes, api::Api* api, api::Input input) {
  CO_TRY_ASSIGN(auto query, read_log_query(input, api->clock().utc_now()));
  co_return co_await api->transaction(input, [&](Tx& tx) -> base::Result<std::shared_ptr<LogReader>> {
    TRY_ASSIGN(const auto env, routes->projects.find(tx, input.organization(), input.param("app")));
    TRY_ASSIGN(auto replicas, replicas_to_read(tx, *routes, env.id, query));
    return std::make_shared<LogReader>(LogReader{*routes, api->pool(), env.id, std::move(query), std::move(replicas)});
  });
}

async::Task<http::Response> answer(Routes* routes, api::Api* api, api::Input input, http::Request request, bool live) {
  if (const auto last = request.header("Last-Event-ID")) input.query["cursor"] = std::string(*last);
  const auto app = input.param("app");
  auto reader = co_await reader_of(routes, api, std::move(input));
  if (!reader) co_return http::problem(reader.error(), request.request_id);
  if (live) {
    co_return http::event_stream(
        [kept = *reader](http::BodyWriter& writer) { return follow_log_events(kept, writer); });
  }
  auto response = http::text_response(200, "");
  response.stream = [kept = *reader](http::BodyWriter& writer) { return write_log(kept, writer); };
  if ((*reader)->query.download) {
    response.set_header("Content-Disposition", "attachment; filename=\"" + app + ".log\"");
  }
  co_return response;
}

async::Task<void> answer_socket(Routes* routes, api::Api* api, http::Request request, http::Upgrade& upgrade) {
  auto input = co_await api->admit_upgrade(request, auth::Permission::log_read);
  if (!input) {
    upgrade.refuse(http::problem(input.error(), request.request_id));
    co_return;
  }
  auto reader = co_await reader_of(routes, api, *input);
  if (!reader) {
    upgrade.refuse(http::problem(reader.error(), request.request_id));
    co_return;
  }
  co_await api->while_admitted(*input, follow_log_socket(*std::move(reader), upgrade));
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
  const auto answer_as = [self, to](bool live) {
    return [self, to, live](api::Input input, http::Request request) {
      return answer(self, to, std::move(input), std::move(request), live);
    };
  };
  describe(api.handle(http::Method::get, kTextPath, auth::Permission::log_read, answer_as(/*live=*/false))
               .summary("What an app's replicas printed; what is left out is said in brackets")
               .query_parameter("download", "true: as a file"));
  describe(api.handle(http::Method::get, kStreamPath, auth::Permission::log_read, answer_as(/*live=*/true))
               .summary("What an app's replicas print, as it happens (server-sent events; resume with Last-Event-ID)")
               .query_parameter("cursor", "Go on behind this event id"));
  describe(api.routes()
               .upgrade(kSocketPath,
                        [self, to](http::Request request, http::Upgrade& upgrade) {
                          return answer_socket(self, to, std::move(request), upgrade);
                        })
               .summary("The same over a WebSocket: each event a text message {event, id?, data}")
               .query_parameter("cursor", "Go on behind this event id"));
}

}  // namespace scheduling
