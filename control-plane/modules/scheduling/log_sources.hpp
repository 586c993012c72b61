#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/async/task_group.hpp"
#include "common/base/guarded.hpp"
#include "control-plane/modules/fleet/log_relay.hpp"
#include "control-plane/modules/scheduling/log_lines.hpp"
#include "control-plane/modules/scheduling/log_query.hpp"

namespace scheduling {

/// `text`: in brackets, as readers see it.
struct LogNote {
  std::string label;
  std::string text;
};
/// The log of that replica cannot be read; `rest`: some of it was.
std::string unreachable_note(const std::string& label, bool rest = false);

/// The logs of one reader's replicas, opened at their workers as the reader wants them. The workers send no more than
/// the reader has taken and 256 KiB; a connection that is lost is opened again where it was. On the reader's thread.
class LogSources {
 public:
  /// `relay`: for workers that are connected to another instance. A worker that says nothing for as long as `patience`
  /// cannot be read.
  LogSources(boost::asio::any_io_executor executor, fleet::Hub& hub, fleet::LogRelay& relay, const LogQuery& query,
             base::Duration patience);
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
  /// True when all of this replica's log came.
  bool has_ended(base::ReplicaId replica) const;
  /// It is read no more, and has no position any more.
  void forget(base::ReplicaId replica);
  /// True when nothing will come any more from those that were opened.
  bool all_ended() const;
  /// What is to be said of replicas that cannot be read now, each told once until it can be read again. Call it behind
  /// `take`: a worker that says nothing is one of them, and without `follow` no longer waited for.
  std::vector<LogNote> take_unreachable();
  /// True when a worker was given up for its silence.
  bool was_silent() const { return was_silent_; }

 private:
  class Tail;
  struct Source {
    base::WorkerId worker;
    std::string label;
    std::string worker_name;
    base::StreamId stream{};
    std::shared_ptr<Tail> tail;
    std::shared_ptr<fleet::RemoteTail> remote;  ///< where another instance reads it for us
    LogLines lines;
    std::optional<std::uint64_t> position;
    bool initial{false};  ///< there from the beginning: of it only the part is wanted that was asked for
    bool ended{false};
    bool told{false};
    bool heard{false};  ///< since it was opened
    base::SteadyTime heard_at{};
    base::SteadyTime retry_at{};
    base::SteadyTime elsewhere_at{};  ///< from when on other instances are asked again
  };
  void open_source(base::ReplicaId replica, Source& source, bool follow);
  void close_source(Source& source);
  void grant(Source& source, std::uint64_t bytes);
  void tell_unreachable(Source& source);
  void look_for_silence();

  fleet::Hub& hub_;
  fleet::LogRelay& relay_;
  boost::asio::any_io_executor executor_;
  async::TaskGroup remotes_;
  LogQuery query_;
  base::Duration patience_;
  bool resumed_;
  bool first_{true};
  bool follow_{false};
  bool was_silent_{false};
  std::shared_ptr<async::Nudge> news_;
  std::map<base::ReplicaId, Source> sources_;
  std::vector<LogNote> unreachable_;
};

}  // namespace scheduling
