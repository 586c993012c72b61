#include "control-plane/app/application.hpp"

#include <unistd.h>

#include <array>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>

#include "common/async/blocking_pool.hpp"
#include "common/async/io_threads.hpp"
#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/log/log.hpp"
#include "control-plane/app/dashboard.hpp"
#include "control-plane/app/keys.hpp"
#include "control-plane/app/modules.hpp"
#include "control-plane/app/samples.hpp"
#include "control-plane/app/tasks.hpp"
#include "control-plane/modules/builds/upload_routes.hpp"
#include "control-plane/platform/api/access_text.hpp"
#include "control-plane/platform/http/api_docs.hpp"
#include "control-plane/platform/http/descriptors.hpp"
#include "control-plane/platform/http/openapi.hpp"
#include "control-plane/platform/http/server.hpp"
#include "control-plane/platform/postgres/migrate.hpp"
#include "control-plane/platform/postgres/notifier.hpp"
#include "control-plane/platform/telemetry/metrics.hpp"

namespace app {
namespace {

constexpr const char* kTitle = "WiseHosting";
constexpr std::chrono::seconds kGrace{4};

std::string holder_name(const Config& config) {
  // A restarted process is another holder, for its predecessor's epoch must not live on; but it stands at the same
  // place.
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return config.instance + "@" + host.data() + ":" + std::to_string(config.dashboard_port) + "/" +
         std::to_string(::getpid()) + "/" + base::Uuid::v7(base::SystemClock().utc_now()).to_string();
}

fleet::Keys load_keys(postgres::Pool& pool, secrets::Vault& vault, const base::Clock& clock) {
  auto keys =
      pool.blocking_on_pool([&](Tx& tx) -> base::Result<fleet::Keys> { return fleet::load_keys(tx, vault, clock); });
  if (!keys) throw base::Failure(keys.error().message);
  return *std::move(keys);
}

/// What a limit of so many a minute means: a quarter of them may come at once.
api::Rate rate(int per_minute) {
  constexpr double kAtOnce = 0.25;
  return {static_cast<double>(per_minute), std::max(1.0, per_minute * kAtOnce)};
}

api::RateConfig rates_of(const Config& config) {
  const auto& rates = config.rates;
  return {rate(rates.address), rate(rates.door), rate(rates.person), rate(rates.token), rate(rates.organization)};
}

/// The names under which browsers may reach the API.
std::vector<std::string> hosts_of(const Config& config) {
  auto host = config.public_url.substr(std::min(config.public_url.find("://") + 3, config.public_url.size()));
  host = host.substr(0, host.find('/'));
  if (!host.ends_with(']')) host = host.substr(0, host.rfind(':'));
  return {host, "localhost", "127.0.0.1", "[::1]", config.listen_address};
}

std::vector<http_client::Network> proxies_of(const Config& config) {
  std::vector<http_client::Network> proxies;
  for (const auto& text : config.http.trusted_proxies) {
    const auto network =
        http_client::Network::parse(text.contains('/') ? text : text + (text.contains(':') ? "/128" : "/32"));
    if (!network) throw base::Failure("http.trusted_proxies: " + text + " is no address or network");
    proxies.push_back(*network);
  }
  return proxies;
}

/// The API's routes with their dependencies; lives as long as the server.
struct ApiSurface {
  ApiSurface(const Config& config, const base::Clock& clock, postgres::Pool& pool, Modules& modules)
      : api({.routes = &table,
             .pool = &pool,
             .doors = modules.doors({config.public_url, "http://127.0.0.1:" + std::to_string(config.dashboard_port)},
                                    hosts_of(config)),
             .clock = &clock,
             .audit = [&modules](Tx& tx, const auth::Call& call, const std::string& action,
                                 const api::Effect& effect) { modules.record(tx, call, action, effect); },
             .log_requests = config.http.log_requests,
             .limits = &limits}),
        limits(clock, rates_of(config)) {
    modules.add_api_routes(api);
  }
  http::RouteTable table;
  api::Api api;
  api::RateLimits limits;
};

class Instance {
 public:
  explicit Instance(const Config& config)
      : config_(config),
        io_(static_cast<std::size_t>(config.http.io_threads)),
        blocking_(1, "files"),
        pool_({.dsn = config.postgres.dsn, .size = config.postgres.size}),
        vault_(make_key_provider(config, clock_), clock_),
        modules_(config, clock_, pool_, vault_, load_keys(pool_, vault_, clock_)),
        surface_(config, clock_, pool_, modules_),
        samples_(config.home / "samples", blocking_),
        dashboard_(dashboard_files()),
        server_(executors(), clock_, server_options()),
        tasks_(io_.at(0), modules_, pool_, clock_, holder_name(config),
               config.home / "control-plane" / "audit-heads.jsonl"),
        notifier_(config.postgres.dsn,
                  [this](const std::string& topic) {
                    modules_.hear(topic);
                    tasks_.hear(topic);
                  }),
        watch_(io_.at(0)) {}

