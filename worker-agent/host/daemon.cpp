#include "worker-agent/host/daemon.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <openssl/evp.h>

#include "common/base/bytes.hpp"
#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/kernel_file.hpp"
#include "common/base/process.hpp"
#include "common/base/unique_fd.hpp"
#include "common/log/log.hpp"
#include "worker-agent/host/processor_group.hpp"

namespace host {
namespace {

struct Record {
  ProcessMark mark;
  std::string spec_sha256;
};

std::string sha256_hex(const std::string& text) {
  std::string digest(32, '\0');
  unsigned int size = 0;
  const int ok = EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                            EVP_sha256(), nullptr);
  BASE_CHECK(ok == 1 && size == digest.size(), "SHA-256");
  return base::hex_encode(digest);
}

/// Of what the kernel shows of a process with this argv and environment, so that one can be compared with the record.
std::string spec_hash(const DaemonSpec& spec) {
  std::string text;
  for (const auto& word : spec.argv) text.append(word).push_back('\0');
  text.push_back('\0');
  for (const auto& [name, value] : spec.env) text.append(name).append("=").append(value).push_back('\0');
  return sha256_hex(text);
}

std::optional<Record> read_record(const std::filesystem::path& file) {
  std::ifstream in(file);
  Record record;
  if (!(in >> record.mark.pid >> record.mark.start_time >> record.spec_sha256) || record.mark.pid <= 1)
    return std::nullopt;
  return record;
}

void write_record(const std::filesystem::path& file, const Record& record) {
  base::blocking_write_file(
      file,
      std::to_string(record.mark.pid) + " " + std::to_string(record.mark.start_time) + " " + record.spec_sha256 + "\n",
      0600);
}

/// Waits on a pidfd; true when the process ended within `wait`.
bool ended_within(int pidfd, base::Duration wait) {
  pollfd entry{.fd = pidfd, .events = POLLIN, .revents = 0};
  const auto wait_ms = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
  return ::poll(&entry, 1, static_cast<int>(wait_ms)) > 0;
}

/// Ends exactly the marked process; the check of the start time after pidfd_open rules out a reused pid.
void stop_marked(const ProcessMark& mark, base::Duration grace) {
  const base::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, mark.pid, 0)));
  if (!pidfd.valid() || process_mark(mark.pid) != mark) return;
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGTERM, nullptr, 0);
  if (ended_within(pidfd.get(), grace)) return;
  if (::getpgid(mark.pid) == mark.pid) ::kill(-mark.pid, SIGKILL);
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  ended_within(pidfd.get(), std::chrono::seconds(5));
}

/// A process of the recorded one's group with exactly its argv and environment.
bool is_fork_of(const Record& record, pid_t pid) {
  if (::getpgid(pid) != record.mark.pid) return false;
  const auto proc = std::filesystem::path("/proc") / std::to_string(pid);
  return sha256_hex(base::read_kernel_file(proc / "cmdline") + '\0' + base::read_kernel_file(proc / "environ")) ==
         record.spec_sha256;
}

/// What a program that is gone had forked, and what runs no other program yet: it keeps the locks that it inherited, so
/// that every later Podman waits for them. Podman's storage library clones a process that ends with its parent only
/// from the moment on when it has said so. While one of a group lives, no new process gets the group's number.
void end_forks(const Record& record) {
  if (process_mark(record.mark.pid)) return;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{} || !is_fork_of(record, pid))
      continue;
    const base::UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd.valid() || !is_fork_of(record, pid)) continue;
    ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
    ended_within(pidfd.get(), std::chrono::seconds(5));
  }
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

/// What the new process needs, prepared before fork: between fork and exec only async-signal-safe calls are allowed.
struct Launch {
  char* const* argv;
  char* const* env;
  const char* cwd;
  int log_fd;
  int null_fd;
  int go_fd;      ///< a byte arrives when the record is on disk; end of file: the agent died, do not run
  int status_fd;  ///< pid first; errno when exec failed; end of file on success
};

[[noreturn]] void run_program(const Launch& launch) {
  char go = 0;
  const pid_t self = ::getpid();
  if (::write(launch.status_fd, &self, sizeof self) != sizeof self) ::_exit(127);
  if (::read(launch.go_fd, &go, 1) != 1) ::_exit(127);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(launch.null_fd, 0);
  ::dup2(launch.log_fd, 1);
  ::dup2(launch.log_fd, 2);
  ::dup2(launch.status_fd, 3);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  ::syscall(SYS_close_range, 4U, ~0U, 0U);
  ::umask(0077);
  if (::chdir(launch.cwd) == 0) ::execve(launch.argv[0], launch.argv, launch.env);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(3, &error, sizeof error);
  ::_exit(127);
}

