#pragma once

#include "control-plane/modules/deployments/ports.hpp"
#include "control-plane/modules/fleet/assignments.hpp"
#include "control-plane/modules/fleet/workers.hpp"

namespace ingress {

/// The routes of app environments at every edge: one object each, as the replicas' routing says.
class Service final : public deployments::Routes {
 public:
  Service(fleet::Workers& workers, fleet::Assignments& assignments) : workers_(workers), assignments_(assignments) {}

  deployments::RouteState sync(Tx& tx, const projects::AppEnvironment& env,
                               const std::vector<scheduling::Replica>& replicas) override;

 private:
  fleet::Workers& workers_;
  fleet::Assignments& assignments_;
};

/// The route object's bytes; empty when the environment shall have no route. Pure and stable: equal input, equal bytes.
std::string render_route(const projects::AppEnvironment& env, const std::vector<scheduling::Replica>& replicas);

}  // namespace ingress
