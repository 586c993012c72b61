#pragma once

#include "control-plane/modules/deployments/api.hpp"
#include "control-plane/modules/deployments/service.hpp"
#include "control-plane/modules/scheduling/api.hpp"

namespace deployments {

/// Puts together what the API shows of apps and deployments. A page costs a constant number of statements, however many
/// rows it has.
class Views {
 public:
  struct Options {
    std::string scheme{"http"};
    int edge_port{0};  ///< 0: the scheme's own
  };
  Views(Options options, Service& deployments, builds::Service& builds, scheduling::Service& scheduling)
      : options_(std::move(options)), deployments_(deployments), builds_(builds), scheduling_(scheduling) {}

  std::vector<AppView> apps(Tx& tx, const std::vector<projects::AppEnvironment>& environments);
  /// What goes when the app is deleted.
  DeletionView deletion(Tx& tx, const projects::AppEnvironment& env);
  AppView app(Tx& tx, const projects::AppEnvironment& env);
  std::vector<DeploymentView> deployments(Tx& tx, const std::vector<Deployment>& deployments);
  /// With its receipt, which the lists leave out.
  DeploymentView deployment(Tx& tx, const Deployment& deployment);
  static ReleaseView release(const Release& release);
  std::vector<scheduling::ReplicaView> replicas(Tx& tx, const projects::AppEnvironment& env);
  std::string url(const std::string& host) const;
  /// Set before the first request.
  void show_receipts(Receipts& receipts) { receipts_ = &receipts; }

 private:
  Options options_;
  Service& deployments_;
  builds::Service& builds_;
  scheduling::Service& scheduling_;
  Receipts* receipts_{nullptr};
};

ReceiptView view_of(const Receipt& receipt);

/// empty, deploying, live, stopped, failed, degraded or deleting. Pure.
std::string app_state(const projects::AppEnvironment& env, const std::optional<Deployment>& latest,
                      const std::vector<scheduling::Replica>& replicas);
/// One sentence: what happens with it now, and why. Of a healthy one also what its agent has to say. Pure.
std::string replica_text(const scheduling::Replica& replica);
/// A sentence for each healthy replica of `env` of which its agent says something, as that its disk is over its limit;
/// `replicas` may have those of other apps too. Pure.
std::vector<std::string> warnings(const projects::AppEnvironment& env,
                                  const std::vector<scheduling::Replica>& replicas);

}  // namespace deployments
