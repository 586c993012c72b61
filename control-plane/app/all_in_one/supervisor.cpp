#include "control-plane/app/all_in_one/supervisor.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/process.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "control-plane/app/all_in_one/home.hpp"

namespace all_in_one {
namespace {

using namespace std::chrono_literals;

constexpr auto kClusterTime = 60s;
constexpr auto kTokenLife = 30min;  // a token is good for an hour
constexpr auto kTick = 20ms;        // while something is awaited that no descriptor tells about

// Together under the 10 s that a stop may take.
constexpr auto kAgentGrace = 2500ms;
constexpr auto kControlPlaneGrace = 5s;
constexpr auto kPostgresGrace = 2s;

std::int64_t milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Supervisor::Supervisor(const AllInOneOptions& options, Layout layout, int signals)
    : options_(options),
      layout_(std::move(layout)),
      signals_(signals),
      cluster_(options_, layout_),
      probe_(options_.ports.dashboard) {
  for (const auto& program : {options_.control_plane_binary, options_.agent_binary}) {
    if (::access(program.c_str(), X_OK) != 0) throw base::Failure(program.string() + " is missing");
  }
}

bool Supervisor::make_cluster() {
  write_run_file();  // first of all: whoever wants to stop us finds us
  cluster_.blocking_prepare();
  if (cluster_.exists()) return true;
  const auto began = clock_.steady_now();
  for (const auto& command : cluster_.making()) {
    auto process = Process::start("initdb", command);
    if (!finishes(process, kClusterTime)) {
      process.signal(SIGKILL);
      if (stopping_) return false;
      throw base::Failure("the database cluster was not made within 60 s; see " + command.log_file.string());
    }
    if (const auto ending = process.ending(); ending && !ending->good()) {
      throw base::Failure("the database cluster could not be made (" + ending->text() + "); see " +
                          command.log_file.string());
    }
  }
  cluster_.blocking_finish_making();
  logging::info("cluster.made", {{"took_ms", milliseconds(clock_.steady_now() - began)}});
  return true;
}

void Supervisor::run() {
  while (!stopping_) {
    notice_endings();
    notice_ready();
    start_due();
    wait_for_event();
  }
  stop_all();
}

bool Supervisor::may_start(const Service& service) const {
  return !service.process && clock_.steady_now() >= service.not_before;
}

void Supervisor::start_due() {
  if (may_start(postgres_)) {
    postgres_ready_ = false;
    start(postgres_, cluster_.server());
  }
  // Only the first start waits for the database: later the control plane waits for it by itself.
  if (may_start(control_plane_) && (postgres_ready_ || control_plane_.started_once)) {
    control_plane_ready_ = false;
    start(control_plane_, control_plane_command(options_, layout_, !control_plane_.started_once));
  }
  if (was_ready_) start_agent_side();
}

void Supervisor::start_agent_side() {
  if (enrolment_.process) return;
  if (agent_.process) {
    // Not registered yet: it reads the file at each try, so it is kept fresh.
    const bool stale = clock_.steady_now() - enrolment_.started_at > kTokenLife && !agent_is_enrolled(layout_);
    if (stale && control_plane_ready_ && may_start(enrolment_)) start(enrolment_, enrolment_command(options_, layout_));
    return;
  }
  if (!credentials_ && agent_is_enrolled(layout_)) {
    take_enrolment(Ending{});  // of an earlier start; the token in it is spent, the rest still holds
  }
  if (!credentials_) {
    if (control_plane_ready_ && may_start(enrolment_)) start(enrolment_, enrolment_command(options_, layout_));
    return;
  }
  if (may_start(agent_)) start(agent_, agent_command(options_, layout_, *credentials_, !agent_.started_once));
}

void Supervisor::start(Service& service, const Command& command) {
  service.started_at = clock_.steady_now();
  service.started_once = true;
  try {
    blocking_rotate_log(command.log_file);
    service.process = Process::start(service.name, command);
    logging::info("process.started", {{"name", service.name}, {"pid", service.process->mark().pid}});
    write_run_file();
  } catch (const base::Failure& failure) {
    service.not_before = clock_.steady_now() + service.policy.delay_after(0s);
    logging::error("process.start_failed", {{"name", service.name}, {"reason", failure.what()}});
  }
}

void Supervisor::notice_endings() {
  for (Service* service : services()) {
    if (!service->process) continue;
    const auto ending = service->process->ending();
    if (!ending) continue;
    const auto lived = clock_.steady_now() - service->started_at;
    service->process.reset();
    write_run_file();
    if (service == &enrolment_) {
      take_enrolment(*ending);
      continue;
    }
    const auto delay = service->policy.delay_after(lived);
    service->not_before = clock_.steady_now() + delay;
    logging::warn("process.ended", {{"name", service->name},
                                    {"how", ending->text()},
                                    {"lived_ms", milliseconds(lived)},
                                    {"restart_in_ms", milliseconds(delay)}});
    // A token is good once and for a short time: an agent that did not get as far as registering needs a new one.
    if (service == &agent_ && !agent_is_enrolled(layout_)) credentials_.reset();
  }
}

void Supervisor::notice_ready() {
  if (!postgres_ready_ && postgres_.process && cluster_.ready(postgres_.process->mark().pid)) {
    postgres_ready_ = true;
    logging::info("postgres.ready", {{"took_ms", milliseconds(clock_.steady_now() - postgres_.started_at)}});
  }
  if (!control_plane_ready_ && control_plane_.process && probe_.step()) {
    control_plane_ready_ = was_ready_ = true;
    logging::info("control_plane.ready", {{"took_ms", milliseconds(clock_.steady_now() - control_plane_.started_at)}});
  }
}

void Supervisor::take_enrolment(const Ending& ending) {
  std::string problem = ending.good() ? "" : ending.text();
  if (problem.empty()) {
    try {
      auto enrolment =
          json::decode<Enrolment>(base::blocking_read_file(enrolment_file(layout_)), json::Unknown::ignore);
      if (enrolment) {
        base::blocking_write_file(token_file(layout_), enrolment->token, 0600);
        credentials_ = std::move(*enrolment);
        return;
      }
      problem = enrolment.error().message;
    } catch (const base::Failure& failure) {
      problem = failure.what();
    }
  }
  enrolment_.not_before = clock_.steady_now() + enrolment_.policy.delay_after(0s);
  logging::warn("worker_token.failed", {{"reason", problem}});
}

void Supervisor::wait_for_event() {
  std::vector<pollfd> waits{{.fd = signals_, .events = POLLIN, .revents = 0}};
  const auto now = clock_.steady_now();
  base::Duration wait = 10s;
  for (const Service* service : services()) {
    if (service->process) {
      waits.push_back({.fd = service->process->pidfd(), .events = POLLIN, .revents = 0});
    } else if (service->not_before > now) {
      wait = std::min<base::Duration>(wait, service->not_before - now);
    }
  }
  const bool awaiting_ready =
      (postgres_.process && !postgres_ready_) || (control_plane_.process && !control_plane_ready_);
  if (awaiting_ready) wait = std::min<base::Duration>(wait, kTick);
  ::poll(waits.data(), waits.size(), static_cast<int>(milliseconds(wait)) + 1);
  if (told_to_stop()) stopping_ = true;
}

bool Supervisor::told_to_stop() {
  signalfd_siginfo info{};
  if (::read(signals_, &info, sizeof info) != sizeof info) return false;
  logging::info("stop.requested", {{"signal", info.ssi_signo}});
  return true;
}

void Supervisor::stop_all() {
  const auto began = clock_.steady_now();
  stop(enrolment_, SIGTERM, 0s);
  stop(agent_, SIGTERM, kAgentGrace);
  stop(control_plane_, SIGTERM, kControlPlaneGrace);
  stop(postgres_, SIGINT, kPostgresGrace);  // fast: open transactions are rolled back
  write_run_file();
  logging::info("stopped", {{"took_ms", milliseconds(clock_.steady_now() - began)}});
}

void Supervisor::stop(Service& service, int signal_number, base::Duration grace) {
  if (!service.process) return;
  service.process->signal(signal_number);
  if (!finishes(*service.process, grace)) {
    logging::warn("process.killed", {{"name", service.name}, {"after_ms", milliseconds(grace)}});
    service.process->signal(SIGKILL);
    finishes(*service.process, 1s);
  }
  service.process->ending();
  service.process.reset();
}

bool Supervisor::finishes(Process& process, base::Duration grace) {
  const auto until = clock_.steady_now() + grace;
  for (;;) {
    pollfd waits[2] = {{.fd = process.pidfd(), .events = POLLIN, .revents = 0},
                       {.fd = stopping_ ? -1 : signals_, .events = POLLIN, .revents = 0}};
    const auto left = milliseconds(until - clock_.steady_now());
    if (left < 0) return false;
    ::poll(waits, 2, static_cast<int>(left) + 1);
    if ((waits[0].revents & POLLIN) != 0) return true;
    if (!stopping_ && told_to_stop()) {
      stopping_ = true;
      return false;
    }
  }
}

void Supervisor::write_run_file() {
  std::vector<ProcessMark> processes;
  processes.push_back(
      {.name = "supervisor", .pid = ::getpid(), .start_time = base::start_time_of(::getpid()).value_or(0)});
  for (const Service* service : services()) {
    if (service->process) processes.push_back(service->process->mark());
  }
  blocking_write_run_file(layout_, std::move(processes));
}

}  // namespace all_in_one
