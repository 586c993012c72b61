#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/async/nudge.hpp"
#include "common/async/task_group.hpp"
#include "common/protocol/messages/stream_open.hpp"
#include "control-plane/modules/fleet/hub.hpp"
#include "control-plane/modules/fleet/inflow.hpp"

namespace fleet {

/// One worker's connection: hands messages to the hub's handlers, sends what waits, ends with its token.
/// Everything runs on the transport's executor, but `nudge` and `replace`, which may be called from any thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Hub& hub, AdmittedWorker admitted, std::int64_t session_epoch, std::unique_ptr<protocol::Session> session,
             boost::asio::any_io_executor executor);

  base::WorkerId worker() const { return admitted_.id; }
  std::int64_t session_epoch() const { return peer_.session_epoch; }

  /// Sends our hello and serves until the connection ends.
  async::Task<protocol::CloseReason> run(std::uint64_t leader_epoch);

  void nudge() { nudge_.notify(); }
  /// A newer connection of this worker took over.
  void replace();
  void open_tail(protocol::StreamOpen open, std::weak_ptr<LogTail> tail);
  void grant_tail(base::StreamId stream, std::uint64_t bytes);
  void close_tail(base::StreamId stream);

 private:
  async::Task<base::Result<void>> receive(protocol::ReceivedEnvelope envelope);
  async::Task<base::Result<void>> store(protocol::ReceivedEnvelope envelope);
  async::Task<base::Result<void>> receive_hello(protocol::ReceivedEnvelope envelope);
  async::Task<base::Result<void>> renew(protocol::ReceivedEnvelope envelope);
  /// No transaction, but where records of switches have to last.
  async::Task<base::Result<void>> take_stats(protocol::ReceivedEnvelope envelope);
  /// True when the message was for a tail. Bytes beyond what was granted are an error.
  base::Result<bool> receive_tail(const protocol::ReceivedEnvelope& envelope);
  void end_tail(base::StreamId stream, LogTail::End end);
  base::Result<void> admit_bytes(const protocol::ReceivedEnvelope& envelope);
  void give_back(const protocol::ReceivedEnvelope& envelope);
  void end_of_stream(const protocol::ReceivedEnvelope& envelope);
  void note_window(const Outgoing& message);
  void send(const Reply& reply, protocol::EnvelopeId re);
  void send(const std::vector<Outgoing>& messages);
  /// An `error` about a job that was dispatched here says that the job will not run: the same as `job.rejected`.
  protocol::ReceivedEnvelope as_rejection(protocol::ReceivedEnvelope envelope);
  async::Task<void> dispatch_loop();
  async::Task<void> token_loop();

  Hub& hub_;
  AdmittedWorker admitted_;
  Peer peer_;
  std::unique_ptr<protocol::Session> session_;
  boost::asio::any_io_executor executor_;
  async::Nudge nudge_;
  bool greeted_{false};
  bool inventory_{false};
  struct Tail {
    std::weak_ptr<LogTail> sink;
    std::optional<protocol::EnvelopeId> open_id;
  };
  std::map<base::StreamId, Tail> tails_;
  Inflow inflow_;
  std::map<protocol::EnvelopeId, std::string> jobs_sent_;  ///< signed bytes, until the worker answers; at most 64
};

}  // namespace fleet
