#include "common/async/spawn_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "common/base/guarded.hpp"

// Between clone and execve the child shares our memory while the calling thread waits, so it does nothing but system
// calls on what was prepared before: no allocation, no locks, no library calls that a sanitizer might watch.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WH_CLONE_FLAGS (CLONE_VFORK | CLONE_PIDFD | SIGCHLD)  // TSan cannot follow a second process in one memory
#endif
#endif
#ifndef WH_CLONE_FLAGS
#define WH_CLONE_FLAGS (CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD)
#endif

namespace async::detail {
namespace {

constexpr std::size_t kStackSize = std::size_t{64} << 10U;
constexpr int kSignals = 64;

/// What rt_sigaction takes on x86-64 and arm64; all zero is SIG_DFL.
struct KernelSigaction {
  unsigned long handler;
  unsigned long flags;
  unsigned long restorer;
  unsigned long mask;
};

/// In shared memory, so that the child can say why it failed.
struct Shared {
  int error;
};

struct Plan {
  const char* path;
  char** argv;
  char** envp;
  const char* cwd;
  std::array<int, 3> fds;
  pid_t parent;
  bool new_session;
  bool die_with_parent;
  int umask;  // -1: as it is
  volatile Shared* shared;
};

#define WH_CHILD_SIDE __attribute__((no_sanitize("address", "undefined", "thread"), no_stack_protector))

WH_CHILD_SIDE long reset_signals() {
  constexpr KernelSigaction kDefault{};
  for (int number = 1; number <= kSignals; ++number) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    ::syscall(SYS_rt_sigaction, number, &kDefault, nullptr, sizeof(kDefault.mask));
  }
  constexpr unsigned long kNone = 0;
  return ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kNone, nullptr, sizeof(kNone));
}

/// The sources are all above 2, so no dup2 overwrites one that is still needed.
WH_CHILD_SIDE long place_descriptors(const Plan& plan) {
  for (int i = 0; i < 3; ++i) {
    if (::syscall(SYS_dup3, plan.fds[static_cast<unsigned>(i)], i, 0) < 0) return -1;
  }
  return ::syscall(SYS_close_range, 3U, ~0U, 0U);
}

