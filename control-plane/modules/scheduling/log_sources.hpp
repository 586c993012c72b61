#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/base/guarded.hpp"
#include "control-plane/modules/scheduling/log_lines.hpp"
#include "control-plane/modules/scheduling/log_query.hpp"

namespace scheduling {

/// The logs of one reader's replicas, opened at their workers as the reader wants them. The workers send no more than
/// the reader has taken and 256 KiB; a connection that is lost is opened again where it was. On the reader's thread.
class LogSources {
 public:
  LogSources(boost::asio::any_io_executor executor, fleet::Hub& hub, const LogQuery& query);
  ~LogSources();
  LogSources(const LogSources&) = delete;
  LogSources& operator=(const LogSources&) = delete;

  /// Opens what is not open: new replicas, and after a second those that were lost.
  void open(const std::vector<Replica>& replicas, bool follow);
  /// What came since the last time; the workers may send as much again.
  struct Piece {
    std::string replica;  ///< its id
    std::string label;
    std::vector<LogLine> lines;
  };
  std::vector<Piece> take();
  /// True when something came, false when `at_most` passed.
  async::Task<bool> wait(base::Duration at_most) { return news_->wait(at_most); }
  /// Where to go on, by replica.
  std::map<std::string, std::uint64_t> positions() const;
  /// True when nothing will come any more from those that were opened.
  bool all_ended() const;
  /// Replicas that cannot be read now, each told once.
  std::vector<std::string> take_unreachable();

 private:
  class Tail;
  struct Source {
    base::WorkerId worker;
    std::string label;
    std::string worker_name;
    base::StreamId stream{};
    std::shared_ptr<Tail> tail;
    LogLines lines;
    std::optional<std::uint64_t> position;
    bool ended{false};
    bool told{false};
    base::SteadyTime retry_at{};
  };
  void open_source(base::ReplicaId replica, Source& source, bool follow);

  fleet::Hub& hub_;
  LogQuery query_;
  bool resumed_;
  bool first_{true};
  std::shared_ptr<async::Nudge> news_;
  std::map<base::ReplicaId, Source> sources_;
  std::vector<std::string> unreachable_;
};

}  // namespace scheduling