  int run() {
    keep_authority();
    add_ops_routes();
    const auto dashboard = server_.listen(
        {.address = config_.listen_address, .port = port(config_.dashboard_port), .tls = {}, .hsts = false},
        std::move(surface_.table));
    http::RouteTable hub;
    modules_.fleet_routes.add_hub(hub, pool_);
    builds::add_upload_routes(hub, pool_, [this](Tx& tx, const std::string& token) -> base::Result<base::WorkerId> {
      TRY_ASSIGN(const auto worker, modules_.registration.admit(tx, token));
      return worker.id;
    });
    modules_.hub.set_reached_at(config_.instance_url);
    hub.upgrade(fleet::LogRelay::kPath, modules_.log_relay.handler()).summary("A log, for another instance");
    const auto hub_port = server_.listen(
        {.address = config_.listen_address, .port = port(config_.hub_port), .tls = identity(), .hsts = false},
        std::move(hub));
    modules_.nudges.publish = [this](std::string topic) { notifier_.publish(std::move(topic)); };
    tasks_.start();
    tasks_.also("api.usage", share_usage());
    logging::info("control_plane.ready",
                  {{"dashboard_port", dashboard}, {"hub_port", hub_port}, {"version", WH_VERSION}});
    watch_.spawn("signals", wait_for_signal());
    io_.run();
    blocking_.stop();
    pool_.stop();
    notifier_.stop();
    logging::info("control_plane.stopped");
    return 0;
  }

 private:
  static std::uint16_t port(int number) { return static_cast<std::uint16_t>(number); }

  std::vector<boost::asio::any_io_executor> executors() {
    std::vector<boost::asio::any_io_executor> all;
    for (std::size_t i = 0; i < io_.size(); ++i) all.push_back(io_.at(i));
    return all;
  }

  http::ServerOptions server_options() {
    http::ServerOptions options;
    options.limits.connections = static_cast<std::size_t>(config_.http.connections);
    options.trusted_proxies = proxies_of(config_);
    options.on_request_done = [this](const http::RequestDone& done) {
      metrics_.count("wh_http_requests_total", "method=\"" + done.method + "\",route=\"" + done.route + "\",status=\"" +
                                                   std::to_string(done.status) + "\"");
    };
    return options;
  }

  /// The hub's certificate: a fresh leaf of our authority for this process, its chain with the authority (PROTOCOL 1).
  http::TlsIdentity identity() {
    crypto::CertificateRequest request;
    request.common_name = "WiseHosting hub";
    request.dns_names = {"localhost"};
    request.ip_addresses = {"127.0.0.1", "::1"};
    auto leaf = crypto::issue_certificate(modules_.keys.authority, request, clock_.utc_now());
    if (!leaf) throw base::Failure("cannot issue the hub's certificate: " + leaf.error().message);
    return http::TlsIdentity{leaf->chain_pem, leaf->key_pem};
  }

  /// People and agents find the authority's certificate on disk.
  void keep_authority() {
    std::filesystem::create_directories(config_.home / "control-plane");
    base::blocking_write_file(config_.home / "control-plane" / "ca.pem", modules_.keys.authority.chain_pem, 0644);
  }

