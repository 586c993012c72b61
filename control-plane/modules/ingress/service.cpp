#include <algorithm>

#include "common/json/json.hpp"
#include "common/protocol/objects.hpp"
#include "control-plane/modules/ingress/ingress.hpp"

namespace ingress {
namespace {

struct LimitOption {
  int per_minute{0};
  int burst{0};
  template <class F>
  void map(F& f) {
    f.required("per_minute", per_minute);
    f.required("burst", burst);
  }
};
/// Those of a route's options that are set.
struct RouteOptions {
  std::optional<LimitOption> request_limit;
  template <class F>
  void map(F& f) {
    f.optional("request_limit", request_limit);
  }
};

}  // namespace

std::string render_route(const projects::AppEnvironment& env, const std::vector<scheduling::Replica>& replicas) {
  protocol::RouteObject route;
  route.app_environment_id = env.id;
  route.hosts.push_back(env.host);
  for (const auto& replica : replicas) {
    if (replica.routing == "none") continue;
    protocol::RouteTarget target;
    target.replica_id = replica.id;
    target.address = replica.publish_address;
    target.port = static_cast<std::uint16_t>(replica.publish_port);
    target.release_id = replica.release;
    target.state = replica.routing == "drain" ? protocol::TargetState::drain : protocol::TargetState::ready;
    route.targets.push_back(std::move(target));
  }
  if (env.request_limit.per_minute > 0) {
    const LimitOption limit{env.request_limit.per_minute, env.request_limit.burst};
    route.options.text = json::encode(RouteOptions{limit});
  }
  // A stopped app keeps its host, so that people see our page and not a stranger's, and so does a deleted one until it
  // is erased; one that was never live has none.
  const bool none = route.targets.empty() && (env.host_released || !env.current_release);
  return none ? std::string() : json::encode(route);
}

deployments::RouteState Service::sync(Tx& tx, const projects::AppEnvironment& env,
                                      const std::vector<scheduling::Replica>& replicas) {
  const auto body = render_route(env, replicas);
  const auto online = workers_.online_edges(tx);
  auto edges = assignments_.holders(tx, fleet::kRoutes, env.id.uuid());
  for (const auto& edge : online) {
    if (std::ranges::find(edges, edge) == edges.end()) edges.push_back(edge);
  }
  for (const auto& edge : edges) {
    if (body.empty()) {
      assignments_.remove(tx, edge, fleet::kRoutes, env.id.uuid());
    } else {
      assignments_.put(tx, edge, fleet::kRoutes, env.id.uuid(), env.organization, body);
    }
  }
  deployments::RouteState state;
  state.edges_online = static_cast<int>(online.size());
  state.confirmed = assignments_.confirmed(tx, fleet::kRoutes, env.id.uuid(), online, body);
  state.everywhere = state.confirmed && assignments_.confirmed(tx, fleet::kRoutes, env.id.uuid(), edges, body);
  return state;
}

}  // namespace ingress
