#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "common/base/unique_fd.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/logs/k8s_log.hpp"

namespace logs {

/// The output of one replica as a stream of plain lines, from its last lines on; with `follow` it goes on as the
/// replica writes, also over its restarts. The file is the spool; converted are only the next 256 KiB, so a slow reader
/// costs no memory. What was read more than 256 KiB ago cannot be read again (error `log.gone`).
class ReplicaLog final : public agent::StreamSource {
 public:
  /// `still_here`: asked by followers; false ends the stream once all is read.
  ReplicaLog(std::filesystem::path file, std::size_t last_lines, bool follow, std::function<bool()> still_here);

  std::uint64_t size() const override;
  bool complete() const override;
  base::Result<std::string> read(std::uint64_t offset, std::size_t limit) override;
  async::Task<void> wait_beyond(std::uint64_t offset, base::Duration at_most) override;

 private:
  void fill() const;
  bool next_file() const;

  std::filesystem::path file_;
  bool follow_;
  std::function<bool()> still_here_;
  // Looking at the size converts what came since; that changes nothing that a caller can see.
  mutable base::UniqueFd fd_;
  mutable std::uint64_t position_{0};  ///< in the raw file
  mutable PrefixStripper stripper_;
  mutable std::string text_;  ///< plain lines from offset `begin_`
  mutable std::uint64_t begin_{0};
  mutable bool drained_{false};  ///< the last look found nothing more
};

/// Serves container logs (PROTOCOL 7, `stream.open` of kind container-log).
class ReplicaLogs final : public agent::LogProvider {
 public:
  /// `is_here`: whether a replica still is on this worker.
  ReplicaLogs(std::filesystem::path log_dir, std::function<bool(base::ReplicaId)> is_here);

  base::Result<std::shared_ptr<agent::StreamSource>> open(base::ReplicaId replica, int since_lines,
                                                          bool follow) override;

 private:
  std::filesystem::path log_dir_;
  std::function<bool(base::ReplicaId)> is_here_;
};

}  // namespace logs
