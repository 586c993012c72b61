#include "worker-agent/runtime/podman_service.hpp"

#include "common/async/timer.hpp"
#include "common/log/log.hpp"

namespace runtime {
namespace {

host::DaemonSpec service_spec(const host::ContainerSetup& setup) {
  return {.name = "podman",
          .argv = {"/usr/bin/podman", "system", "service", "--time=0", "unix://" + setup.socket.string()},
          .env = setup.env,
          .log_file = setup.daemon_dir / "podman.log"};
}

}  // namespace

PodmanService::PodmanService(async::BlockingPool& pool, Podman& podman, const host::ContainerSetup& setup,
                             const base::Clock& clock)
    : pool_(pool), podman_(podman), clock_(clock), daemon_(service_spec(setup), setup.daemon_dir / "podman.pid") {}

async::Task<base::Result<void>> PodmanService::ensure(base::Deadline deadline) {
  CO_TRY_ASSIGN(const auto ensured, co_await pool_.run([this] { return daemon_.blocking_ensure(); }));
  if (ensured == host::Daemon::Ensured::started) logging::info("podman.started", {{"pid", daemon_.pid()}});
  while (!co_await podman_.ping(deadline)) {
    if (!daemon_.alive() || deadline.passed(clock_)) {
      co_return base::fail(base::ErrorKind::unavailable, "podman.unavailable",
                           "Podman's service does not answer; see " + daemon_.spec().log_file.string() + ".");
    }
    co_await async::sleep(std::chrono::milliseconds(5));
  }
  co_return base::Result<void>{};
}

async::Task<void> PodmanService::stop() {
  co_await pool_.run([this] { daemon_.blocking_stop(std::chrono::seconds(5)); });
}

}  // namespace runtime
