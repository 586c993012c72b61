#include "tests/integration/builds/build_world.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/async/timer.hpp"
#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/crypto/random.hpp"
#include "common/json/json.hpp"

namespace builds::testing {
namespace {

namespace fs = std::filesystem;

/// What the link would be.
class Sink final : public agent::JobSink {
 public:
  void progress(const std::string& phase, std::optional<int> /*percent*/) override { phases.push_back(phase); }
  void log(std::shared_ptr<agent::StreamSource> opened) override { source = std::move(opened); }
  std::string text() const { return source ? source->read(0, source->size()).value_or("") : ""; }

  std::vector<std::string> phases;
  std::shared_ptr<agent::StreamSource> source;
};

fs::path make_folder() {
  std::string pattern = "/var/tmp/wh-builds-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) base::throw_errno("mkdtemp");
  return pattern;
}

BuildNetworkOptions network_options(const fs::path& folder, const std::string& installation) {
  BuildNetworkOptions out;
  out.installation = installation;
  out.state_file = folder / "subnet";
  out.registry_port = kRegistryPort;
  return out;
}

std::string spec_of(const Order& order, const std::string& registry, const std::string& token,
                    const std::string& base_token, const std::string& site_token, const std::string& id) {
  nlohmann::json spec = {
      {"deployment_id", id},
      {"organization_id", id},
      {"app_environment_id", order.app.to_string()},
      {"source", {{"git_url", order.git_url}, {"branch", order.branch}}},
      {"image", {{"repository", order.repository}, {"tag", "d-" + id}, {"registry", registry}}},
      {"registry_token", token},
      {"base_images",
       {{{"name", ::registry::kBaseName},
         {"repository", ::registry::kBaseRepository},
         {"tag", ::registry::kBaseTag},
         {"token", base_token}},
        {{"name", ::registry::kSiteName},
         {"repository", ::registry::kSiteRepository},
         {"tag", ::registry::kBaseTag},
         {"token", site_token}}}},
      {"limits",
       {{"memory_bytes", order.memory_bytes},
        {"pids", order.pids},
        {"cpu_millis", 2000},
        {"disk_bytes", order.disk_bytes},
        {"output_bytes", order.output_bytes}}},
      {"timeout_s", order.timeout_s},
      {"allow_private_sources", order.allow_private},
  };
  if (order.commit) spec["source"]["commit"] = *order.commit;
  if (order.containerfile) spec["containerfile"] = *order.containerfile;
  if (order.static_directory) spec["static_directory"] = *order.static_directory;
  if (order.commands) spec["commands"] = nlohmann::json::parse(json::encode(*order.commands));
  return spec.dump();
}

}  // namespace

std::string Built::result(const std::string& member) const {
  const auto json = nlohmann::json::parse(outcome.result_json);
  if (!json.contains(member)) return "";
  return json[member].is_string() ? json[member].get<std::string>() : json[member].dump();
}

BuildWorld::BuildWorld()
    : folder_(make_folder()),
      installation_(base::hex_encode(crypto::random_bytes(4))),
      first_uid_(1'500'000'000U + 65536U * (static_cast<std::uint32_t>(::getpid()) % 1000U)),
      network_(network_options(folder_, installation_)) {
  const base::UtcTime now = clock_.utc_now();
  authority_ = crypto::make_authority("test authority", now);
  signer_ = *crypto::issue_certificate(
      authority_, {.common_name = "registry tokens", .dns_names = {}, .ip_addresses = {}, .server = false}, now);
  fs::create_directories(folder_ / "git");
  const auto start = [](BuildWorld& self) -> async::Task<void> {
    auto ready = co_await self.network_.ensure();
    if (!ready) throw std::runtime_error(ready.error().message);
    ::registry::RegistryOptions options{.folder = self.folder_ / "registry",
                                        .host = self.network_.gateway(),
                                        .port = kRegistryPort,
                                        .realm = "https://localhost:1/v1/workers/registry-token",
                                        .service = kService,
                                        .issuer = kIssuer,
                                        .ca_pem = self.authority_.chain_pem};
    self.registry_ = std::make_unique<::registry::RegistryServer>(std::move(options), self.pool_, self.clock_);
    ready = co_await self.registry_->ensure();
    if (!ready) throw std::runtime_error(ready.error().message);
    ::registry::PushTokens tokens = [&self](std::string repository) -> async::Task<base::Result<std::string>> {
      co_return self.token(repository, {"pull", "push"});
    };
    auto seeded =
        co_await ::registry::seed_base_image(self.pool_, self.clock_, self.network_.gateway(), kRegistryPort, tokens);
    if (!seeded) throw std::runtime_error(seeded.error().message);
    self.base_digest_ = *seeded;
    seeded =
        co_await ::registry::seed_site_image(self.pool_, self.clock_, self.network_.gateway(), kRegistryPort, tokens);
    if (!seeded) throw std::runtime_error(seeded.error().message);
  };
  run(start(*this));
  BuilderOptions options{.jail_program = WH_JAIL_PROGRAM,
                         .state_folder = folder_ / "builds",
                         .installation = installation_,
                         .host_resolvers = {},
                         .first_uid = first_uid_,
                         .open_sealed = [this](std::string_view box) { return crypto::open_box(sealing_, box); },
                         .read_upload = [this](base::Uuid id, std::uint64_t at) { return read_upload(id, at); }};
  runner_ = std::make_unique<BuildRunner>(std::move(options), network_, pool_, clock_);
  const std::string root = (folder_ / "git").string();
  smart_ = std::make_unique<Server>(std::vector<std::string>{"python3", WH_GIT_SERVER, "--root", root});
  guarded_ =
      std::make_unique<Server>(std::vector<std::string>{"python3", WH_GIT_SERVER, "--root", root, "--auth", "a:b"});
  dumb_ = std::make_unique<Server>(std::vector<std::string>{"python3", WH_STATIC_SERVER, root});
}

BuildWorld::~BuildWorld() {
  const auto stop = [](BuildWorld& self) -> async::Task<void> {
    if (self.registry_) co_await self.registry_->stop();
    co_await self.network_.remove();
  };
  run(stop(*this));
  fs::remove_all(folder_);
  for (const char* controller : {"memory", "pids", "cpu"}) {
    ::rmdir((std::string("/sys/fs/cgroup/") + controller + "/wisehosting/" + installation_ + "/builds").c_str());
    ::rmdir((std::string("/sys/fs/cgroup/") + controller + "/wisehosting/" + installation_).c_str());
  }
}

void BuildWorld::run(async::Task<void> task, std::chrono::seconds at_most) {
  std::optional<std::exception_ptr> outcome;
  boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error) {
    outcome = error;
    io_.stop();
  });
  io_.restart();
  io_.run_for(at_most);
  if (!outcome) throw std::runtime_error("the task did not end in time");
  if (*outcome) std::rethrow_exception(*outcome);
}