WH_CHILD_SIDE long prepare(const Plan& plan) {
  if ((plan.new_session ? ::syscall(SYS_setsid) : ::syscall(SYS_setpgid, 0, 0)) < 0) return -1;
  if (plan.die_with_parent) {
    if (::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return -1;
    if (::syscall(SYS_getppid) != plan.parent) ::syscall(SYS_exit_group, 127);  // died before we asked
  }
  if (reset_signals() < 0) return -1;
  if (plan.umask >= 0) ::syscall(SYS_umask, plan.umask);
  if (plan.cwd != nullptr && ::syscall(SYS_chdir, plan.cwd) < 0) return -1;
  return place_descriptors(plan);
}

WH_CHILD_SIDE int child_main(void* argument) {
  const auto& plan = *static_cast<const Plan*>(argument);
  if (prepare(plan) >= 0) ::syscall(SYS_execve, plan.path, plan.argv, plan.envp);
  plan.shared->error = errno;
  ::syscall(SYS_exit_group, 127);
  return 127;
}

/// Pages for the child's stack, and at their start what it tells us.
class Pages {
 public:
  Pages() : start_(::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {}
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    if (valid()) ::munmap(start_, kStackSize);
  }
  bool valid() const { return start_ != MAP_FAILED; }
  Shared* shared() const { return static_cast<Shared*>(start_); }
  void* stack_top() const { return static_cast<char*>(start_) + kStackSize; }

 private:
  void* start_;
};

/// No handler of ours may run in the child while it shares our memory.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

std::unexpected<base::Error> cannot_start(const std::string& program, int error_number) {
  return base::fail(base::ErrorKind::internal, "process.start",
                    "Cannot start " + program + ": " + std::generic_category().message(error_number));
}

std::string find_program(const ProcessSpec& spec) {
  const std::string& name = spec.argv.front();
  if (name.find('/') != std::string::npos) return name;
  const auto path = spec.env.find("PATH");
  std::string_view folders = path != spec.env.end() && !path->second.empty()
                                 ? std::string_view(path->second)
                                 : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  while (!folders.empty()) {
    const auto colon = std::min(folders.find(':'), folders.size());
    std::string candidate = std::string(folders.substr(0, colon)) + "/" + name;
    folders.remove_prefix(std::min(colon + 1, folders.size()));
    if (candidate.front() == '/' && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

bool has_nul(const ProcessSpec& spec) {
  const auto holds = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  return std::any_of(spec.argv.begin(), spec.argv.end(), holds) ||
         std::any_of(spec.env.begin(), spec.env.end(), [&](const auto& pair) {
           return holds(pair.first) || holds(pair.second) || pair.first.find('=') != std::string::npos;
         });
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

base::Guarded<std::vector<base::UniqueFd>>& orphans() {
  static auto* all = new base::Guarded<std::vector<base::UniqueFd>>;
  return *all;
}

void reap_orphans() {
  orphans().with([](auto& all) {
    std::erase_if(all, [](const base::UniqueFd& pidfd) {
      siginfo_t info{};
      if (::waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG) == 0) return info.si_pid != 0;
      return errno != EAGAIN && errno != EINTR;
    });
  });
}

/// A copy of `fd` above 2, for whom our own standard descriptors may be closed.
base::UniqueFd above_standard(int fd) {
  return base::UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

}  // namespace

base::Result<Spawned> spawn_child(const ProcessSpec& spec, int in, int out, int err) {
  reap_orphans();
  if (spec.argv.empty() || spec.argv.front().empty() || has_nul(spec)) return cannot_start("a program", EINVAL);
  const std::string path = find_program(spec);
  if (path.empty()) return cannot_start(spec.argv.front(), ENOENT);
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> variables;
  for (const auto& [name, value] : spec.env) variables.push_back(name + "=" + value);
  std::vector<char*> argv = pointers(arguments);
  std::vector<char*> envp = pointers(variables);
  const std::array<base::UniqueFd, 3> fds{above_standard(in), above_standard(out), above_standard(err)};
  const Pages pages;
  if (!pages.valid()) return cannot_start(path, errno);
  if (std::any_of(fds.begin(), fds.end(), [](const auto& fd) { return !fd.valid(); })) return cannot_start(path, errno);
  Plan plan{.path = path.c_str(),
            .argv = argv.data(),
            .envp = envp.data(),
            .cwd = spec.cwd ? spec.cwd->c_str() : nullptr,
            .fds = {fds[0].get(), fds[1].get(), fds[2].get()},
            .parent = ::getpid(),
            .new_session = spec.new_session,
            .die_with_parent = spec.die_with_parent,
            .umask = spec.umask ? static_cast<int>(*spec.umask) : -1,
            .shared = pages.shared()};
  int pidfd = -1;
  pid_t pid = -1;
  int error_number = 0;
  {
    const SignalsBlocked blocked;
    pid = ::clone(child_main, pages.stack_top(), WH_CLONE_FLAGS, &plan, &pidfd);
    error_number = errno;
  }
  if (pid < 0) return cannot_start(path, error_number);
  Spawned spawned{pid, base::UniqueFd(pidfd)};
  if (plan.shared->error != 0) {
    reap(spawned.pidfd.get());
    return cannot_start(path, plan.shared->error);
  }
  return spawned;
}

int reap(int pidfd) {
  siginfo_t info{};
  int result = -1;
  for (;;) {
    result = ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED);
    if (result == 0 || (errno != EINTR && errno != EAGAIN)) break;
    // Asio made the descriptor one that does not block, and then waitid does not either.
    pollfd ended{.fd = pidfd, .events = POLLIN, .revents = 0};
    ::poll(&ended, 1, -1);
  }
  if (result != 0) return -SIGKILL;  // somebody else took the status; the child is gone either way
  return info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
}

void reap_later(base::UniqueFd pidfd) {
  orphans().with([&](auto& all) { all.push_back(std::move(pidfd)); });
}

void signal_group(pid_t leader, int signal_number) {
  if (leader > 1) ::kill(-leader, signal_number);
}

base::Result<base::UniqueFd> open_stdin(const std::string& data) {
  if (data.empty()) {
    base::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null.valid()) return cannot_start("a program (/dev/null)", errno);
    return null;
  }
  base::UniqueFd memory(::memfd_create("stdin", MFD_CLOEXEC));
  if (!memory.valid()) return cannot_start("a program (its input)", errno);
  for (std::size_t at = 0; at < data.size();) {
    const ssize_t put = ::pwrite(memory.get(), data.data() + at, data.size() - at, static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return cannot_start("a program (its input)", errno);
    at += static_cast<std::size_t>(put);
  }
  return memory;
}

base::Result<base::UniqueFd> open_output_file(const std::filesystem::path& path, bool append) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC);
  base::UniqueFd file(::open(path.c_str(), flags, 0600));
  if (!file.valid()) return cannot_start("a program with its output in " + path.string(), errno);
  return file;
}

base::Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot_start("a program (a pipe)", errno);
  Pipe pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
  ::fcntl(pipe.read_end.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

}  // namespace async::detail
