#include "tests/integration/control_plane/world.hpp"

#include "common/base/failure.hpp"
#include "common/crypto/random.hpp"
#include "common/crypto/sealed_box.hpp"
#include "common/http_client/client.hpp"
#include "control-plane/modules/builds/upload_routes.hpp"

namespace control_plane_test {
namespace {

constexpr std::chrono::seconds kPatience{20};

app::Config config_of() {
  app::Config config;
  config.public_url = "http://localhost:7070";
  config.hub_url = "https://localhost:7071";
  config.log_drains.networks = {"127.0.0.0/8"};
  config.sign_in.allow_private_issuer = true;  // the test's own provider stands on this machine
  return config;
}

fleet::Keys make_keys(postgres::Pool& pool, secrets::Vault& vault, const base::Clock& clock) {
  return *pool.blocking_on_pool(
      [&](Tx& tx) -> base::Result<fleet::Keys> { return fleet::load_keys(tx, vault, clock); });
}

}  // namespace

protocol::RegisterRequest registration(const std::string& secret, const std::vector<std::string>& capabilities) {
  protocol::RegisterRequest request;
  request.secret = secret;
  request.api_key.bytes = crypto::random_bytes(32);
  request.wireguard_public_key.bytes = crypto::x25519_generate().public_key;
  request.sealing_public_key.bytes = crypto::x25519_generate().public_key;
  request.agent_version = "1.0.0";
  request.facts = {
      .os = "linux",
      .arch = "amd64",
      .kernel = "6.1",
      .cpus = 4,
      .memory_bytes = std::uint64_t{8} << 30U,
      .disk_bytes = std::uint64_t{100} << 30U,
      .podman_version = "4.3.1",
      .runtime = "crun",
      .rootless = false,
      .cgroup = "v2",
      .wireguard = "none",
      .capabilities = capabilities,
      .labels = {
          {"registry_address", "10.91.0.1:7050"}, {"publish_address", "127.0.0.1"}, {"publish_ports", "20000-20099"}}};
  return request;
}

World::World()
    : pool({.dsn = database.dsn(), .size = 4}),
      vault(base::SecretString(std::string(32, 'k')), clock),
      modules(config_of(), clock, pool, vault, make_keys(pool, vault, clock)),
      api({.routes = &api_routes,
           .pool = &pool,
           .doors = modules.doors({"http://localhost:7070"}),
           .clock = &clock,
           .audit = [this](Tx& t, const auth::Call& call, const std::string& action, const api::Effect& effect) {
             modules.record(t, call, action, effect);
           }}) {
  modules.nudges.reconcile = [this] { nudged(); };
  modules.nudges.assign = [this] { nudged(); };
  modules.add_api_routes(api);
  listen();
}

World::~World() {
  server.shutdown(std::chrono::seconds(2));
  pool.stop();
}

void World::listen() {
  crypto::CertificateRequest request;
  request.common_name = "hub";
  request.ip_addresses = {"127.0.0.1"};
  auto leaf = crypto::issue_certificate(modules.keys.authority, request, clock.utc_now());
  http::RouteTable hub;
  modules.fleet_routes.add_hub(hub, pool);
  builds::add_upload_routes(hub, pool, [this](Tx& tx, const std::string& token) -> base::Result<base::WorkerId> {
    TRY_ASSIGN(const auto worker, modules.registration.admit(tx, token));
    return worker.id;
  });
  hub_port_ = server.listen(std::move(hub), http::TlsIdentity{leaf->chain_pem, leaf->key_pem});
  api_port_ = server.listen(std::move(api_routes));
}

void World::nudged() {
  const std::scoped_lock lock(mutex_);
  nudged_ = true;
  changed_.notify_all();
}

Credentials World::enrol(const std::string& name, const std::vector<std::string>& capabilities) {
  const auto token = tx([&](Tx& t) { return modules.registration.make_token(t, name, "test"); });
  const auto request = registration(token->token, capabilities);
  const auto registered = tx([&](Tx& t) { return modules.registration.register_worker(t, request); });
  return {registered->response.worker_id, name, request.api_key.bytes, registered->response.token,
          protocol::mac_root(request.api_key.bytes)};
}

auth::Call World::sign_in() {
  if (operator_) return *operator_;
  auth::Call call;
  call.now = clock.utc_now();
  call.request_id = "test";
  const auto token = plain([&](Tx& t) { return modules.identity.make_setup_token(t); });
  const auto session = tx([&](Tx& t) { return modules.organizations.set_up(t, call, token, "test"); });
  session_token = session->token;
  call.actor = *tx([&](Tx& t) -> base::Result<auth::Actor> {
    TRY_ASSIGN(auto principal,
               modules.credentials.look_up(t, {auth::Credential::Carrier::cookie, session_token}, call.now));
    TRY_ASSIGN(auto membership, modules.memberships.look_up(t, principal, "", call.now));
    return auth::Actor::of(std::move(principal), std::move(membership));
  });
  operator_ = call;
  return call;
}

projects::AppEnvironment World::create_app(const std::string& name) {
  const auto call = sign_in();
  projects::NewApp app;
  app.name = name;
  app.source.git_url = "https://git.example.com/" + name + ".git";
  return *tx([&](Tx& t) { return modules.projects.create_app(t, call, app); });
}

deployments::Deployment World::deploy(const std::string& app) {
  const auto call = sign_in();
  return *tx([&](Tx& t) { return modules.deployments.deploy(t, call, app, {}, "manual"); });
}

deployments::Deployment World::deployment(base::DeploymentId id) {
  return *tx([&](Tx& t) { return modules.deployments.find(t, sign_in().organization(), id); });
}

void World::settle() {
  for (int round = 0; round < 50; ++round) {
    plain([&](Tx& t) { return modules.builds.assign(t); });
    const auto due = plain([&](Tx& t) { return modules.projects.due(t, 100); });
    if (due.empty()) return;
    for (const auto& id : due) {
      plain([&](Tx& t) {
        before_reconcile(t);
        modules.reconciler.reconcile(t, id);
        return true;
      });
    }
  }
  throw base::Failure("the reconciler does not come to rest");
}

void World::until(const std::string& what, const std::function<bool()>& reached) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    settle();
    if (reached()) return;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(50), [this] { return nudged_; });
    nudged_ = false;
  }
  throw base::Failure("waited in vain: " + what);
}

