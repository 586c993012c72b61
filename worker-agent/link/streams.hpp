#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/async/task_group.hpp"
#include "common/base/clock.hpp"
#include "common/protocol/messages/stream_ack.hpp"
#include "common/protocol/messages/stream_close.hpp"
#include "common/protocol/messages/stream_credit.hpp"
#include "common/protocol/messages/stream_open.hpp"
#include "common/protocol/messages/stream_opened.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/link/line.hpp"
#include "worker-agent/link/wake.hpp"

namespace agent {

/// Sends bytes that are kept until the other side has them for good: opens each stream on each connection, goes on
/// where the receiver says, stays within its credit. Main thread.
class Streams {
 public:
  Streams(boost::asio::any_io_executor executor, Line& line, LogProvider* logs);
  ~Streams();

  /// A job's log. `done` is called once: all of it is acknowledged (true), or nobody wants it (false).
  void offer(base::StreamId id, base::JobId job, int attempt, std::shared_ptr<StreamSource> source,
             std::function<void(bool acknowledged)> done);
  /// For `inventory.report`: what is kept of jobs' logs.
  std::vector<std::pair<base::StreamId, std::uint64_t>> kept() const;
  /// Nobody wants it any more.
  void drop(base::StreamId id);

  void connected();
  /// Ends what ran on the connection; streams that were opened by the other side are forgotten.
  async::Task<void> disconnected();

  // What the other side says.
  base::Result<void> open(const protocol::StreamOpen& open, protocol::EnvelopeId re);
  base::Result<void> opened(const protocol::StreamOpened& opened);
  base::Result<void> credit(const protocol::StreamCredit& credit);
  base::Result<void> ack(const protocol::StreamAck& ack);
  base::Result<void> close(const protocol::StreamClose& close);
  /// An `error` that answers a message of a stream; true when it was one.
  bool failed(protocol::EnvelopeId re, protocol::ErrorCode code);

 private:
  struct Stream;
  void send_open(Stream& stream);
  void start_pump(const std::shared_ptr<Stream>& stream, protocol::StreamReceive receive);
  async::Task<void> pump(std::shared_ptr<Stream> stream, std::uint64_t run, std::shared_ptr<protocol::Session> session);
  async::Task<void> open_again(std::shared_ptr<Stream> stream);
  async::Task<void> close_again(protocol::StreamClose close);
  void remember(protocol::EnvelopeId id, const protocol::StreamClose& close);
  static async::Task<void> gather(Stream& stream);
  async::Task<bool> send_piece(Stream& stream, protocol::Session& session);
  void send_close(Stream& stream, protocol::Session& session);
  void check_done(Stream& stream);
  void finish(base::StreamId id, bool acknowledged);
  std::shared_ptr<Stream> find(base::StreamId id) const;

  boost::asio::any_io_executor executor_;
  Line& line_;
  LogProvider* logs_;
  std::map<base::StreamId, std::shared_ptr<Stream>> streams_;
  /// What was said of ends on this connection, latest last: nothing answers it but an error.
  std::deque<std::pair<protocol::EnvelopeId, protocol::StreamClose>> closes_;
  std::unique_ptr<async::TaskGroup> pumps_;
};

}  // namespace agent
