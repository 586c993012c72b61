#include "worker-agent/builds/jail/run.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"
#include "worker-agent/builds/jail/cgroup.hpp"
#include "worker-agent/builds/jail/confine.hpp"
#include "worker-agent/builds/jail/disk_watch.hpp"
#include "worker-agent/builds/jail/network.hpp"
#include "worker-agent/builds/jail/root.hpp"
#include "worker-agent/builds/jail/variables.hpp"

namespace jail {
namespace {

constexpr std::size_t kMaxSecret = 64 * 1024;
constexpr std::size_t kMaxVariables = std::size_t{1} << 20U;

struct Pipe {
  base::UniqueFd read_end;
  base::UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) base::throw_errno("pipe");
  return Pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

std::string read_all(int fd, std::size_t limit = kMaxSecret) {
  std::string out;
  std::array<char, 4096> buffer{};
  while (out.size() <= limit) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
  throw base::Failure("what is on standard input is too long");
}

void write_map(pid_t pid, const char* file, std::uint32_t base_id) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  const std::string map = "0 " + std::to_string(base_id) + " " + std::to_string(kIds);
  const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), map.data(), map.size()) < 0) base::throw_errno("write " + path);
}

/// When the whole host is out of memory, builds go before apps.
void be_killed_first(pid_t pid) {
  const base::UniqueFd fd(::open(("/proc/" + std::to_string(pid) + "/oom_score_adj").c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), "1000", 4) != 4) base::throw_errno("oom_score_adj");
}

/// Programs inside reopen /dev/stdout by name; a pipe of ours would refuse them.
void hand_over_output(std::uint32_t uid) {
  for (const int fd : {1, 2}) {
    struct stat info{};
    if (::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode)) static_cast<void>(::fchown(fd, uid, uid));
  }
}

// ---- inside
// -----------------------------------------------------------------------------------------------------------

/// Dies with the part outside, from now on; had that already gone, at once (`lifeline` then reads as ended).
void die_with(const base::UniqueFd& lifeline) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd state{.fd = lifeline.get(), .events = POLLIN, .revents = 0};
  if (::poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0) ::_exit(kSetupFailed);
}

