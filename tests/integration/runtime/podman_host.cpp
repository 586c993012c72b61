#include "tests/integration/runtime/podman_host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <stdexcept>

#include "common/async/process.hpp"
#include "common/async/timer.hpp"
#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "common/json/json.hpp"
#include "worker-agent/host/tar.hpp"
#include "worker-agent/runtime/podman_service.hpp"

namespace testing_host {
namespace {

std::string trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::uint16_t free_port() {
  const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

PodmanHost& PodmanHost::instance() {
  static PodmanHost host;
  return host;
}

PodmanHost::PodmanHost() {
  char state[] = "/tmp/wh-host-XXXXXX";
  state_dir_ = ::mkdtemp(state);
  runtime_dir_ = "/run/wisehosting/t" + std::to_string(::getpid());
  std::filesystem::create_directories(runtime_dir_);
  run([this](boost::asio::any_io_executor) -> async::Task<void> {
    host::ContainerDirs dirs{.state_dir = state_dir_, .runtime_dir = runtime_dir_, .oci_wrapper = {}};
    const auto deadline = base::Deadline::after(clock_, std::chrono::seconds(60));
    auto result = co_await host::preflight(std::move(dirs), deadline);
    if (!result.ok() || !result.containers) {
      throw std::runtime_error("preflight: " +
                               (result.findings.empty() ? "nothing" : result.findings.front().sentence));
    }
    setup_ = std::move(*result.containers);
  });
  const auto archive = state_dir_ + "/busybox.tar";
  base::blocking_write_file(archive, host::tar_with_one_file("busybox", base::blocking_read_file("/bin/busybox")),
                            0600);
  tool({"/usr/bin/podman", "import", "--quiet", archive, "localhost/test/busybox:1"});
  image_ =
      "localhost/test/busybox@" +
      trimmed(tool({"/usr/bin/podman", "image", "inspect", "--format", "{{.Digest}}", "localhost/test/busybox:1"}));
}

PodmanHost::~PodmanHost() {
  run([this](boost::asio::any_io_executor) -> async::Task<void> {
    const auto deadline = base::Deadline::after(clock_, std::chrono::seconds(60));
    co_await runtime::stop_host(pool_, setup_, clock_, deadline);
  });
  try {
    tool({"/usr/bin/podman", "system", "reset", "--force"});
  } catch (const std::runtime_error&) {
    // What cleans up behind a container's end wrote into the folder that was just being removed.
    tool({"/usr/bin/podman", "system", "reset", "--force"});
  }
  std::error_code ignored;
  std::filesystem::remove_all(state_dir_, ignored);
  std::filesystem::remove_all(runtime_dir_, ignored);
}

void PodmanHost::run(std::function<async::Task<void>(boost::asio::any_io_executor)> task) {
  // Kept until the pool is gone: one of its threads may still let go of the loop that its work came from.
  loops_.push_back(std::make_unique<boost::asio::io_context>(1));
  auto& loop = *loops_.back();
  std::exception_ptr problem;
  boost::asio::co_spawn(loop, task(loop.get_executor()), [&](std::exception_ptr error) {
    problem = error;
    loop.stop();
  });
  loop.run();
  if (problem) std::rethrow_exception(problem);
}

std::string PodmanHost::tool(std::vector<std::string> argv) {
  std::string out;
  run([&](boost::asio::any_io_executor) -> async::Task<void> { out = co_await tool_in(argv); });
  return out;
}

async::Task<std::string> PodmanHost::tool_in(std::vector<std::string> argv) {
  async::ProcessSpec spec{.argv = argv, .env = setup_.env};
  const auto deadline = base::Deadline::after(clock_, std::chrono::seconds(60));
  const auto result = co_await async::run_process(std::move(spec), deadline);
  if (!result) throw std::runtime_error(result.error().message);
  if (!result->ok()) throw std::runtime_error(argv.at(1) + ": " + result->err);
  co_return result->out;
}

TestAgent::TestAgent(boost::asio::any_io_executor executor, text::PortRange ports, base::Duration patience)
    : podman_(executor, PodmanHost::instance().setup().socket, PodmanHost::instance().clock()),
      service_(PodmanHost::instance().pool(), podman_, PodmanHost::instance().setup(), PodmanHost::instance().clock()),
      images_(executor, podman_, tokens_, PodmanHost::instance().setup(), PodmanHost::instance().clock(), {}),
      manager_(replicas::Surroundings{.executor = executor,
                                      .pool = PodmanHost::instance().pool(),
                                      .clock = PodmanHost::instance().clock(),
                                      .setup = PodmanHost::instance().setup(),
                                      .podman = podman_,
                                      .service = service_,
                                      .images = images_,
                                      .worker = base::WorkerId::make(PodmanHost::instance().clock()),
                                      .ports = ports,
                                      .open_secrets =
                                          [](const std::string& sealed) {
                                            return base::Result<std::map<std::string, std::string>>(
                                                {{"SECRET", sealed}});
                                          },
                                      .on_status = [this](const auto& status) { statuses_.push_back(status); },
                                      .patience = patience}),
      tasks_(executor) {
  tasks_.spawn("replicas", manager_.run());
}

TestAgent::~TestAgent() = default;

async::Task<agent::ApplyResult> TestAgent::apply(std::vector<protocol::ReplicaObject> objects, bool shrink) {
  std::vector<agent::ObjectBody> bodies;
  for (const auto& object : objects) bodies.push_back({object.replica_id.to_string(), "", json::encode(object)});
  co_return co_await manager_.apply(std::move(bodies), shrink);
}

async::Task<agent::ReplicaObservation> TestAgent::eventually(
    base::ReplicaId replica, std::function<bool(const agent::ReplicaObservation&)> condition, base::Duration at_most) {
  const auto& clock = PodmanHost::instance().clock();
  const auto deadline = base::Deadline::after(clock, at_most);
  for (std::size_t seen = first_;;) {
    for (; seen < statuses_.size(); ++seen) {
      if (statuses_[seen].replica_id == replica && condition(statuses_[seen])) co_return statuses_[seen];
    }
    if (deadline.passed(clock)) break;
    co_await async::sleep(std::chrono::milliseconds(2));
  }
  co_return statuses_.empty() ? agent::ReplicaObservation{} : statuses_.back();
}

async::Task<void> TestAgent::stop() {
  const auto deadline = base::Deadline::after(PodmanHost::instance().clock(), std::chrono::seconds(5));
  tasks_.cancel();
  co_await tasks_.join(deadline);
  co_await manager_.stop();
}

protocol::ReplicaObject replica(const std::string& script) {
  auto& host = PodmanHost::instance();
  protocol::ReplicaObject object;
  object.replica_id = base::ReplicaId::make(host.clock());
  object.app_environment_id = base::AppEnvironmentId::make(host.clock());
  object.organization_id = base::OrganizationId::make(host.clock());
  object.release_id = base::ReleaseId::make(host.clock());
  object.deployment_id = base::DeploymentId::make(host.clock());
  object.image = host.image();
  object.command = {"/busybox", "sh", "-c", script};
  object.publish = {.address = "127.0.0.1", .port = free_port()};
  object.limits = {.cpu_millis = 500, .memory_bytes = 64U << 20U, .pids = 32};
  object.health.path = "/";
  object.health.grace_s = 15;
  object.stop_grace_s = 2;
  object.network = "apps";
  return object;
}

}  // namespace testing_host
