#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/async/nudge.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/logs/collector.hpp"

namespace logs {

/// A replica's log as a stream of lines (log_line.hpp), read out of its spool as the other side takes it: a slow reader
/// costs no memory and delays nobody. The first line says where the next one stands in the log; where the spool had to
/// drop what was not read yet, a gap says how much. What was read more than 256 KiB ago cannot be read again (error
/// `log.gone`). Where the file of what is kept cannot be read, the error is `log.unreadable`. Main thread.
class ReplicaLog final : public agent::StreamSource {
 public:
  /// `goes_on`: asked by followers; false ends the stream once all is read.
  ReplicaLog(const boost::asio::any_io_executor& executor, std::shared_ptr<ReplicaSpool> spool, std::uint64_t from,
             bool follow, std::function<bool()> goes_on);

  std::uint64_t size() const override;
  bool complete() const override;
  base::Result<std::string> read(std::uint64_t offset, std::size_t limit) override;
  async::Task<void> wait_beyond(std::uint64_t offset, base::Duration at_most) override;

 private:
  void fill() const;

  std::shared_ptr<ReplicaSpool> spool_;
  std::uint64_t until_;  ///< without `follow`: what was there at the beginning
  bool follow_;
  std::function<bool()> goes_on_;
  // Looking at the size reads ahead; that changes nothing that a caller can see.
  mutable std::uint64_t position_;  ///< in the spool
  mutable std::string text_;        ///< the stream's bytes from offset `begin_`
  mutable std::uint64_t begin_{0};
  mutable bool unreadable_{false};  ///< what is kept at `position_` cannot be opened
  std::shared_ptr<async::Nudge> grown_;
  std::shared_ptr<std::function<void()>> subscription_;
};

/// Serves container logs (PROTOCOL 7, `stream.open` of kind container-log).
class ReplicaLogs final : public agent::LogProvider {
 public:
  /// `is_here`: whether a replica still is on this worker.
  ReplicaLogs(boost::asio::any_io_executor executor, Collector& collector,
              std::function<bool(base::ReplicaId)> is_here);

  base::Result<std::shared_ptr<agent::StreamSource>> open(base::ReplicaId replica,
                                                          const agent::LogWanted& wanted) override;

 private:
  boost::asio::any_io_executor executor_;
  Collector& collector_;
  std::function<bool(base::ReplicaId)> is_here_;
};

}  // namespace logs
