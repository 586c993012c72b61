#include "worker-agent/registry/registry_server.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "common/async/process.hpp"
#include "common/async/timer.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "common/http_client/client.hpp"
#include "common/json/json.hpp"

namespace registry {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::chrono::seconds kStartPatience{15};
constexpr std::chrono::seconds kAnswerPatience{2};
constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::seconds kStopGrace{10};
constexpr std::chrono::minutes kCollectPatience{10};
constexpr const char* kRecord = "process.json";

struct TokenAuth {
  std::string realm, service, issuer, rootcertbundle;
  template <class F>
  void map(F& f) {
    f.required("realm", realm);
    f.required("service", service);
    f.required("issuer", issuer);
    f.required("rootcertbundle", rootcertbundle);
  }
};
struct Auth {
  TokenAuth token;
  template <class F>
  void map(F& f) {
    f.required("token", token);
  }
};
struct Switch {
  bool value{false};
  std::string name;
  template <class F>
  void map(F& f) {
    f.required(name, value);
  }
};
struct Log {
  Switch accesslog{.value = true, .name = "disabled"};
  std::string level{"warn"};
  std::string formatter{"json"};
  template <class F>
  void map(F& f) {
    f.required("accesslog", accesslog);
    f.required("level", level);
    f.required("formatter", formatter);
  }
};
struct Filesystem {
  std::string rootdirectory;
  template <class F>
  void map(F& f) {
    f.required("rootdirectory", rootdirectory);
  }
};
struct Maintenance {
  Switch readonly{.value = false, .name = "enabled"};
  template <class F>
  void map(F& f) {
    f.required("readonly", readonly);
  }
};
struct Storage {
  Filesystem filesystem;
  Switch removal{.value = true, .name = "enabled"};
  Maintenance maintenance;
  template <class F>
  void map(F& f) {
    f.required("filesystem", filesystem);
    f.required("delete", removal);
    f.required("maintenance", maintenance);
  }
};
struct Http {
  std::string addr;
  bool relativeurls{true};
  template <class F>
  void map(F& f) {
    f.required("addr", addr);
    f.required("relativeurls", relativeurls);
  }
};
struct Config {
  double version{0.1};
  Log log;
  Storage storage;
  Http http;
  Auth auth;
  template <class F>
  void map(F& f) {
    f.required("version", version);
    f.required("log", log);
    f.required("storage", storage);
    f.required("http", http);
    f.required("auth", auth);
  }
};

}  // namespace

std::string render_config(const RegistryOptions& options) {
  Config config;
  config.storage.filesystem.rootdirectory = (options.folder / "images").string();
  config.storage.maintenance.readonly.value = options.read_only;
  config.http.addr = options.host + ":" + std::to_string(options.port);
  config.auth.token = TokenAuth{.realm = options.realm,
                                .service = options.service,
                                .issuer = options.issuer,
                                .rootcertbundle = (options.folder / "authority.pem").string()};
  return json::encode(config) + "\n";
}

RegistryServer::RegistryServer(RegistryOptions options, async::BlockingPool& pool, const base::Clock& clock)
    : options_(std::move(options)), pool_(pool), clock_(clock) {}

void RegistryServer::blocking_configure() {
  namespace fs = std::filesystem;
  fs::create_directories(options_.folder / "images");
  fs::permissions(options_.folder, fs::perms::owner_all);
  const std::string config = render_config(options_);
  base::blocking_write_file(options_.folder / "config.yml", config, 0600);
  base::blocking_write_file(options_.folder / "authority.pem", options_.ca_pem, 0600);
  host::DaemonSpec spec;
  spec.name = "registry";
  // It opens files of its folder and one port: no capability is needed for that.
  spec.argv = {"/usr/bin/setpriv",
               "--no-new-privs",
               "--inh-caps=-all",
               "--bounding-set=-all",
               "/usr/bin/docker-registry",
               "serve",
               (options_.folder / "config.yml").string()};
  // A process with another configuration has another environment, and is replaced.
  spec.env = {{"PATH", "/usr/bin:/bin"}, {"WH_CONFIGURATION", crypto::sha256_hex(config + options_.ca_pem)}};
  spec.log_file = options_.folder / "registry.log";
  daemon_ = std::make_unique<host::Daemon>(std::move(spec), options_.folder / kRecord);
}

async::Task<Result<void>> RegistryServer::serve(bool read_only) {
  options_.read_only = read_only;
  daemon_.reset();
  co_return co_await start();
}

async::Task<Result<void>> RegistryServer::run_collector() {
  async::ProcessSpec spec;
  spec.argv = {
      "/usr/bin/setpriv",         "--no-new-privs",  "--inh-caps=-all",   "--bounding-set=-all",
      "/usr/bin/docker-registry", "garbage-collect", "--delete-untagged", (options_.folder / "config.yml").string()};
  spec.env = {{"PATH", "/usr/bin:/bin"}};
  const auto deadline = base::Deadline::after(clock_, kCollectPatience);
  CO_TRY_ASSIGN(const auto ran, co_await async::run_process(std::move(spec), deadline));
  if (ran.ok()) co_return Result<void>{};
  co_return base::fail(
      ErrorKind::unavailable, "registry.collect",
      "The registry could not be cleaned: " +
          (ran.timed_out ? "it took too long"
                         : ran.err.substr(ran.err.size() - std::min<std::size_t>(ran.err.size(), 300))));
}

async::Task<Result<void>> RegistryServer::collect_garbage() {
  if (collecting_) co_return base::fail(ErrorKind::conflict, "registry.collect", "It is being cleaned already.");
  struct Turn {
    bool& taken;
    explicit Turn(bool& flag) : taken(flag) { taken = true; }
    ~Turn() { taken = false; }
  };
  std::optional<Turn> turn(collecting_);
  auto done = co_await serve(true);
  if (done) done = co_await run_collector();
  const auto open = co_await serve(false);
  turn.reset();
  if (!open) co_return open;
  co_return done;
}

async::Task<Result<void>> RegistryServer::ensure() {
  while (collecting_) co_await async::sleep(kPause);
  co_return co_await start();
}

async::Task<Result<void>> RegistryServer::start() {
  const auto start = [this]() -> Result<void> {
    if (!daemon_) blocking_configure();
    TRY_CHECK(daemon_->blocking_ensure());
    return {};
  };
  CO_TRY_CHECK(co_await pool_.run(start));
  const auto deadline = base::Deadline::after(clock_, kStartPatience);
  while (!co_await healthy()) {
    if (deadline.passed(clock_) || !daemon_->alive()) {
      co_return base::fail(ErrorKind::unavailable, "registry.not_answering",
                           "The registry does not answer at " + address() + "; its log is " +
                               (options_.folder / "registry.log").string());
    }
    co_await async::sleep(kPause);
  }
  co_return Result<void>{};
}

async::Task<bool> RegistryServer::healthy() {
  constexpr int kUnauthorized = 401;
  http_client::Client client(co_await boost::asio::this_coro::executor,
                             http_client::Endpoint::tcp(options_.host, options_.port), clock_);
  http_client::Request request;
  request.target = "/v2/";
  const auto deadline = base::Deadline::after(clock_, kAnswerPatience);
  const auto response = co_await client.send(std::move(request), deadline);
  co_return response.has_value() && response->status == kUnauthorized;
}

async::Task<void> RegistryServer::stop() {
  co_await pool_.run([folder = options_.folder] { blocking_stop_recorded(folder); });
}

void RegistryServer::blocking_stop_recorded(const std::filesystem::path& folder) {
  host::Daemon::blocking_stop_recorded(folder / kRecord, kStopGrace);
}

}  // namespace registry
