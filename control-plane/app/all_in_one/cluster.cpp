#include "control-plane/app/all_in_one/cluster.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "control-plane/app/all_in_one/commands.hpp"

namespace all_in_one {
namespace {

constexpr const char* kData = "data";
constexpr const char* kFreshData = "data.new";

UserIds user_ids(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr) {
    throw base::Failure("the user \"" + name + "\" does not exist; install the package postgresql-15");
  }
  return UserIds{.uid = entry->pw_uid, .gid = entry->pw_gid};
}

void make_owned_folder(const std::filesystem::path& folder, UserIds owner) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) base::throw_errno("create " + folder.string());
  if (::chown(folder.c_str(), owner.uid, owner.gid) != 0 || ::chmod(folder.c_str(), 0700) != 0) {
    base::throw_errno("give " + folder.string() + " to the database's user");
  }
}

void write_owned_file(const std::filesystem::path& file, const std::string& content, UserIds owner) {
  base::blocking_write_file(file, content, 0600);
  if (::chown(file.c_str(), owner.uid, owner.gid) != 0) base::throw_errno("chown " + file.string());
}

/// Sized for two cores and a small share of the memory; durability is never relaxed. The buffers of the log are written
/// at each commit: more than a few transactions' worth would only be pages that stay resident.
std::string server_configuration(const std::filesystem::path& sockets) {
  return "# Written at each start; changes are lost.\n"
         "listen_addresses = ''\n"
         "unix_socket_directories = '" +
         sockets.string() +
         "'\n"
         "unix_socket_permissions = 0700\n"
         "port = 5432\n"
         "cluster_name = 'wisehosting'\n"
         "max_connections = 60\n"
         "shared_buffers = 128MB\n"
         "wal_buffers = 2MB\n"
         "max_logical_replication_workers = 0\n"
         "jit = off\n"
         "max_parallel_workers_per_gather = 0\n"
         "random_page_cost = 1.1\n"
         "statement_timeout = 30s\n"
         "idle_in_transaction_session_timeout = 60s\n"
         "lock_timeout = 10s\n"
         "log_line_prefix = '%m [%p] '\n"
         "log_timezone = 'UTC'\n"
         "timezone = 'UTC'\n";
}

}  // namespace

Cluster::Cluster(const AllInOneOptions& options, Layout layout)
    : layout_(std::move(layout)),
      binaries_(options.postgres_binaries),
      folder_(layout_.home / "postgres"),
      visible_(layout_.runtime / "pgdata"),
      user_(user_ids(options.postgres_user)) {
  for (const char* program : {"initdb", "postgres"}) {
    if (::access((binaries_ / program).c_str(), X_OK) != 0) {
      throw base::Failure((binaries_ / program).string() + " is missing; install the package postgresql-15");
    }
  }
}

bool Cluster::exists() const {
  return std::filesystem::exists(folder_ / kData / "PG_VERSION");
}

void Cluster::blocking_prepare() const {
  make_owned_folder(folder_, user_);
  make_owned_folder(visible_, user_);
  make_owned_folder(layout_.postgres_socket_folder, user_);
  write_owned_file(folder_ / "postgresql.conf", server_configuration(layout_.postgres_socket_folder), user_);
  write_owned_file(folder_ / "pg_hba.conf", "local all wh peer map=wh\n", user_);
  write_owned_file(folder_ / "pg_ident.conf", "wh root wh\nwh postgres wh\n", user_);
}

std::vector<Command> Cluster::making() const {
  std::filesystem::remove_all(folder_ / kFreshData);
  const std::string data = (visible_ / kFreshData).string();
  Command initdb = command({(binaries_ / "initdb").string(), "-D", data, "-U", "wh", "--auth-local=peer",
                            "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"});
  Command create = command({(binaries_ / "postgres").string(), "--single", "-D", data, "postgres"});
  create.input = std::string("CREATE DATABASE ") + kDatabase + ";\n";
  return {std::move(initdb), std::move(create)};
}

void Cluster::blocking_finish_making() const {
  std::filesystem::rename(folder_ / kFreshData, folder_ / kData);
  const base::UniqueFd folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) base::throw_errno("sync " + folder_.string());
}

Command Cluster::server() const {
  Command server = command({(binaries_ / "postgres").string(), "-D", (visible_ / kData).string(),
                            "--config-file=" + (visible_ / "postgresql.conf").string(),
                            "--hba-file=" + (visible_ / "pg_hba.conf").string(),
                            "--ident-file=" + (visible_ / "pg_ident.conf").string()});
  server.death_signal = SIGINT;  // a fast stop; SIGTERM would wait for every client
  return server;
}

bool Cluster::ready(pid_t pid) const {
  std::ifstream in(folder_ / kData / "postmaster.pid");
  std::array<std::string, 8> lines;
  for (auto& line : lines) {
    if (!std::getline(in, line)) return false;
  }
  return lines[0] == std::to_string(pid) && lines[7].starts_with("ready");
}

Command Cluster::command(std::vector<std::string> argv) const {
  return Command{.argv = std::move(argv),
                 .env = {{"PATH", kProgramPath}, {"LANG", "C.UTF-8"}, {"TZ", "UTC"}},
                 .log_file = layout_.logs / "postgres.log",
                 .user = user_,
                 .bind = BindMount{.from = folder_, .to = visible_}};
}

}  // namespace all_in_one
