#pragma once

#include "common/base/clock.hpp"
#include "control-plane/modules/deployments/rules.hpp"

namespace deployments::rules {

inline base::UtcTime start_time() {
  return *base::parse_utc("2026-11-21T10:00:00.000Z");
}

template <class IdType>
IdType make_id() {
  return IdType(base::Uuid::v7(start_time()));
}

inline DeploymentView a_deployment(std::int64_t number, State state, BuildState build = BuildState::none) {
  return {make_id<base::DeploymentId>(), number, state, true, false, build};
}

inline ReplicaView a_replica(base::ReleaseId release, int index = 0) {
  ReplicaView replica;
  replica.id = make_id<base::ReplicaId>();
  replica.release = release;
  replica.index = index;
  replica.routing_since = start_time();
  return replica;
}

inline ReplicaView healthy(ReplicaView replica) {
  replica.phase = "running";
  replica.health = "healthy";
  return replica;
}

inline ReplicaView routed(ReplicaView replica, const char* routing = "ready") {
  replica.routing = routing;
  return replica;
}

inline World a_world() {
  World world;
  world.edges_online = 1;
  world.now = start_time();
  return world;
}

template <class A>
int count_of(const Decision& decision) {
  int found = 0;
  for (const auto& action : decision.actions) found += std::holds_alternative<A>(action) ? 1 : 0;
  return found;
}

template <class A>
const A* first_of(const Decision& decision) {
  for (const auto& action : decision.actions) {
    if (const auto* found = std::get_if<A>(&action)) return found;
  }
  return nullptr;
}

}  // namespace deployments::rules
