#include "worker-agent/replicas/layer_size.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "common/base/unique_fd.hpp"

namespace replicas {
namespace {

constexpr std::size_t kMostWaiting = 20'000;  // names of folders in memory
constexpr std::uint64_t kBlock = 512;         // of st_blocks

base::UniqueFd open_beneath(const std::filesystem::path& folder, const std::string& name) {
  const base::UniqueFd root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return {};
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const auto open_it = [&] {
    return static_cast<int>(::syscall(SYS_openat2, root.get(), name.c_str(), &how, sizeof how));
  };
  base::UniqueFd opened(open_it());
  if (opened.valid()) return opened;
  how.flags &= ~static_cast<__u64>(O_NOATIME);  // of folders that are not ours
  return base::UniqueFd(open_it());
}

}  // namespace

bool LayerSize::open_next() {
  while (!waiting_.empty()) {
    open_name_ = std::move(waiting_.front());
    waiting_.pop_front();
    auto fd = open_beneath(folder_, open_name_);
    if (!fd.valid()) continue;
    open_.reset(::fdopendir(fd.get()));
    if (!open_) continue;
    static_cast<void>(fd.release());
    return true;
  }
  return false;
}

std::optional<std::uint64_t> LayerSize::blocking_step(std::size_t& entries) {
  while (entries > 0) {
    if (!open_ && !open_next()) {
      waiting_.emplace_back(".");
      return std::exchange(bytes_, 0);
    }
    const dirent* entry = ::readdir(open_.get());
    if (entry == nullptr) {
      open_.reset();
      continue;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    --entries;
    struct stat info{};
    if (::fstatat(::dirfd(open_.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    bytes_ += static_cast<std::uint64_t>(info.st_blocks) * kBlock;
    if (S_ISDIR(info.st_mode) && waiting_.size() < kMostWaiting) {
      waiting_.push_back(open_name_ + "/" + std::string(name));
    }
  }
  return std::nullopt;
}

}  // namespace replicas