/// `secret`: becomes standard input, for the module that puts it among the arguments; -1: there is none.
[[noreturn]] void execute(const Options& options, int secret) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const base::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (::dup2(secret < 0 ? null.get() : secret, 0) < 0 || ::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    base::throw_errno("close descriptors");
  std::map<std::string, std::string> variables = options.env;
  variables.emplace("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
  variables.emplace("HOME", "/root");
  variables.emplace("LANG", "C.UTF-8");
  variables.emplace("TMPDIR", options.store.empty() ? "/tmp" : "/var/tmp");
  if (secret >= 0) variables["LD_PRELOAD"] = kSecretModule;
  std::vector<std::string> texts;
  for (const auto& [name, value] : variables) texts.push_back(name + "=" + value);
  std::vector<char*> env;
  for (auto& text : texts) env.push_back(text.data());
  env.push_back(nullptr);
  std::vector<std::string> command = options.command;
  std::vector<char*> argv;
  for (auto& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execve(argv[0], argv.data(), env.data());
  base::throw_errno("run " + command.front());
}

[[noreturn]] void report_error(int fd, const std::string& text) {
  static_cast<void>(::write(fd, text.data(), text.size()));
  ::_exit(kSetupFailed);
}

/// What pid 1 does: run the command, reap whatever else ends, and leave with the command's status. When pid 1 leaves,
/// the kernel kills all that is still in the jail.
[[noreturn]] void supervise(const Options& options, int secret, int errors) {
  const pid_t command = ::fork();
  if (command < 0) base::throw_errno("fork");
  if (command == 0) {
    try {
      execute(options, secret);
    } catch (const std::exception& failure) {
      report_error(errors, failure.what());
    }
  }
  ::close(errors);
  int status = 0;
  for (pid_t ended = 0; (ended = ::wait(&status)) > 0 || errno == EINTR;) {
    if (ended == command) break;
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

[[noreturn]] void be_the_jail(const Options& options, const Mounts& mounts, const std::vector<Variable>& variables,
                              int secret, Pipe& lifeline, Pipe& errors) {
  try {
    lifeline.write_end.reset();
    errors.read_end.reset();
    die_with(lifeline.read_end);
    char go = 0;
    if (::read(lifeline.read_end.get(), &go, 1) != 1) ::_exit(kSetupFailed);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0)
      base::throw_errno("ids");
    die_with(lifeline.read_end);  // changing the ids cleared it
    if (::unshare(CLONE_NEWCGROUP) != 0) base::throw_errno("cgroup namespace");
    if (::sethostname("build", 5) != 0) base::throw_errno("hostname");
    if (::setsid() < 0) base::throw_errno("setsid");
    ::umask(022);
    enter_root(options, mounts);
    if (!variables.empty()) write_variables(variables);
    configure_inside(options.network);
    set_resource_limits(options.limits.file_bytes);
    let_others_go_first();
    if (!options.privileged) drop_capabilities();
    confine_system_calls();
    supervise(options, secret, errors.write_end.get());
  } catch (const std::exception& failure) {
    report_error(errors.write_end.get(), failure.what());
  }
  ::_exit(kSetupFailed);
}

// ---- outside
// ----------------------------------------------------------------------------------------------------------

pid_t clone_into_namespaces(NetworkMode network) {
  unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD;
  if (network != NetworkMode::host) flags |= CLONE_NEWNET;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
  if (pid < 0) base::throw_errno("clone into new namespaces");
  return pid;
}

class Signals {
 public:
  Signals() {
    ::sigemptyset(&set_);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set_, signal);
    ::sigprocmask(SIG_BLOCK, &set_, nullptr);
  }
  /// The next signal, or 0 after a second without one.
  int wait() const {
    const timespec second{.tv_sec = 1, .tv_nsec = 0};
    int signal = -1;
    while ((signal = ::sigtimedwait(&set_, nullptr, &second)) < 0 && errno == EINTR) {
    }
    return signal < 0 ? 0 : signal;
  }

 private:
  sigset_t set_{};
};

/// Waits for the jail's pid 1; a request to stop, or a full disk, kills it.
void wait_for(pid_t pid, const Signals& signals, const DiskWatch& disk, Report& report) {
  using End = Report::End;
  std::optional<End> why;
  for (;;) {
    const int signal = signals.wait();
    if (signal != SIGCHLD && signal != 0) why = End::cancelled;
    if (signal == 0 && !why && disk.exceeded()) why = End::disk_full;
    if (why) ::kill(pid, SIGKILL);
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) continue;
    report.end = why.value_or(WIFEXITED(status) ? End::exited : End::killed);
    report.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    report.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return;
  }
}

void end_now(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// What standard input holds, readable from its beginning, for the program inside; nothing where no secret is meant.
base::UniqueFd take_secret(const Options& options) {
  if (!options.secret_from_stdin) return {};
  const std::string secret = read_all(0);
  base::UniqueFd file(::memfd_create("secret", MFD_CLOEXEC));
  if (!file.valid() || ::write(file.get(), secret.data(), secret.size()) != static_cast<ssize_t>(secret.size()) ||
      ::lseek(file.get(), 0, SEEK_SET) != 0) {
    base::throw_errno("keep the secret");
  }
  return file;
}

std::vector<Variable> take_variables(const Options& options) {
  if (!options.variables_from_stdin) return {};
  auto variables = decode_variables(read_all(0, kMaxVariables));
  if (!variables) throw base::Failure(variables.error().message);
  return *std::move(variables);
}

/// With those in the environment that are meant for it.
Options with_arguments(Options options, const std::vector<Variable>& variables) {
  for (const auto& variable : variables) {
    if (variable.argument) options.env.emplace(variable.name, variable.value);
  }
  return options;
}

void run_child(const Options& options, const std::optional<Cgroup>& cgroup, const Signals& signals, Report& report) {
  const base::UniqueFd secret = take_secret(options);
  const auto variables = take_variables(options);
  const Options inside = with_arguments(options, variables);
  const Mounts mounts(options);
  const DiskWatch disk(options);
  Pipe lifeline = make_pipe();
  Pipe errors = make_pipe();
  hand_over_output(options.uid_base);
  const pid_t pid = clone_into_namespaces(options.network.mode);
  if (pid == 0) be_the_jail(inside, mounts, variables, secret.get(), lifeline, errors);
  lifeline.read_end.reset();
  errors.write_end.reset();
  try {
    write_map(pid, "uid_map", options.uid_base);
    write_map(pid, "gid_map", options.uid_base);
    if (cgroup) cgroup->add(pid);
    be_killed_first(pid);
    if (options.network.mode == NetworkMode::build) connect_to_bridge(options.network, pid);
    if (::write(lifeline.write_end.get(), "g", 1) != 1) base::throw_errno("start the jail");
  } catch (...) {
    end_now(pid);
    throw;
  }
  wait_for(pid, signals, disk, report);
  report.error = read_all(errors.read_end.get());
  if (!report.error.empty() && report.end == Report::End::exited) report.end = Report::End::setup_failed;
}

}  // namespace

Report run(const Options& options) {
  Report report;
  const Signals signals;
  std::optional<Cgroup> cgroup;
  try {
    if (!options.cgroup.empty()) cgroup.emplace(options.cgroup, options.limits);
    run_child(options, cgroup, signals, report);
    if (cgroup) {
      const CgroupEvents events = cgroup->events();
      report.oom_kills = events.oom_kills;
      report.pids_refused = events.pids_refused;
    }
  } catch (const std::exception& failure) {
    report.end = Report::End::setup_failed;
    report.exit_code = kSetupFailed;
    report.error = failure.what();
  }
  if (options.network.mode == NetworkMode::build) disconnect(options.network.veth);
  if (cgroup) cgroup->remove();
  return report;
}

}  // namespace jail
