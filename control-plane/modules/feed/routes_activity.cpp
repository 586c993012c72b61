#include "control-plane/modules/feed/routes.hpp"

namespace feed {
namespace {

using api::Input;
using base::Result;

constexpr std::size_t kLongestFilter = 300;
constexpr std::size_t kMostKinds = 20;

struct NewsView {
  std::string id;
  base::UtcTime at;
  std::string kind;
  std::optional<base::AppId> app_id;
  std::optional<std::string> app_name;
  std::optional<base::DeploymentId> deployment_id;
  std::optional<std::int64_t> deployment_number;
  std::optional<base::ReplicaId> replica_id;
  std::optional<base::WorkerId> worker_id;
  std::optional<std::string> worker_name;
  json::Raw data;
  template <class F>
  void map(F& f) {
    f.required("id", id, "Its place in the feed: the same as the event id of the stream");
    f.required("at", at);
    f.required("kind", kind, "Such as deployment.live");
    f.required("app_id", app_id);
    f.required("app_name", app_name, "Of an app that was erased: its last one");
    f.required("deployment_id", deployment_id);
    f.required("deployment_number", deployment_number);
    f.required("replica_id", replica_id);
    f.required("worker_id", worker_id);
    f.required("worker_name", worker_name);
    f.required("data", data, "What else is known: `name` of a project, environment or member");
  }
};

struct ActivityView {
  std::vector<NewsView> items;
  std::optional<std::string> next_cursor;
  template <class F>
  void map(F& f) {
    f.required("items", items);
    f.required("next_cursor", next_cursor, "Give it as `before` to read further back; null at the end");
  }
};

std::string text(const Input& input, const std::string& name) {
  const auto found = input.query.find(name);
  return found == input.query.end() ? std::string() : found->second;
}

/// `deployment.,app.created`: separated by commas.
Result<std::optional<std::vector<std::string>>> kinds_of(const std::string& given) {
  if (given.empty()) return std::optional<std::vector<std::string>>();
  if (given.size() > kLongestFilter || given.find('\0') != std::string::npos)
    return base::invalid("kind", "kind has at most 300 characters.");
  std::vector<std::string> kinds;
  for (std::size_t at = 0; at <= given.size();) {
    const auto end = std::min(given.find(',', at), given.size());
    if (end > at) kinds.push_back(given.substr(at, end - at));
    at = end + 1;
  }
  if (kinds.size() > kMostKinds) return base::invalid("kind", "At most 20 kinds.");
  return std::optional(std::move(kinds));
}

Result<NewsFilter> filter_of(const Input& input) {
  NewsFilter filter;
  if (const auto before = text(input, "before"); !before.empty()) {
    filter.before = Cursor::parse(before);
    if (!filter.before) return base::invalid("before", "This is no place in the feed.");
  }
  if (const auto app = text(input, "app_id"); !app.empty()) {
    TRY_ASSIGN(filter.app, base::AppId::parse(app));
  }
  TRY_ASSIGN(filter.kinds, kinds_of(text(input, "kind")));
  TRY_ASSIGN(filter.limit, input.limit());
  filter.projects = input.actor.visible_projects();
  return filter;
}

NewsView view(const News& news) {
  const auto& change = news.entry.change;
  NewsView shown;
  shown.id = news.entry.cursor.to_string();
  shown.at = news.entry.at;
  shown.kind = change.kind;
  shown.app_id = change.app;
  shown.app_name = news.app_name;
  shown.deployment_id = change.deployment;
  shown.deployment_number = news.deployment_number;
  shown.replica_id = change.replica;
  shown.worker_id = change.worker;
  shown.worker_name = news.worker_name;
  shown.data.text = change.data;
  return shown;
}

}  // namespace

void Routes::add_activity(api::Api& api) {
  api.read_visible<ActivityView>("/api/v1/orgs/{org}/activity", auth::Permission::app_read,
                                 [this](Tx& tx, const Input& input) -> Result<ActivityView> {
                                   TRY_ASSIGN(const auto filter, filter_of(input));
                                   ActivityView shown;
                                   for (const auto& news : feed.news(tx, input.organization(), filter))
                                     shown.items.push_back(view(news));
                                   if (static_cast<int>(shown.items.size()) == filter.limit)
                                     shown.next_cursor = shown.items.back().id;
                                   return shown;
                                 })
      .summary("What happened in the last seven days, newest first, with names; steps of builds are left out")
      .tag("live")
      .query_parameter("before", "`next_cursor` of the page before, or an event id of the stream: what is older")
      .query_parameter("kind", "Such as app.created; with a dot at its end, all that begin so: deployment.,app.")
      .query_parameter("app_id", "Only what concerns this app")
      .query_parameter("limit", "1 to 100, by default 50")
      .errors({base::ErrorKind::invalid});
}

}  // namespace feed