/// Forks twice, so that the program belongs to init and leaves no zombie here.
void fork_detached(const Launch& launch, int agent_go_fd, int agent_status_fd) {
  const pid_t child = ::fork();
  if (child < 0) base::throw_errno("fork");
  if (child == 0) {
    ::close(agent_go_fd);
    ::close(agent_status_fd);
    ::setsid();
    const pid_t grandchild = ::fork();
    if (grandchild != 0) ::_exit(grandchild < 0 ? 1 : 0);
    ::setpgid(0, 0);
    run_program(launch);
  }
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

struct Pipe {
  base::UniqueFd read;
  base::UniqueFd write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) base::throw_errno("pipe");
  return Pipe{base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

base::UniqueFd open_or_throw(const std::filesystem::path& path, int flags) {
  base::UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) base::throw_errno("open " + path.string());
  return fd;
}

void join_processor_group(const DaemonSpec& spec, pid_t pid) {
  if (spec.processor_group.empty() || blocking_join_first(spec.processor_group, pid)) return;
  logging::warn("daemon.no_processor_group", {{"name", spec.name}, {"group", spec.processor_group}});
}

/// Reads one value of type T; false at the end of the pipe.
template <class T>
bool read_value(int fd, T& value) {
  ssize_t got = 0;
  do {
    got = ::read(fd, &value, sizeof value);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof value);
}

}  // namespace

std::optional<ProcessMark> process_mark(pid_t pid) {
  const auto start_time = base::start_time_of(pid);
  if (!start_time) return std::nullopt;
  return ProcessMark{.pid = pid, .start_time = *start_time};
}

Daemon::Daemon(DaemonSpec spec, std::filesystem::path record_file)
    : spec_(std::move(spec)), record_file_(std::move(record_file)) {
  BASE_CHECK(!spec_.argv.empty() && spec_.argv.front().starts_with('/'), "a daemon needs an absolute program path");
}

base::Result<Daemon::Ensured> Daemon::blocking_ensure() {
  if (alive()) return Ensured::adopted;
  const auto record = read_record(record_file_);
  if (record && process_mark(record->mark.pid) == record->mark) {
    if (record->spec_sha256 == spec_hash(spec_)) {
      mark_ = record->mark;
      join_processor_group(spec_, mark_->pid);
      return Ensured::adopted;
    }
    stop_marked(record->mark, std::chrono::seconds(10));
  }
  if (record) end_forks(*record);
  TRY_CHECK(blocking_start());
  return Ensured::started;
}

base::Result<void> Daemon::blocking_start() {
  auto argv = spec_.argv;
  std::vector<std::string> env;
  for (const auto& [name, value] : spec_.env) env.push_back(name + "=" + value);
  const auto argv_pointers = pointers(argv);
  const auto env_pointers = pointers(env);
  const auto log = open_or_throw(spec_.log_file, O_WRONLY | O_CREAT | O_APPEND);
  const auto null = open_or_throw("/dev/null", O_RDWR);
  auto go = make_pipe();
  auto status = make_pipe();
  const Launch launch{argv_pointers.data(), env_pointers.data(), spec_.cwd.c_str(), log.get(),
                      null.get(),           go.read.get(),       status.write.get()};
  fork_detached(launch, go.write.get(), status.read.get());
  status.write.reset();
  go.read.reset();

  pid_t pid = 0;
  if (!read_value(status.read.get(), pid)) throw base::Failure("start " + spec_.name + ": it died before it ran");
  const auto mark = process_mark(pid);
  if (!mark) throw base::Failure("start " + spec_.name + ": it is gone");
  join_processor_group(spec_, pid);
  write_record(record_file_, Record{*mark, spec_hash(spec_)});
  base::crash_point("daemon.recorded");
  if (::write(go.write.get(), "g", 1) != 1) base::throw_errno("start " + spec_.name);

  int exec_error = 0;
  if (read_value(status.read.get(), exec_error)) {
    std::filesystem::remove(record_file_);
    return base::fail(
        base::ErrorKind::unavailable, "daemon.exec_failed",
        "Could not run " + spec_.argv.front() + " (" + spec_.name + "): " + std::strerror(exec_error) + ".");
  }
  mark_ = mark;
  base::crash_point("daemon.started");
  return {};
}

bool Daemon::alive() const {
  return mark_ && process_mark(mark_->pid) == mark_;
}

void Daemon::blocking_stop(base::Duration grace) {
  if (mark_) stop_marked(*mark_, grace);
  mark_.reset();
  blocking_stop_recorded(record_file_, grace);
}

void Daemon::blocking_stop_recorded(const std::filesystem::path& record_file, base::Duration grace) {
  if (const auto record = read_record(record_file)) {
    stop_marked(record->mark, grace);
    end_forks(*record);
  }
  std::filesystem::remove(record_file);
}

}  // namespace host