async::Task<base::Result<std::string>> BuildWorld::read_upload(base::Uuid id, std::uint64_t at) {
  if (away_ > 0) {
    --away_;
    co_return base::fail(base::ErrorKind::unavailable, "net.unreachable", "nobody there");
  }
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) co_return base::not_found("upload.refused", "The upload");
  co_return found->second.substr(std::min<std::size_t>(at, found->second.size()), 1000);
}

std::string BuildWorld::upload(const std::string& bytes, int away) {
  const auto id = base::Uuid::v7(clock_.utc_now());
  uploads_[id] = bytes;
  away_ = away;
  return "upload:" + id.to_string();
}

Order BuildWorld::order(const std::string& git_url) {
  Order out;
  out.git_url = git_url;
  out.app = base::AppEnvironmentId::make(clock_);
  return out;
}

agent::Job BuildWorld::job_for(const Order& order) {
  agent::Job job;
  job.id = base::JobId::make(clock_);
  job.kind = "build";
  auto spec = nlohmann::json::parse(spec_of(
      order, network_.registry_address(), token(order.repository, {"pull", "push"}),
      token(::registry::kBaseRepository, {"pull"}), token(::registry::kSiteRepository, {"pull"}), job.id.to_string()));
  for (const auto& [name, repository] : order.bases) {
    spec["base_images"].push_back(
        {{"name", name}, {"repository", repository}, {"tag", "1"}, {"token", token(repository, {"pull"})}});
  }
  if (!order.variables.empty()) {
    const auto plain = nlohmann::json(order.variables).dump();
    spec["secrets"] = base::base64url_encode(*crypto::seal_box(sealing_.public_key, plain));
  }
  job.spec_json = spec.dump();
  return job;
}