void World::wait_for_state(base::DeploymentId id, deployments::State state) {
  until(std::string("deployment is ") + deployments::to_string(state), [&] { return deployment(id).state == state; });
}

http_client::Response World::request(http_client::Request request) {
  sign_in();
  request.headers.emplace_back("Cookie", "wh_session=" + session_token);
  request.headers.emplace_back("X-WH-CSRF", "1");
  if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  http_client::Client client(server.executor(), http_client::Endpoint::tcp("127.0.0.1", api_port_), server.clock());
  auto answer = server.run(client.send(std::move(request), server.soon()));
  if (!answer) throw base::Failure("the API did not answer: " + answer.error().message);
  return *std::move(answer);
}

http_client::Endpoint World::hub_endpoint() const {
  return http_client::Endpoint::tls("127.0.0.1", hub_port_, {.ca_pem = {}, .pins = {modules.keys.authority_pin()}});
}

http_client::Response World::hub_request(const std::string& target, const std::string& body,
                                         http_client::Headers headers) {
  http_client::Client client(server.executor(), hub_endpoint(), server.clock());
  auto answer = server.run(client.send(
      {.method = body.empty() ? "GET" : "POST", .target = target, .headers = std::move(headers), .body = body},
      server.soon()));
  if (!answer) throw base::Failure("the hub did not answer: " + answer.error().message);
  return *std::move(answer);
}

}  // namespace control_plane_test
