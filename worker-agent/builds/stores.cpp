#include "worker-agent/builds/stores.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/json/json.hpp"
#include "worker-agent/builds/jail/options.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;

using Ranges = std::map<std::string, std::uint32_t>;

constexpr std::uint32_t kLastUid = 2'000'000'000;  // above 2^31 some tools of images fail

void make_owned(const fs::path& folder, std::uint32_t uid) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) base::throw_errno("mkdir " + folder.string());
  if (::lchown(folder.c_str(), uid, uid) != 0) base::throw_errno("chown " + folder.string());
}

Ranges blocking_read_ranges(const fs::path& file) {
  if (!fs::exists(file)) return {};
  auto ranges = json::decode<Ranges>(base::blocking_read_file(file), json::Unknown::reject);
  if (!ranges) throw base::Failure(file.string() + " is damaged: " + ranges.error().message);
  return std::move(*ranges);
}

}  // namespace

Stores::Stores(fs::path folder, std::uint32_t first_uid) : folder_(std::move(folder)), first_uid_(first_uid) {}

fs::path Stores::home(base::AppEnvironmentId app) const {
  return folder_ / app.to_string();
}

base::Result<std::uint32_t> Stores::blocking_range(base::AppEnvironmentId app) {
  const fs::path file = folder_ / "ranges.json";
  Ranges ranges = blocking_read_ranges(file);
  if (const auto known = ranges.find(app.to_string()); known != ranges.end()) return known->second;
  std::vector<std::uint32_t> taken;
  for (const auto& [name, base_id] : ranges) taken.push_back(base_id);
  std::ranges::sort(taken);
  std::uint32_t free = first_uid_;
  for (const std::uint32_t base_id : taken) {
    if (base_id == free) free += jail::kIds;
  }
  if (free >= kLastUid) {
    return base::fail(
        base::ErrorKind::unavailable, "build.no_ids",
        "This worker has built more apps than it has user id ranges; remove stores of apps that are gone.");
  }
  ranges[app.to_string()] = free;
  base::blocking_write_file(file, json::encode(ranges), 0600);
  return free;
}

base::Result<Store> Stores::blocking_open(base::AppEnvironmentId app) {
  fs::create_directories(folder_);
  fs::permissions(folder_, fs::perms::owner_all);
  TRY_ASSIGN(const std::uint32_t uid, blocking_range(app));
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
  fs::remove_all(store.folder);
  make_owned(store.folder, store.uid_base);
  make_owned(store.folder / "tmp", store.uid_base);
}

std::uint64_t Stores::blocking_size(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator it(folder, kOptions, error), end; !error && it != end; it.increment(error)) {
    struct stat info{};
    if (::lstat(it->path().c_str(), &info) == 0) bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  return bytes;
}

}  // namespace builds
