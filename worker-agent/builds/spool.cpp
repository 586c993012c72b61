#include "worker-agent/builds/spool.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"

namespace builds {

Spool::Spool(const std::filesystem::path& file, const boost::asio::any_io_executor& executor)
    : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)), grown_(executor) {
  if (!fd_.valid()) base::throw_errno("open " + file.string());
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) base::throw_errno("stat " + file.string());
  size_ = static_cast<std::uint64_t>(info.st_size);
}

void Spool::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) base::throw_errno("write the job's log");
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
    unsynced_ += static_cast<std::uint64_t>(put);
  }
  base::crash_point("spool.written");
  grown_.notify();
}

void Spool::finish() {
  complete_ = true;
  grown_.notify();
}

void Spool::blocking_sync() {
  if (unsynced_.exchange(0) != 0 && ::fdatasync(fd_.get()) != 0) base::throw_errno("fsync the job's log");
  base::crash_point("spool.synced");
}

base::Result<std::string> Spool::read(std::uint64_t offset, std::size_t limit) {
  if (offset > size_) {
    return base::fail(base::ErrorKind::invalid, "stream.offset", "The offset lies behind the end of the log.");
  }
  std::string out(std::min<std::uint64_t>(limit, size_ - offset), '\0');
  const ssize_t got = ::pread(fd_.get(), out.data(), out.size(), static_cast<off_t>(offset));
  if (got < 0) base::throw_errno("read the job's log");
  out.resize(static_cast<std::size_t>(got));
  return out;
}

async::Task<void> Spool::wait_beyond(std::uint64_t offset, base::Duration at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (size_ <= offset && !complete_) {
    const base::Duration left = end - std::chrono::steady_clock::now();
    if (left <= base::Duration::zero()) co_return;
    if (!co_await grown_.wait(left)) co_return;
  }
}

}  // namespace builds
