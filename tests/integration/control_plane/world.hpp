#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/failure.hpp"
#include "common/http_client/endpoint.hpp"
#include "common/http_client/message.hpp"
#include "control-plane/app/modules.hpp"
#include "tests/integration/http/test_server.hpp"
#include "tests/support/database.hpp"

namespace control_plane_test {

/// Real time, which a test may move ahead (wall time only).
class ShiftedClock final : public base::Clock {
 public:
  base::UtcTime utc_now() const override { return real_.utc_now() + std::chrono::microseconds(shift_.load()); }
  base::SteadyTime steady_now() const override {
    const auto held = held_.load();
    return held == base::SteadyTime{} ? real_.steady_now() : held;
  }
  void advance(std::chrono::microseconds by) { shift_ += by.count(); }
  /// From here on no time passes for what is measured, such as rates.
  void hold() { held_ = real_.steady_now(); }

 private:
  base::SystemClock real_;
  std::atomic<std::int64_t> shift_{0};
  std::atomic<base::SteadyTime> held_{base::SteadyTime{}};
};

/// A worker's credentials, as an agent holds them.
struct Credentials {
  base::WorkerId id;
  std::string name;
  std::string api_key;
  std::string token;
  std::string mac_root;  ///< K
};

/// A registration request of a healthy machine with these capabilities.
protocol::RegisterRequest registration(const std::string& secret, const std::vector<std::string>& capabilities);

/// The control plane's modules over a fresh database, its hub on TLS and its API in the clear, both on free ports.
/// Background tasks do not run: `settle` does their work, when a test says so.
class World {
 public:
  World();
  ~World();

  template <class F>
  auto tx(F work) {
    return pool.blocking_on_pool([&](Tx& t) { return work(t); });
  }
  /// The same for work that answers with a plain value.
  template <class F>
  auto plain(F work) {
    using Value = std::invoke_result_t<F, Tx&>;
    auto done = pool.blocking_on_pool([&](Tx& t) -> base::Result<Value> { return work(t); });
    if (!done) throw base::Failure(done.error().message);
    return *std::move(done);
  }

  Credentials enrol(const std::string& name, const std::vector<std::string>& capabilities);
  /// The operator of the organization `default`.
  auth::Call sign_in();
  projects::AppEnvironment create_app(const std::string& name);
  deployments::Deployment deploy(const std::string& app);
  deployments::Deployment deployment(base::DeploymentId id);

  /// Assigns and reconciles until nothing is due.
  void settle();
  /// Settles again and again until `reached`; fails the test after 20 seconds.
  void until(const std::string& what, const std::function<bool()>& reached);
  void wait_for_state(base::DeploymentId id, deployments::State state);

  /// One request to the API, signed in.
  http_client::Response request(http_client::Request request);
  /// One request to the hub, as an agent makes it: POST, or GET without a body.
  http_client::Response hub_request(const std::string& target, const std::string& body,
                                    http_client::Headers headers = {});
  http_client::Endpoint hub_endpoint() const;
  std::uint16_t api_port() const { return api_port_; }

  support::Database database;
  ShiftedClock clock;
  postgres::Pool pool;
  secrets::Vault vault;
  app::Modules modules;
  http::RouteTable api_routes;
  api::Api api;
  http_test::TestServer server;
  std::string session_token;
  /// Runs first in each of the reconciler's transactions.
  std::function<void(Tx&)> before_reconcile{[](Tx&) {}};

 private:
  void listen();
  void nudged();

  std::uint16_t hub_port_{0};
  std::uint16_t api_port_{0};
  std::optional<auth::Call> operator_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool nudged_{false};
};

}  // namespace control_plane_test
