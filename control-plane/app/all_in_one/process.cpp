#include "control-plane/app/all_in_one/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "common/base/failure.hpp"
#include "common/base/process.hpp"

namespace all_in_one {
namespace {

using base::UniqueFd;

/// Everything the new process needs, prepared before fork: afterwards only async-signal-safe calls are made.
struct Launch {
  std::vector<char*> argv;
  std::vector<char*> env;
  int input{-1};
  int output{-1};
  int errors{-1};
  int status{-1};  ///< gets {step, errno} when something fails; closed by a successful exec
  const char* bind_from{nullptr};
  const char* bind_to{nullptr};
  std::optional<UserIds> user;
  int death_signal{SIGTERM};
  pid_t parent{0};
};

enum class Step : int { mounts, user, parent_gone, exec };

struct LaunchFailure {
  Step step;
  int error_number;
};

[[noreturn]] void give_up(const Launch& launch, Step step) {
  const LaunchFailure failure{step, errno};
  [[maybe_unused]] const auto written = ::write(launch.status, &failure, sizeof failure);
  ::_exit(127);
}

bool bind_folder(const Launch& launch) {
  if (launch.bind_from == nullptr) return true;
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0 &&
         ::mount(launch.bind_from, launch.bind_to, nullptr, MS_BIND, nullptr) == 0;
}

bool become_user(const Launch& launch) {
  if (!launch.user) return true;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(launch.user->gid, launch.user->gid, launch.user->gid) == 0 &&
         ::setresuid(launch.user->uid, launch.user->uid, launch.user->uid) == 0;
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_program(const Launch& launch) {
  ::setsid();
  reset_signals();
  ::dup2(launch.input, STDIN_FILENO);
  ::dup2(launch.output, STDOUT_FILENO);
  ::dup2(launch.errors, STDERR_FILENO);
  ::syscall(SYS_close_range, 3U, ~0U, 1U << 2U /* CLOSE_RANGE_CLOEXEC */);
  ::umask(0077);
  if (!bind_folder(launch)) give_up(launch, Step::mounts);
  if (!become_user(launch)) give_up(launch, Step::user);
  // A change of user clears the death signal, so it comes after. A parent that died before is noticed here.
  ::prctl(PR_SET_PDEATHSIG, launch.death_signal);
  if (::getppid() != launch.parent) give_up(launch, Step::parent_gone);
  [[maybe_unused]] const int moved = ::chdir("/");
  ::execve(launch.argv[0], launch.argv.data(), launch.env.data());
  give_up(launch, Step::exec);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

UniqueFd open_file(const std::filesystem::path& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) base::throw_errno("open " + path.string());
  return fd;
}

UniqueFd input_file(const std::string& input) {
  if (input.empty()) return open_file("/dev/null", O_RDONLY);
  UniqueFd fd(::memfd_create("input", MFD_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
      ::lseek(fd.get(), 0, SEEK_SET) != 0) {
    base::throw_errno("standard input of a program");
  }
  return fd;
}

/// Throws when the child reported a failure. End of file: the program runs.
void check_started(int status, pid_t pid, const std::string& program) {
  LaunchFailure failure{};
  ssize_t got = 0;
  do {
    got = ::read(status, &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof failure) return;
  ::waitpid(pid, nullptr, 0);
  switch (failure.step) {
    case Step::mounts: base::throw_errno("private mounts for " + program, failure.error_number);
    case Step::user: base::throw_errno("change of user for " + program, failure.error_number);
    case Step::parent_gone: throw base::Failure("the supervisor ended while it started " + program);
    case Step::exec: base::throw_errno("start " + program, failure.error_number);
  }
}

}  // namespace

std::string Ending::text() const {
  return signal != 0 ? "signal " + std::to_string(signal) : "exit code " + std::to_string(exit_code);
}

void signal_marked(const ProcessMark& mark, int signal_number) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, mark.pid, 0)));
  if (!pidfd.valid() || base::start_time_of(mark.pid) != mark.start_time) return;
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal_number, nullptr, 0);
}

Process Process::start(const std::string& name, const Command& command) {
  BASE_CHECK(!command.argv.empty() && command.argv.front().starts_with('/'), "a command needs an absolute path");
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> env;
  for (const auto& [key, value] : command.env) env.push_back(key + "=" + value);
  const UniqueFd input = input_file(command.input);
  const UniqueFd log = open_file(command.log_file, O_WRONLY | O_CREAT | O_APPEND);
  const UniqueFd output =
      command.output_file ? open_file(*command.output_file, O_WRONLY | O_CREAT | O_TRUNC) : UniqueFd(::dup(log.get()));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) base::throw_errno("pipe");
  const UniqueFd status_read(ends[0]);
  UniqueFd status_write(ends[1]);
  const Launch launch{.argv = pointers(argv),
                      .env = pointers(env),
                      .input = input.get(),
                      .output = output.get(),
                      .errors = log.get(),
                      .status = status_write.get(),
                      .bind_from = command.bind ? command.bind->from.c_str() : nullptr,
                      .bind_to = command.bind ? command.bind->to.c_str() : nullptr,
                      .user = command.user,
                      .death_signal = command.death_signal,
                      .parent = ::getpid()};
  const pid_t pid = ::fork();
  if (pid < 0) base::throw_errno("fork");
  if (pid == 0) run_program(launch);
  status_write.reset();
  check_started(status_read.get(), pid, command.argv.front());
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) base::throw_errno("pidfd_open");
  return Process(ProcessMark{.name = name, .pid = pid, .start_time = base::start_time_of(pid).value_or(0)},
                 std::move(pidfd));
}

void Process::signal(int signal_number) const {
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal_number, nullptr, 0);
}

std::optional<Ending> Process::ending() {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(mark_.pid), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
    return std::nullopt;
  if (info.si_code == CLD_EXITED) return Ending{.exit_code = info.si_status};
  return Ending{.exit_code = 128 + info.si_status, .signal = info.si_status};
}

}  // namespace all_in_one
