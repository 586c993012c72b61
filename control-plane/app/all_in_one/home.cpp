#include "control-plane/app/all_in_one/home.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/json/json.hpp"

namespace all_in_one {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::uintmax_t kLogLimit = std::uintmax_t{16} << 20U;

struct RunFile {
  std::string boot_id;
  std::vector<ProcessMark> processes;
  template <class F>
  void map(F& f) {
    f.required("boot_id", boot_id);
    f.required("processes", processes);
  }
};

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string text;
  in >> text;
  return text;
}

void make_folder(const std::filesystem::path& folder, mode_t mode) {
  std::filesystem::create_directories(folder.parent_path());
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) base::throw_errno("create " + folder.string());
  struct stat entry{};
  if (::lstat(folder.c_str(), &entry) != 0 || !S_ISDIR(entry.st_mode)) {
    throw base::Failure(folder.string() + " is not a folder");
  }
  if (::chmod(folder.c_str(), mode) != 0) base::throw_errno("chmod " + folder.string());
}

std::string fresh_key() {
  std::string key(kKeyBytes, '\0');
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) base::throw_errno("getrandom");
  return key;
}

void ensure_master_key(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
    // Written beside and linked: whoever comes second fails instead of replacing a key.
    const std::filesystem::path fresh = file.string() + ".new";
    base::blocking_write_file(fresh, fresh_key(), 0600);
    if (::link(fresh.c_str(), file.c_str()) != 0 && errno != EEXIST) base::throw_errno("create " + file.string());
    ::unlink(fresh.c_str());
    const base::UniqueFd folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || ::fsync(folder.get()) != 0) base::throw_errno("sync " + file.parent_path().string());
  }
  if (base::blocking_read_private_file(file).size() != kKeyBytes) {
    throw base::Failure(file.string() + " is not a key of 32 bytes; put the right one back from your backup");
  }
}

}  // namespace

void blocking_prepare_home(const Layout& layout) {
  std::filesystem::create_directories(layout.home);
  make_folder(layout.home / "config", 0700);
  make_folder(layout.master_key.parent_path(), 0700);
  make_folder(layout.control_plane, 0700);
  make_folder(layout.agent_state, 0700);
  make_folder(layout.logs, 0755);
  make_folder(layout.runtime.parent_path(), 0711);
  make_folder(layout.runtime, 0711);
  ensure_master_key(layout.master_key);
}

base::UniqueFd blocking_lock_home(const Layout& layout) {
  const auto file = layout.home / "run.lock";
  base::UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) base::throw_errno("open " + file.string());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) base::throw_errno("lock " + file.string());
    fd.reset();
  }
  return fd;
}

void blocking_write_run_file(const Layout& layout, std::vector<ProcessMark> processes) {
  const RunFile content{.boot_id = boot_id(), .processes = std::move(processes)};
  base::blocking_write_file(layout.run_file, json::encode(content) + "\n", 0644);
}

std::vector<ProcessMark> blocking_read_run_file(const Layout& layout) {
  std::error_code error;
  if (!std::filesystem::exists(layout.run_file, error)) return {};
  auto content = json::decode<RunFile>(base::blocking_read_file(layout.run_file), json::Unknown::ignore);
  if (!content || content->boot_id != boot_id()) return {};
  return std::move(content->processes);
}

void blocking_rotate_log(const std::filesystem::path& log_file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(log_file, error);
  if (!error && size > kLogLimit) std::filesystem::rename(log_file, log_file.string() + ".1", error);
}

}  // namespace all_in_one
