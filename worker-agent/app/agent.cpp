#include "worker-agent/app/agent.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>

#include "common/async/blocking_pool.hpp"
#include "common/async/task_group.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/scheduling.hpp"
#include "common/log/log.hpp"
#include "common/text/port_range.hpp"
#include "worker-agent/app/logged_replicas.hpp"
#include "worker-agent/app/registry_capability.hpp"
#include "worker-agent/app/replica_capability.hpp"
#include "worker-agent/builds/build_runner.hpp"
#include "worker-agent/edge/edge.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/host/netns_folder.hpp"
#include "worker-agent/logs/replica_log.hpp"
#include "worker-agent/logs/shipper.hpp"
#include "worker-agent/registry/collector.hpp"
#include "worker-agent/runtime/container_spec.hpp"
#include "worker-agent/runtime/control_groups.hpp"
#include "worker-agent/runtime/leftovers.hpp"
#include "worker-agent/stats/reporter.hpp"

namespace agent {
namespace {

constexpr std::chrono::seconds kPrepare{60};
constexpr std::chrono::seconds kStopEdge{5};
constexpr std::chrono::seconds kDropLeftovers{15};

bool has(const Config& config, const char* capability) {
  return std::ranges::find(config.capabilities, capability) != config.capabilities.end();
}

host::ContainerDirs container_dirs(const Config& config) {
  return {.state_dir = config.state_dir, .runtime_dir = config.runtime_dir, .oci_wrapper = {}};
}

std::filesystem::path beside_this_program(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

/// The control group of HAProxy.
std::string edge_group(const host::ContainerSetup& setup) {
  return "wh-edge-" + setup.installation;
}

edge::EdgeSettings edge_settings(const Config& config, const host::ContainerSetup& setup) {
  edge::EdgeSettings settings;
  settings.processor_group = edge_group(setup);
  settings.state_dir = config.state_dir;
  settings.socket = config.runtime_dir / "haproxy.sock";
  settings.http_address = config.edge.http_address;
  settings.http_port = config.edge.http_port;
  settings.slots = config.edge.slots;
  return settings;
}

builds::BuildNetworkOptions network_options(const Config& config, const host::ContainerSetup& setup) {
  builds::BuildNetworkOptions options;
  options.installation = setup.installation;
  options.state_file = config.state_dir / "build-network.json";
  options.registry_port = static_cast<std::uint16_t>(config.registry.port);
  options.resolvers = setup.resolvers;
  return options;
}

logs::CollectorOptions collector_options(const Config& config, const host::ContainerSetup& setup) {
  logs::CollectorOptions options;
  options.raw_folder = setup.log_dir;
  options.spool_folder = config.state_dir / "logs" / "spool";
  options.raw_file_bytes = runtime::kLogBytes;
  options.limits = {.bytes_per_second = static_cast<std::uint64_t>(config.logs.bytes_per_second),
                    .burst_bytes = static_cast<std::uint64_t>(config.logs.burst_bytes)};
  options.most_bytes_a_replica = static_cast<std::uint64_t>(config.logs.replica_bytes);
  options.most_bytes = static_cast<std::uint64_t>(config.logs.all_bytes);
  options.keep_after_end = std::chrono::hours(config.logs.keep_hours);
  return options;
}

protocol::WorkerFacts facts_of(const Config& config, const host::ContainerSetup& setup,
                               const std::string& registry_address) {
  protocol::WorkerFacts facts;
  facts.podman_version = setup.podman_version;
  facts.runtime = setup.runtime == host::OciRuntime::runc ? "runc" : "crun";
  facts.wireguard = "none";
  facts.capabilities = config.capabilities;
  facts.labels["publish_address"] = config.publish_address;
  facts.labels["publish_ports"] = config.publish_ports;
  facts.labels["edge_http_port"] = std::to_string(config.edge.http_port);
  if (has(config, "registry")) facts.labels["registry_address"] = registry_address;
  return facts;
}

text::PortRange replica_ports(const Config& config) {
  const auto ports = text::parse_port_range(config.publish_ports);
  if (!ports) throw base::Failure("publish_ports " + ports.error().message);
  return *ports;
}

/// Left-over rules would lead the ports of new replicas astray. A failure is only told: without such rules there is
/// nothing to fear, and the next container that goes has it tried again.
async::Task<void> drop_leftovers(const Config& config, const host::ContainerSetup& setup, const base::Clock& clock) {
  const auto deadline = base::Deadline::after(clock, kDropLeftovers);
  const auto dropped = co_await runtime::drop_leftovers(setup, replica_ports(config), deadline);
  if (!dropped) logging::warn("agent.host", {{"warning", dropped.error().message}});
}

std::unique_ptr<logs::Drain> open_drain(const Config& config, const logs::DrainTools& tools) {
  const auto& file = config.logs.drain_token_file;
  auto token = file.empty() ? std::string() : base::blocking_read_private_file(file);
  token.erase(token.find_last_not_of(" \r\n") + 1);
  auto drain = logs::open_drain(config.logs.drain, base::SecretString(std::move(token)), tools);
  if (!drain) throw base::Failure(drain.error().message);
  return std::move(*drain);
}

/// The capabilities of one agent with what they share; made once the host is prepared.
class Capabilities {
 public:
  Capabilities(const Config& config, const host::ContainerSetup& setup, builds::BuildNetwork& network,
               async::BlockingPool& pool, const base::Clock& clock, boost::asio::any_io_executor executor)
      : replicas_(executor, setup, pool, clock, network.registry_address(), replica_ports(config)),
        collector_(collector_options(config, setup)),
        logged_replicas_(replicas_, collector_),
        logs_(executor, collector_, [this](base::ReplicaId replica) { return replicas_.is_here(replica); }),
        edge_(edge_settings(config, setup), pool, clock, executor),
        registry_({.folder = config.state_dir / "registry",
                   .host = network.gateway(),
                   .port = static_cast<std::uint16_t>(config.registry.port),
                   .hub_url = config.hub_url},
                  pool, clock),
        builds_({.jail_program = beside_this_program("wh-jail"),
                 .state_folder = config.state_dir / "builds",
                 .installation = setup.installation,
                 .host_resolvers = setup.resolvers,
                 .first_uid = 1'000'000'000,
                 .open_sealed = [this](std::string_view box) { return link_.open_sealed(box); },
                 .read_upload = [this](base::Uuid upload, std::uint64_t at) { return link_.read_upload(upload, at); }},
                network, pool, clock),
        image_collector_([this] { return registry_.server(); }, clock),
        builds_after_registry_(builds_, has(config, "registry") ? &registry_ : nullptr),
        link_(executor, link_options(config, setup, network.registry_address()), clock, handlers(config),
              runners(config), &logs_),
        stats_(executor, pool, clock, {.disk = config.state_dir, .cgroup_parent = setup.cgroup_parent},
               stats_ends(has(config, "edge"))) {
    replicas_.bind(link_);
    edge_.on_step([this] { stats_.at_once(); });
    logged_replicas_.bind(link_);
    registry_.bind(link_);
    if (!config.logs.drain.empty()) open_shipper(config, {executor, pool, clock});
  }

  void start(const Config& config, async::BlockingPool& pool, async::TaskGroup& tasks) {
    if (has(config, "edge")) {
      tasks.spawn("edge", edge_.run());
      tasks.spawn("edge.answers", edge_.read_answers());
    }
    tasks.spawn("stats", stats_.run());
    if (has(config, "registry")) tasks.spawn("registry", registry_.run());
    tasks.spawn("logs", logged_replicas_.keep_durable(pool));
    if (shipper_) tasks.spawn("logs.drain", shipper_->run());
    tasks.spawn("link", link_.run());
  }
  async::Task<void> stop() { co_await replicas_.stop(); }

 private:
  void open_shipper(const Config& config, const logs::DrainTools& tools) {
    shipper_.emplace(
        tools, collector_, open_drain(config, tools),
        [this](base::ReplicaId replica) { return replicas_.is_here(replica); },
        logs::Shipper::Options{.state_file = config.state_dir / "logs" / "drain.json"});
    logged_replicas_.on_collected([this](const protocol::ReplicaObject& object) {
      shipper_->add(
          {object.replica_id, object.app_environment_id, object.organization_id, object.release_id, object.index});
    });
  }
  static Link::Options link_options(const Config& config, const host::ContainerSetup& setup,
                                    const std::string& registry_address) {
    Link::Options options;
    options.hub_url = config.hub_url;
    options.ca_pin = config.ca_pin;
    options.enrolment_token_file = config.enrolment_token_file;
    options.state_dir = config.state_dir;
    options.name = config.name;
    options.version = WH_VERSION;
    options.facts = facts_of(config, setup, registry_address);
    return options;
  }
  AssignmentHandlers handlers(const Config& config) {
    AssignmentHandlers all;
    if (has(config, "run")) all[protocol::AssignmentKind::replicas] = &logged_replicas_;
    if (has(config, "edge")) all[protocol::AssignmentKind::routes] = &edge_;
    return all;
  }
  stats::Ends stats_ends(bool with_edge) {
    stats::Ends ends;
    ends.containers = [this] {
      std::vector<stats::RunningContainer> all;
      for (auto& running : replicas_.running()) {
        all.push_back({running.replica, std::move(running.container), running.process});
      }
      return all;
    };
    ends.edge = [this, with_edge] { return with_edge ? std::optional(edge_.report()) : std::nullopt; };
    ends.send = [this](const protocol::StatsReport& report, std::string body) {
      return link_.send_stats(report, std::move(body));
    };
    ends.not_sent = [this] { edge_.report_lost(); };
    return ends;
  }
  JobRunners runners(const Config& config) {
    JobRunners all;
    if (has(config, "build")) all.push_back(&builds_after_registry_);
    if (has(config, "registry")) all.push_back(&image_collector_);
    return all;
  }

  ReplicaCapability replicas_;
  logs::Collector collector_;
  LoggedReplicas logged_replicas_;
  std::optional<logs::Shipper> shipper_;
  logs::ReplicaLogs logs_;
  edge::Edge edge_;
  RegistryCapability registry_;
  builds::BuildRunner builds_;
  registry::Collector image_collector_;
  BuildsAfterRegistry builds_after_registry_;
  Link link_;
  stats::Reporter stats_;
};

async::Task<void> live(const Config& config, async::BlockingPool& pool, const base::Clock& clock,
                       boost::asio::io_context& io, int& exit_code) {
  const auto executor = io.get_executor();
  std::filesystem::create_directories(config.state_dir);
  std::filesystem::create_directories(config.runtime_dir);
  const auto state = host::blocking_detect(config.state_dir);
  auto setup = co_await host::prepare_containers(state, container_dirs(config), base::Deadline::after(clock, kPrepare));
  if (!setup) throw base::Failure(setup.error().message);
  for (const auto& warning : setup->warnings) logging::warn("agent.host", {{"warning", warning}});
  if (!host::blocking_share_netns_folder()) logging::info("agent.netns_folder_in_use");
  co_await drop_leftovers(config, *setup, clock);
  builds::BuildNetwork network(network_options(config, *setup));
  const auto made = co_await network.ensure();
  if (!made) throw base::Failure(made.error().message);
  Capabilities capabilities(config, *setup, network, pool, clock, executor);
  async::TaskGroup tasks(executor);
  capabilities.start(config, pool, tasks);
  logging::info("agent.ready", {{"version", WH_VERSION},
                                {"runtime", host::to_string(setup->runtime)},
                                {"registry", network.registry_address()}});
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  const int number = co_await signals.async_wait(boost::asio::use_awaitable);
  logging::info("agent.stopping", {{"signal", number}});
  tasks.cancel();
  co_await tasks.join(base::Deadline::after(clock, std::chrono::milliseconds(1200)));
  co_await capabilities.stop();
  exit_code = 0;
}

/// Runs one coroutine to its end on a thread of its own loop; what it throws becomes the exit code 1.
template <class F>
int run_to_end(F make_task) {
  base::SystemClock clock;
  boost::asio::io_context io(1);
  async::BlockingPool pool(2, "disk");
  int exit_code = 1;
  boost::asio::co_spawn(io, make_task(pool, clock, io, exit_code), [&](std::exception_ptr failed) {
    if (failed) {
      try {
        std::rethrow_exception(failed);
      } catch (const std::exception& failure) {
        logging::error("agent.failed", {{"reason", failure.what()}});
        exit_code = 1;
      }
    }
    io.stop();
  });
  io.run();
  pool.stop();
  return exit_code;
}

async::Task<void> stop_everything(const Config& config, async::BlockingPool& pool, const base::Clock& clock,
                                  int& exit_code) {
  const auto setup = host::describe_containers(container_dirs(config));
  co_await pool.run([&config] {
    edge::Edge::blocking_stop_recorded(config.state_dir, kStopEdge);
    registry::RegistryServer::blocking_stop_recorded(config.state_dir / "registry");
  });
  runtime::remove_groups("/" + edge_group(setup));
  const auto stopped =
      co_await runtime::stop_host(pool, setup, clock, base::Deadline::after(clock, std::chrono::seconds(30)));
  if (stopped) co_await drop_leftovers(config, setup, clock);
  const auto removed = co_await builds::BuildNetwork::remove(setup.installation);
  runtime::remove_groups("/" + builds::control_group(setup.installation));
  if (!stopped) std::fprintf(stderr, "%s\n", stopped.error().message.c_str());
  if (!removed) std::fprintf(stderr, "%s\n", removed.error().message.c_str());
  exit_code = stopped && removed ? 0 : 1;
}

async::Task<void> look(const Config& config, const base::Clock& clock, int& exit_code) {
  std::filesystem::create_directories(config.state_dir);
  std::filesystem::create_directories(config.runtime_dir);
  const auto found = co_await host::preflight(container_dirs(config), base::Deadline::after(clock, kPrepare));
  for (const auto& finding : found.findings)
    std::printf("%s: %s\n", finding.problem ? "problem" : "warning", finding.sentence.c_str());
  if (found.ok())
    std::printf("This host can run containers (%s, Podman %s).\n", host::to_string(found.containers->runtime),
                found.containers->podman_version.c_str());
  exit_code = found.ok() ? 0 : 1;
}

}  // namespace

int run_agent(const Config& config) {
  base::answer_quickly();
  return run_to_end([&](async::BlockingPool& pool, const base::Clock& clock, boost::asio::io_context& io,
                        int& exit_code) { return live(config, pool, clock, io, exit_code); });
}

int stop_host(const Config& config) {
  return run_to_end([&](async::BlockingPool& pool, const base::Clock& clock, boost::asio::io_context&, int& exit_code) {
    return stop_everything(config, pool, clock, exit_code);
  });
}

int preflight(const Config& config) {
  return run_to_end([&](async::BlockingPool&, const base::Clock& clock, boost::asio::io_context&, int& exit_code) {
    return look(config, clock, exit_code);
  });
}

}  // namespace agent
