#include "worker-agent/logs/replica_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/async/timer.hpp"

namespace logs {
namespace {

constexpr std::size_t kAhead = 256 * 1024;
constexpr std::size_t kBehind = 256 * 1024;
constexpr base::Duration kLook = std::chrono::milliseconds(50);

}  // namespace

ReplicaLog::ReplicaLog(std::filesystem::path file, std::size_t last_lines, bool follow,
                       std::function<bool()> still_here)
    : file_(std::move(file)), follow_(follow), still_here_(std::move(still_here)) {
  position_ = blocking_offset_of_last(file_, last_lines);
}

/// conmon replaces the file when it is full: go on with the new one once the old one is read.
bool ReplicaLog::next_file() const {
  struct stat opened{};
  struct stat named{};
  if (::stat(file_.c_str(), &named) != 0) return false;
  if (fd_.valid() && ::fstat(fd_.get(), &opened) == 0 && opened.st_ino == named.st_ino &&
      static_cast<std::uint64_t>(named.st_size) >= position_) {
    return false;
  }
  const bool first = !fd_.valid();
  fd_ = base::UniqueFd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!first) position_ = 0;
  return fd_.valid();
}

void ReplicaLog::fill() const {
  if (!fd_.valid() && !next_file()) {
    drained_ = true;
    return;
  }
  std::array<char, 64 * 1024> buffer;
  drained_ = false;
  while (text_.size() < kBehind + kAhead) {
    const auto got = ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(position_));
    if (got > 0) {
      position_ += static_cast<std::uint64_t>(got);
      stripper_.feed({buffer.data(), static_cast<std::size_t>(got)}, text_);
    } else if (!next_file()) {
      drained_ = true;
      return;
    }
  }
}

std::uint64_t ReplicaLog::size() const {
  fill();
  return begin_ + text_.size();
}

bool ReplicaLog::complete() const {
  const bool goes_on = follow_ && still_here_();
  fill();
  return !goes_on && drained_;
}

base::Result<std::string> ReplicaLog::read(std::uint64_t offset, std::size_t limit) {
  if (offset < begin_)
    return base::fail(base::ErrorKind::conflict, "log.gone", "This part of the log was sent before.");
  const auto sent = offset - begin_ > kBehind ? std::min<std::size_t>(offset - begin_ - kBehind, text_.size()) : 0;
  text_.erase(0, sent);
  begin_ += sent;
  fill();
  const auto at = offset - begin_;
  return at >= text_.size() ? std::string() : text_.substr(at, limit);
}

async::Task<void> ReplicaLog::wait_beyond(std::uint64_t offset, base::Duration at_most) {
  for (base::Duration waited{}; waited < at_most && size() <= offset && !complete(); waited += kLook) {
    co_await async::sleep(kLook);
  }
}

ReplicaLogs::ReplicaLogs(std::filesystem::path log_dir, std::function<bool(base::ReplicaId)> is_here)
    : log_dir_(std::move(log_dir)), is_here_(std::move(is_here)) {}

base::Result<std::shared_ptr<agent::StreamSource>> ReplicaLogs::open(base::ReplicaId replica, int since_lines,
                                                                     bool follow) {
  auto file = log_dir_ / (replica.to_string() + ".log");
  if (!is_here_(replica) && !std::filesystem::exists(file)) {
    return base::fail(base::ErrorKind::not_found, "replica.not_here", "This worker has no log of that replica.");
  }
  const auto lines = static_cast<std::size_t>(std::max(0, since_lines));
  std::shared_ptr<agent::StreamSource> source = std::make_shared<ReplicaLog>(
      std::move(file), lines, follow, [is_here = is_here_, replica] { return is_here(replica); });
  return source;
}

}  // namespace logs