  static void add_api_docs(http::RouteTable& table, const std::string& document) {
    constexpr const char* kStylePath = "/api/docs.css";
    const auto give = [](std::string text, const char* type) {
      return [text = std::move(text), type](http::Request) -> async::Task<http::Response> {
        return answer_text(text, type);
      };
    };
    table
        .add(http::Method::get, "/api/docs",
             give(http::api_docs_page(document, kStylePath), "text/html; charset=utf-8"))
        .summary("This API, for people");
    table.add(http::Method::get, kStylePath, give(std::string(http::api_docs_style()), "text/css; charset=utf-8"))
        .summary("How that page looks");
  }

  static async::Task<http::Response> answer_text(std::string text, const char* type) {
    auto response = http::text_response(200, std::move(text), type);
    response.set_header("Cache-Control", "no-cache");
    co_return response;
  }

  void add_ops_routes() {
    auto& table = surface_.table;
    const auto document = http::openapi(table, kTitle, WH_VERSION, api::describe_access);
    add_api_docs(table, document);
    table
        .add(http::Method::get, "/api/openapi.json",
             [document](http::Request) -> async::Task<http::Response> { co_return http::json_response(200, document); })
        .summary("This API, as OpenAPI 3.1");
    table
        .add(http::Method::get, "/healthz",
             [](http::Request) -> async::Task<http::Response> { co_return http::text_response(200, "ok\n"); })
        .summary("The process lives");
    table.add(http::Method::get, "/readyz", [this](http::Request) { return readiness(); })
        .summary("Requests can be served");
    metrics_.gauge("wh_workers_connected", "Workers connected to this instance",
                   [this] { return static_cast<double>(modules_.hub.connected().size()); });
    metrics_.gauge("wh_database_queue", "Pieces of work that wait for a database connection",
                   [this] { return static_cast<double>(pool_.waiting()); });
    metrics_.gauge("wh_leader", "1 when this instance leads", [this] { return tasks_.leading() ? 1.0 : 0.0; });
    metrics_.gauge("wh_http_connections", "Open connections",
                   [this] { return static_cast<double>(server_.open_connections()); });
    modules_.hub.on_rejected([this](const std::string& reason) {
      metrics_.count("wh_envelope_rejected_total", "reason=\"" + reason + "\"");
    });
    table.add(http::Method::get, "/metrics", [this](http::Request) { return scrape(); }).summary("Prometheus metrics");
    table.fallback([this](http::Request request) { return fall_back(std::move(request)); });
  }

  async::Task<http::Response> readiness() {
    if (co_await pool_.healthy()) co_return http::text_response(200, "ready\n");
    co_return http::text_response(503, "the database does not answer\n");
  }

  async::Task<http::Response> scrape() {
    co_return http::text_response(200, metrics_.render(), "text/plain; version=0.0.4");
  }

  async::Task<http::Response> fall_back(http::Request request) {
    if (Samples::is_sample(request)) co_return co_await samples_.serve(std::move(request));
    co_return dashboard_.serve(request);
  }

  /// What this instance saw of rate limits, added up with the others each second.
  async::Task<void> share_usage() {
    for (;;) {
      co_await async::sleep(std::chrono::seconds(1));
      try {
        const auto used = surface_.limits.take_usage();
        if (used.empty()) continue;
        co_await pool_.transaction([&](Tx& tx) -> base::Result<bool> {
          api::share_usage(tx, surface_.limits, used);
          return true;
        });
      } catch (const base::Failure& failure) {
        logging::debug("api.usage_not_shared", {{"reason", failure.what()}});
      }
    }
  }

  async::Task<void> wait_for_signal() {
    boost::asio::signal_set signals(io_.at(0), SIGTERM, SIGINT);
    const int number = co_await signals.async_wait(boost::asio::use_awaitable);
    logging::info("control_plane.stopping", {{"signal", number}});
    co_await server_.shutdown(kGrace);
    co_await tasks_.stop();
    io_.stop();
  }

