#include "control-plane/modules/ingress/routes.hpp"

#include "control-plane/modules/ingress/api.hpp"

namespace ingress {
namespace {

TrafficErrorsView errors_of(const protocol::TrafficCounts& counts) {
  return {counts.app_errors, counts.connect_errors, counts.response_errors, counts.unserved};
}

TrafficView view_of(const AppTraffic& traffic) {
  TrafficView view;
  view.edges = traffic.edges;
  view.requests = traffic.counts.requests;
  view.in_flight = traffic.in_flight;
  view.errors = errors_of(traffic.counts);
  view.aborted = traffic.counts.aborted;
  view.retries = traffic.counts.retries;
  view.p50_ms = traffic.p50_ms;
  view.p99_ms = traffic.p99_ms;
  for (const auto& [replica, counts] : traffic.replicas) {
    view.replicas.push_back({replica, counts.requests, errors_of(counts)});
  }
  return view;
}

}  // namespace

void Routes::add(api::Api& api) {
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
