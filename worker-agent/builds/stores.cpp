#include "worker-agent/builds/stores.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "worker-agent/builds/deep_tree.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kLastUid = 2'000'000'000;  // above 2^31 some tools of images fail

void make_owned(const fs::path& folder, std::uint32_t uid) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) base::throw_errno("mkdir " + folder.string());
  if (::lchown(folder.c_str(), uid, uid) != 0) base::throw_errno("chown " + folder.string());
}

}  // namespace

Stores::Stores(fs::path folder, std::uint32_t first_uid)
    : folder_(std::move(folder)), ranges_(folder_ / "ranges.json", first_uid, kLastUid) {}

fs::path Stores::home(base::AppEnvironmentId app) const {
  return folder_ / app.to_string();
}

base::Result<Store> Stores::blocking_open(base::AppEnvironmentId app) {
  const std::scoped_lock lock(mutex_);
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  TRY_ASSIGN(const std::uint32_t uid, ranges_.blocking_of(app.to_string()));
  const fs::path home_folder = home(app);
  if (::mkdir(home_folder.c_str(), 0700) != 0 && errno != EEXIST) base::throw_errno("mkdir " + home_folder.string());
  Store store{.folder = home_folder / "containers", .uid_base = uid, .dirty = fs::exists(home_folder / "in-use")};
  base::blocking_write_file(home_folder / "in-use", "", 0600);
  make_owned(store.folder, uid);
  make_owned(store.folder / "tmp", uid);
  return store;
}

void Stores::blocking_close(base::AppEnvironmentId app) {
  std::error_code gone;
  fs::remove(home(app) / "in-use", gone);
}

void Stores::blocking_empty(const Store& store) {
  blocking_remove_tree(store.folder);
  make_owned(store.folder, store.uid_base);
  make_owned(store.folder / "tmp", store.uid_base);
}

// A folder's time is that of the last name made or removed in it: `in-use`, at the begin and the end of a build.
// Content is put aside first: who opens a store waits for no deletion, and one that was cut off is ended by the next
// call.
void Stores::blocking_empty_unused(std::chrono::system_clock::duration unused_for) {
  const auto before = fs::file_time_type::clock::now() - unused_for;
  std::vector<fs::path> aside;
  std::error_code error;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& home : fs::directory_iterator(folder_, error)) {
      if (!home.is_directory(error)) continue;
      const auto used = home.last_write_time(error);
      const auto unused = home.path() / "unused";
      if (!error && used < before) fs::rename(home.path() / "containers", unused, error);
      if (fs::exists(unused, error)) aside.push_back(unused);
    }
  }
  for (const auto& unused : aside) blocking_discard_tree(unused);
}

std::uint64_t Stores::blocking_size(const fs::path& folder) {
  std::uint64_t bytes = 0;
  if (!fs::exists(folder)) return bytes;
  const auto end = blocking_walk_tree(folder, [&](const TreeEntry& entry) {
    bytes += static_cast<std::uint64_t>(entry.info.st_blocks) * 512;
    return true;
  });
  return end == WalkEnd::whole ? bytes : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace builds
