#include "control-plane/modules/feed/routes.hpp"

#include <boost/asio/this_coro.hpp>

namespace feed {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::size_t kPage = 200;  // of Feed::read

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

struct Reader {
  Feed& feed;
  Fanout& fanout;
  api::Api& api;
  api::Input input;
  std::optional<Cursor> cursor;
  /// Nothing: all of the organization.
  std::optional<std::vector<std::string>> projects{input.actor.visible_projects()};
};

/// What was missed since the reader's cursor, or where the feed ends now.
async::Task<bool> catch_up(Reader& reader, http::BodyWriter& writer) {
  for (;;) {
    auto page = co_await reader.api.transaction(reader.input, [&](Tx& tx) -> base::Result<Page> {
      if (reader.cursor) {
        return reader.feed.read(tx, reader.input.organization(), *reader.cursor, reader.projects);
      }
      return Page{.entries = {}, .next = reader.feed.head(tx), .reset = false};
    });
    if (!page) co_return false;
    std::string text;
    if (page->reset) text += http::sse_event("reset", "{}");
    for (const auto& entry : page->entries) text += event_text(entry);
    if (!reader.cursor) text += http::sse_event("ready", "{}", page->next.to_string());
    const bool all = page->entries.size() < kPage;
    reader.cursor = page->next;
    if (!text.empty() && !co_await writer.write(std::move(text))) co_return false;
    if (all) co_return true;
  }
}

/// What came through the fan-out, without what the reader has already.
std::string news_of(Reader& reader, Fanout::Subscription& subscription) {
  const auto taken = subscription.take();
  std::string text;
  if (taken.lost && *taken.lost > *reader.cursor) {
    text += http::sse_event("reset", "{}", taken.lost->to_string());
    reader.cursor = *taken.lost;
  }
  for (const auto& event : taken.events) {
    if (event.cursor <= *reader.cursor) continue;
    text += *event.text;
    reader.cursor = event.cursor;
  }
  return text;
}

/// Writes what is new until the client goes. `reader` is kept by the answer's stream function.
async::Task<void> follow(std::shared_ptr<Reader> reader, http::BodyWriter& writer) {
  const auto subscription =
      reader->fanout.subscribe(reader->input.organization(), co_await boost::asio::this_coro::executor);
  while (!subscription->started()) {
    const bool woken = co_await subscription->wait(kHeartbeat);
    if (!woken && !co_await writer.write(http::sse_heartbeat())) co_return;
  }
  if (!co_await catch_up(*reader, writer)) co_return;
  while (!writer.closed()) {
    const auto before = reader->cursor;
    auto text = news_of(*reader, *subscription);
    if (!text.empty() && reader->projects) {
      // Whose app it is stands in the database only.
      reader->cursor = before;
      if (!co_await catch_up(*reader, writer)) co_return;
      continue;
    }
    if (text.empty()) {
      const bool woken = co_await subscription->wait(kHeartbeat);
      if (woken) continue;
      text = http::sse_heartbeat();
    }
    if (!co_await writer.write(std::move(text))) co_return;
  }
}

async::Task<http::Response> answer(Routes* routes, api::Api* api, api::Input input, http::Request request) {
  const auto last = request.header("Last-Event-ID");
  const auto asked = input.query.contains("cursor") ? input.query.at("cursor") : std::string(last.value_or(""));
  auto reader =
      std::make_shared<Reader>(Reader{routes->feed, routes->fanout, *api, std::move(input), Cursor::parse(asked)});
  co_return http::event_stream([reader](http::BodyWriter& writer) { return follow(reader, writer); });
}

}  // namespace

std::string event_text(const Entry& entry) {
  const auto& change = entry.change;
  const ChangeView view{change.kind,   change.app, change.deployment,     change.replica,
                        change.worker, entry.at,   json::Raw{change.data}};
  return http::sse_event("change", json::encode(view), entry.cursor.to_string());
}

void Routes::add(api::Api& api) {
  add_activity(api);
  auto* const self = this;
  auto* const to = &api;
  for (const auto* path : {"/api/v1/feed", "/api/v1/orgs/{org}/feed"}) {
    api.handle(
           http::Method::get, path, auth::Permission::app_read,
           [self, to](api::Input input, http::Request request) {
             return answer(self, to, std::move(input), std::move(request));
           },
           /*every_project=*/false)
        .summary("Everything that changes, as it happens (server-sent events; resume with Last-Event-ID)")
        .tag("live")
        .query_parameter("cursor", "Begin behind this event id");
  }
}

}  // namespace feed
