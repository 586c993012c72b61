#include "control-plane/modules/feed/routes.hpp"

#include <boost/asio/this_coro.hpp>

namespace feed {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};

struct ChangeView {
  std::string kind;
  std::optional<base::AppId> app_id;
  std::optional<base::DeploymentId> deployment_id;
  std::optional<base::ReplicaId> replica_id;
  std::optional<base::WorkerId> worker_id;
  base::UtcTime at;
  json::Raw data;
  template <class F>
  void map(F& f) {
    f.required("kind", kind);
    f.optional("app_id", app_id);
    f.optional("deployment_id", deployment_id);
    f.optional("replica_id", replica_id);
    f.optional("worker_id", worker_id);
    f.required("at", at);
    f.required("data", data);
  }
};

std::string event(const Entry& entry) {
  const auto& change = entry.change;
  const ChangeView view{change.kind,   change.app, change.deployment,     change.replica,
                        change.worker, entry.at,   json::Raw{change.data}};
  return http::sse_event("change", json::encode(view), entry.cursor.to_string());
}

struct Reader {
  Feed& feed;
  postgres::Pool& pool;
  live::Signal& signal;
  base::OrganizationId organization;
  std::optional<Cursor> cursor;
};

/// Writes what is new until the client goes. `reader` is kept by the answer's stream function.
async::Task<void> follow(std::shared_ptr<Reader> reader, http::BodyWriter& writer) {
  const auto nudge = reader->signal.subscribe(co_await boost::asio::this_coro::executor);
  while (!writer.closed()) {
    auto page = co_await reader->pool.transaction([&](Tx& tx) -> base::Result<Page> {
      if (!reader->cursor) {
        Page first;
        first.next = reader->feed.head(tx);
        return first;
      }
      return reader->feed.read(tx, reader->organization, *reader->cursor);
    });
    if (!page) co_return;
    std::string text;
    if (page->reset) text += http::sse_event("reset", "{}");
    for (const auto& entry : page->entries) text += event(entry);
    if (!reader->cursor) text += http::sse_event("ready", "{}", page->next.to_string());
    const bool more = page->entries.size() >= 200;
    reader->cursor = page->next;
    if (!text.empty() && !co_await writer.write(std::move(text))) co_return;
    if (more) continue;
    const bool woken = co_await nudge->wait(kHeartbeat);
    if (!woken && !co_await writer.write(http::sse_heartbeat())) co_return;
  }
}

async::Task<http::Response> answer(Routes* routes, api::Api* api, http::Request request) {
  const auto input = co_await api->admit(request, auth::Permission::app_read);
  if (!input) co_return http::problem(input.error(), request.request_id);
  const auto last = request.header("Last-Event-ID");
  const auto asked = input->query.contains("cursor") ? input->query.at("cursor") : std::string(last.value_or(""));
  auto reader = std::make_shared<Reader>(
      Reader{routes->feed, api->pool(), routes->signal, input->organization(), Cursor::parse(asked)});
  co_return http::event_stream([reader](http::BodyWriter& writer) { return follow(reader, writer); });
}

}  // namespace

void Routes::add(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  for (const auto* path : {"/api/v1/feed", "/api/v1/orgs/{org}/feed"}) {
    api.routes()
        .add(http::Method::get, path,
             [self, to](http::Request request) { return answer(self, to, std::move(request)); })
        .summary("Everything that changes, as it happens (server-sent events; resume with Last-Event-ID)")
        .tag("live")
        .permission(auth::to_string(auth::Permission::app_read))
        .query_parameter("cursor", "Begin behind this event id");
  }
}

}  // namespace feed
