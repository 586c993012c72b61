#include "control-plane/modules/ingress/routes.hpp"

#include <ranges>

#include "control-plane/modules/ingress/api.hpp"

namespace ingress {
namespace {

TrafficErrorsView errors_of(const protocol::TrafficCounts& counts) {
  return {counts.app_errors, counts.connect_errors, counts.response_errors, counts.unserved};
}

void put_sums(TrafficSums& view, const AppTraffic& traffic) {
  view.edges = traffic.edges;
  view.requests = traffic.counts.requests;
  view.in_flight = traffic.in_flight;
  view.errors = errors_of(traffic.counts);
  view.aborted = traffic.counts.aborted;
  view.retries = traffic.counts.retries;
  view.limited = traffic.counts.limited;
  view.p50_ms = traffic.p50_ms;
  view.p99_ms = traffic.p99_ms;
}

TrafficView view_of(const AppTraffic& traffic) {
  TrafficView view;
  put_sums(view, traffic);
  for (const auto& [replica, counts] : traffic.replicas) {
    view.replicas.push_back({replica, counts.requests, errors_of(counts)});
  }
  return view;
}

constexpr std::size_t kMostNamed = 100;

/// "shop,blog" as names; nothing when none is named.
base::Result<std::optional<std::vector<std::string>>> named_apps(const api::Input& input) {
  const auto given = input.query.find("app");
  if (given == input.query.end() || given->second.empty()) return std::optional<std::vector<std::string>>();
  std::vector<std::string> names;
  for (const auto part : std::views::split(given->second, ',')) names.emplace_back(part.begin(), part.end());
  if (names.size() > kMostNamed) return base::invalid("app", "At most 100 apps.");
  return std::optional(std::move(names));
}

base::Result<api::List<AppTrafficView>> of_apps(Routes& self, Tx& tx, const api::Input& input) {
  TRY_ASSIGN(const auto named, named_apps(input));
  TRY_ASSIGN(const auto limit, input.integer("limit", kMostNamed, 1, kMostNamed));
  const auto after = input.query.find("cursor");
  const auto apps = self.projects.names(tx, input.organization(), after == input.query.end() ? "" : after->second,
                                        static_cast<int>(limit), named, input.actor.visible_projects());
  api::List<AppTrafficView> list;
  for (const auto& app : apps) {
    AppTrafficView view;
    view.app = app.name;
    put_sums(view, self.traffic.of(app.id).value_or(AppTraffic{}));
    list.items.push_back(std::move(view));
  }
  if (std::ssize(apps) == limit) list.next_cursor = apps.back().name;
  return list;
}

}  // namespace

void Routes::add(api::Api& api) {
  api.read_visible<api::List<AppTrafficView>>(
         "/api/v1/orgs/{org}/traffic", auth::Permission::app_read,
         [this](Tx& tx, const api::Input& input) { return of_apps(*this, tx, input); })
      .summary("Requests, errors by cause and latencies of many apps, as their edges count them")
      .tag("apps")
      .query_parameter("app", "Only these, by their names: shop,blog; at most 100")
      .query_parameter("limit", "1 to 100, by default 100")
      .query_parameter("cursor", "`next_cursor` of the page before")
      .errors({base::ErrorKind::invalid});
  api.read<TrafficView>("/api/v1/orgs/{org}/apps/{app}/traffic", auth::Permission::app_read,
                        [this](Tx& tx, const api::Input& input) -> base::Result<TrafficView> {
                          TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
                          return view_of(traffic.of(env.id).value_or(AppTraffic{}));
                        })
      .summary("Requests, errors by cause and latencies of an app, as its edges count them")
      .tag("apps")
      .errors({base::ErrorKind::not_found});
}

}  // namespace ingress