  const Config& config_;
  base::SystemClock clock_;
  telemetry::Metrics metrics_;
  async::IoThreads io_;
  async::BlockingPool blocking_;
  postgres::Pool pool_;
  secrets::Vault vault_;
  Modules modules_;
  ApiSurface surface_;
  Samples samples_;
  http::StaticFiles dashboard_;
  http::Server server_;
  Tasks tasks_;
  postgres::Notifier notifier_;
  async::TaskGroup watch_;
};

/// For the tools: the modules over a pool, without listening.
struct Tool {
  explicit Tool(const Config& config)
      : pool({.dsn = config.postgres.dsn, .size = 1}),
        vault(make_key_provider(config, clock), clock),
        modules(config, clock, pool, vault, load_keys(pool, vault, clock)) {}
  base::SystemClock clock;
  postgres::Pool pool;
  secrets::Vault vault;
  Modules modules;
};

struct TokenView {
  std::string token;
  base::UtcTime expires_at;
  std::string name;
  std::string hub_url;
  std::string ca_pin;
  template <class F>
  void map(F& f) {
    f.required("token", token);
    f.required("expires_at", expires_at);
    f.required("name", name);
    f.required("hub_url", hub_url);
    f.required("ca_pin", ca_pin);
  }
};

}  // namespace

int serve(const Config& config) {
  const auto migrated = postgres::blocking_migrate(config.postgres.dsn);
  if (migrated.applied > 0)
    logging::info("control_plane.migrated", {{"applied", migrated.applied}, {"version", migrated.version}});
  http::raise_descriptor_limit();
  Instance instance(config);
  return instance.run();
}

int migrate(const Config& config) {
  const auto report = postgres::blocking_migrate(config.postgres.dsn);
  std::printf("%d applied, the schema is at %d\n", report.applied, report.version);
  return 0;
}

int print_setup_link(const Config& config) {
  Tool tool(config);
  const auto token = tool.pool.blocking_on_pool(
      [&](Tx& tx) -> base::Result<std::string> { return tool.modules.identity.make_setup_token(tx); });
  if (!token) throw base::Failure(token.error().message);
  std::printf("%s/setup#%s\n", config.public_url.c_str(), token->c_str());
  return 0;
}

int print_worker_token(const Config& config, const std::string& name, bool as_json) {
  Tool tool(config);
  const auto made =
      tool.pool.blocking_on_pool([&](Tx& tx) { return tool.modules.registration.make_token(tx, name, "operator"); });
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().message.c_str());
    return 1;
  }
  const auto pin = tool.modules.keys.authority_pin();
  if (as_json) {
    std::printf("%s\n",
                json::encode(TokenView{made->token, made->expires_at, made->name, config.hub_url, pin}).c_str());
    return 0;
  }
  std::fprintf(stderr, "For the worker %s, single use, valid until %s.\nhub: %s\nca pin: %s\n", made->name.c_str(),
               base::format_utc(made->expires_at).c_str(), config.hub_url.c_str(), pin.c_str());
  std::printf("%s\n", made->token.c_str());
  return 0;
}

int change_limits(const Config& config, const std::string& organization, const std::vector<std::string>& changes) {
  Tool tool(config);
  const auto changed = tool.pool.blocking_on_pool([&](Tx& tx) -> base::Result<organizations::Organization> {
    auto found = tool.modules.organizations.find(tx, organization);
    if (!found) return base::not_found("organization.not_found", "The organization");
    if (changes.empty()) return *found;
    for (const auto& change : changes) TRY_CHECK(organizations::set_limit(found->limits, change));
    return tool.modules.organizations.set_limits(tx, organization, found->limits);
  });
  if (!changed) {
    std::fprintf(stderr, "%s\n", changed.error().message.c_str());
    return 1;
  }
  std::printf("%s: %s\n", changed->slug.c_str(), organizations::describe(changed->limits).c_str());
  return 0;
}

int print_openapi(const Config& config) {
  const base::SystemClock clock;
  postgres::Pool pool({.dsn = config.postgres.dsn, .size = 1});
  secrets::Vault vault(base::SecretString(std::string(32, '\0')), clock);
  fleet::Keys keys;
  keys.authority = crypto::make_authority("document", clock.utc_now());
  Modules modules(config, clock, pool, vault, std::move(keys));
  const ApiSurface surface(config, clock, pool, modules);
  std::printf("%s\n", http::openapi(surface.table, kTitle, WH_VERSION, api::describe_access).c_str());
  return 0;
}

}  // namespace app
