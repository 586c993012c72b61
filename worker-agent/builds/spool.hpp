#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "common/async/nudge.hpp"
#include "common/base/unique_fd.hpp"
#include "worker-agent/link/capability.hpp"

namespace builds {

/// A job's output on disk: written at once (survives kill -9), made durable each second by its owner, readable by
/// offset while it grows. Main thread, but for `blocking_sync`.
class Spool final : public agent::StreamSource {
 public:
  /// Opens or makes the file (0600); an existing one goes on at its end. Throws `base::Failure`.
  Spool(const std::filesystem::path& file, const boost::asio::any_io_executor& executor);

  /// Throws `base::Failure` when the disk is full.
  void append(std::string_view bytes);
  /// No byte will follow.
  void finish();
  /// fdatasync; any thread. Nothing when nothing was written since.
  void blocking_sync();

  std::uint64_t size() const override { return size_; }
  bool complete() const override { return complete_; }
  base::Result<std::string> read(std::uint64_t offset, std::size_t limit) override;
  async::Task<void> wait_beyond(std::uint64_t offset, base::Duration at_most) override;

 private:
  base::UniqueFd fd_;
  std::uint64_t size_{0};
  std::atomic<std::uint64_t> unsynced_{0};
  bool complete_{false};
  async::Nudge grown_;
};

}  // namespace builds
