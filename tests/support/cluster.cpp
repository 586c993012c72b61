#include "tests/support/cluster.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pqxx/pqxx>
#include <thread>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"

namespace support {
namespace {

const std::filesystem::path kPrograms = "/usr/lib/postgresql/15/bin";
constexpr const char* kUser = "postgres";
constexpr std::chrono::seconds kStartTime{20};

/// PostgreSQL does not run as root.
struct Ids {
  bool change{false};
  uid_t uid{0};
  gid_t gid{0};
};

Ids cluster_user() {
  if (::geteuid() != 0) return {};
  const passwd* entry = ::getpwnam(kUser);
  if (entry == nullptr) throw base::Failure("there is no user postgres; install the package postgresql-15");
  return {true, entry->pw_uid, entry->pw_gid};
}

/// In the child: becomes the cluster's user, dies with its parent, and becomes the program.
[[noreturn]] void become(const Ids& ids, std::vector<char*>& argv, int output, int death_signal) {
  ::dup2(output, STDOUT_FILENO);
  if (ids.change && (::setgroups(0, nullptr) != 0 || ::setresgid(ids.gid, ids.gid, ids.gid) != 0 ||
                     ::setresuid(ids.uid, ids.uid, ids.uid) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  [[maybe_unused]] const int moved = ::chdir("/");
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

pid_t spawn(const Ids& ids, std::vector<std::string> words, const std::filesystem::path& output, int death_signal) {
  words[0] = kPrograms / words[0];
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) base::throw_errno("open " + output.string());
  const pid_t child = ::fork();
  if (child == 0) become(ids, argv, file, death_signal);
  ::close(file);
  if (child < 0) base::throw_errno("fork");
  return child;
}

int exit_code(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void give_to(const std::filesystem::path& folder, const Ids& ids) {
  std::filesystem::create_directory(folder);
  if (ids.change && ::chown(folder.c_str(), ids.uid, ids.gid) != 0) base::throw_errno("chown " + folder.string());
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

std::filesystem::path make_folder() {
  std::string path = "/tmp/wh-test-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) base::throw_errno("mkdtemp");
  if (::chmod(path.c_str(), 0711) != 0) base::throw_errno("chmod");
  return path;
}

}  // namespace

Cluster& Cluster::get() {
  static Cluster cluster;
  return cluster;
}

Cluster::Cluster() : folder_(make_folder()) {
  give_to(folder_ / "socket", cluster_user());
  give_to(folder_ / "data", cluster_user());
  start_keeper();
  const auto give_up = std::chrono::steady_clock::now() + kStartTime;
  for (;;) {
    try {
      const pqxx::connection link(dsn("postgres"));
      return;
    } catch (const pqxx::failure&) {
      if (std::chrono::steady_clock::now() > give_up) throw base::Failure("the test's PostgreSQL did not start");
      std::this_thread::yield();
    }
  }
}

/// The keeper is forked before the test has threads. It reads a pipe whose other end only this process holds: when that
/// closes, this process has ended.
void Cluster::start_keeper() {
  const Ids ids = cluster_user();
  const auto data = (folder_ / "data").string();
  const auto output = folder_ / "postgres.out";
  const int made = exit_code(
      spawn(ids, {"initdb", "-D", data, "-U", "wh", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"},
            output, SIGKILL));
  if (made != 0) throw base::Failure("initdb failed:\n" + base::blocking_read_file(output));
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) base::throw_errno("pipe");
  const pid_t keeper = ::fork();
  if (keeper < 0) base::throw_errno("fork");
  if (keeper > 0) {
    ::close(ends[0]);
    return;
  }
  ::close(ends[1]);
  ::setsid();
  const int nowhere = ::open((folder_ / "postgres.err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
  const pid_t server = spawn(ids,
                             {"postgres",
                              "-D",
                              data,
                              "-k",
                              (folder_ / "socket").string(),
                              "-c",
                              "listen_addresses=",
                              "-c",
                              "fsync=off",
                              "-c",
                              "synchronous_commit=off",
                              "-c",
                              "full_page_writes=off",
                              "-c",
                              "shared_buffers=32MB",
                              "-c",
                              "max_connections=60",
                              "-c",
                              "autovacuum=off",
                              "-c",
                              "timezone=UTC"},
                             output, SIGQUIT);
  char byte = 0;
  while (::read(ends[0], &byte, 1) < 0 && errno == EINTR) {
  }
  ::kill(server, SIGQUIT);
  exit_code(server);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  ::_exit(0);
}

std::string Cluster::dsn(const std::string& database) const {
  return "host=" + (folder_ / "socket").string() + " user=wh dbname=" + database;
}

std::string Cluster::run(std::vector<std::string> argv) const {
  const auto output = folder_ / "output";
  const auto program = argv.front();
  if (exit_code(spawn(cluster_user(), std::move(argv), output, SIGKILL)) != 0) throw base::Failure(program + " failed");
  return base::blocking_read_file(output);
}

}  // namespace support
