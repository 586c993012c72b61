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
#include "control-plane/app/api_surface.hpp"
#include "control-plane/app/dashboard.hpp"
#include "control-plane/app/keys.hpp"
#include "control-plane/app/modules.hpp"
#include "control-plane/app/ops_routes.hpp"
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

constexpr std::chrono::seconds kGrace{4};

std::string holder_name(const Config& config) {
  // A restarted process is another holder, for its predecessor's epoch must not live on; but it stands at the same
  // place.
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return config.instance + "@" + host.data() + ":" + std::to_string(config.dashboard_port) + "/" +
         std::to_string(::getpid()) + "/" + base::Uuid::v7(base::SystemClock().utc_now()).to_string();
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
    add_watch_routes();
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

  void add_watch_routes() {
    auto& table = surface_.table;
    const auto document = http::openapi(table, kTitle, WH_VERSION, api::describe_access);
    add_api_docs(table, document);
    table
        .add(http::Method::get, "/api/openapi.json",
             [document](http::Request) -> async::Task<http::Response> { co_return http::json_response(200, document); })
        .summary("This API, as OpenAPI 3.1");
    add_ops_routes(table, pool_, metrics_, modules_.rate_limits);
    watch(metrics_, modules_, pool_);
    metrics_.gauge("wh_leader", "1 when this instance leads", [this] { return tasks_.leading() ? 1.0 : 0.0; });
    metrics_.gauge("wh_http_connections", "Open connections",
                   [this] { return static_cast<double>(server_.open_connections()); });
    table.fallback([this](http::Request request) { return fall_back(std::move(request)); });
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
        const auto used = modules_.rate_limits.take_usage();
        if (used.empty()) continue;
        co_await pool_.transaction([&](Tx& tx) -> base::Result<bool> {
          api::share_usage(tx, modules_.rate_limits, used);
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

}  // namespace

int serve(const Config& config) {
  const auto migrated = postgres::blocking_migrate(config.postgres.dsn);
  if (migrated.applied > 0)
    logging::info("control_plane.migrated", {{"applied", migrated.applied}, {"version", migrated.version}});
  http::raise_descriptor_limit();
  Instance instance(config);
  return instance.run();
}

}  // namespace app