void BuildWorld::beside(async::Task<void> task) {
  ++beside_;
  boost::asio::co_spawn(io_, std::move(task), [this](std::exception_ptr error) {
    EXPECT_EQ(error, nullptr);
    --beside_;
  });
}

void BuildWorld::settle() {
  io_.restart();
  while (beside_ > 0 && io_.run_one_for(std::chrono::seconds(60)) > 0) {
  }
  EXPECT_EQ(beside_, 0);
}

std::vector<Built> BuildWorld::build_together(const std::vector<Order>& orders) {
  std::vector<Built> out(orders.size());
  std::vector<Sink> sinks(orders.size());
  std::size_t ended = 0;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    agent::Job job = job_for(orders[i]);
    out[i].tag = "d-" + job.id.to_string();
    boost::asio::co_spawn(io_, runner_->run(std::move(job), sinks[i]),
                          [&, i](std::exception_ptr error, agent::JobOutcome outcome) {
                            EXPECT_EQ(error, nullptr);
                            out[i].outcome = std::move(outcome);
                            if (++ended == orders.size()) io_.stop();
                          });
  }
  io_.restart();
  io_.run_for(std::chrono::seconds(180));
  EXPECT_EQ(ended, orders.size());
  for (std::size_t i = 0; i < orders.size(); ++i) {
    out[i].log = sinks[i].text();
    out[i].phases = sinks[i].phases;
  }
  return out;
}

Built BuildWorld::build(const Order& order) {
  return build_cancelled(order, [](const std::string&) { return false; });
}

Built BuildWorld::build_cancelled(const Order& order, const std::function<bool(const std::string&)>& ready) {
  Built out;
  Sink sink;
  agent::Job job = job_for(order);
  out.tag = "d-" + job.id.to_string();
  boost::asio::cancellation_signal signal;
  std::optional<std::chrono::steady_clock::time_point> asked;
  const auto begin = std::chrono::steady_clock::now();
  bool ended = false;
  const auto watch = [](Sink& log, const std::function<bool(const std::string&)>& is_ready,
                        boost::asio::cancellation_signal& cancel, const bool& over,
                        std::optional<std::chrono::steady_clock::time_point>& when) -> async::Task<void> {
    while (!over && !is_ready(log.text())) co_await async::sleep(std::chrono::milliseconds(20));
    if (over) co_return;
    when = std::chrono::steady_clock::now();
    cancel.emit(boost::asio::cancellation_type::terminal);
  };
  boost::asio::co_spawn(io_, watch(sink, ready, signal, ended, asked), [](std::exception_ptr) {});
  boost::asio::co_spawn(
      io_, runner_->run(std::move(job), sink),
      boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error, agent::JobOutcome outcome) {
        EXPECT_EQ(error, nullptr);
        out.outcome = std::move(outcome);
        out.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                         asked.value_or(begin));
        ended = true;
      }));
  io_.restart();
  io_.run_for(std::chrono::seconds(180));
  EXPECT_TRUE(ended);
  out.log = sink.text();
  out.phases = sink.phases;
  return out;
}

namespace {

std::unique_ptr<BuildWorld>& world_slot() {
  static std::unique_ptr<BuildWorld> slot;
  return slot;
}

class WorldEnd final : public ::testing::Environment {
 public:
  void TearDown() override { world_slot().reset(); }
};

const auto* const kWorldEnd = ::testing::AddGlobalTestEnvironment(new WorldEnd);

}  // namespace

BuildWorld& world() {
  auto& slot = world_slot();
  if (!slot) slot = std::make_unique<BuildWorld>();
  return *slot;
}

}  // namespace builds::testing
