#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/protocol/session.hpp"
#include "common/protocol/session_queues.hpp"

/// What a session is made of; for session*.cpp only.
namespace protocol {

/// Wakes every waiter; one executor.
class Signal {
 public:
  explicit Signal(const boost::asio::any_io_executor& executor)
      : timer_(executor, boost::asio::steady_timer::time_point::max()) {}
  void notify() { timer_.cancel(); }
  async::Task<void> wait() {
    boost::system::error_code woken;
    co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
  }

 private:
  boost::asio::steady_timer timer_;
};

/// The most that an attachment of this type may have, in bytes.
std::size_t attachment_limit(const MessageInfo& message);

struct Session::Impl {
  Impl(std::unique_ptr<async::MessageTransport> transport_, SessionKeys keys_, Side self_, const base::Clock& clock_,
       SessionOptions options_)
      : transport(std::move(transport_)),
        keys(std::move(keys_)),
        self(self_),
        clock(clock_),
        options(options_),
        outgoing({.control_count = options_.control_count,
                  .control_bytes = options_.control_bytes,
                  .bulk_count = options_.bulk_count,
                  .bulk_bytes = options_.bulk_bytes}),
        work(transport->executor()),
        room(transport->executor()),
        inbound_ready(transport->executor()),
        inbound_room(transport->executor()),
        alive_since(clock_.steady_now()) {}

  struct Pending {
    CloseCode code;
    std::string reason;
    std::string rejected;
    base::SteadyTime since;
    bool flush;
  };

  // The loops. Only the writer and an ended transport end the connection; the others ask for a close and wait.
  async::Task<void> read_loop();
  async::Task<void> write_loop();
  async::Task<void> dispatch_loop();
  async::Task<void> ping_loop();
  async::Task<void> liveness_loop();
  async::Task<void> finish();

  std::expected<ReceivedEnvelope, EnvelopeFault> accept(const async::Frame& frame);
  void receive(ReceivedEnvelope envelope);
  async::Task<void> dispatch(ReceivedEnvelope envelope);
  void answer_failure(const ReceivedEnvelope& envelope, const base::Error& error);
  /// True when the connection is over, false when it is to be closed for what came.
  bool transport_failed(const base::Error& error);

  /// Queues a message; see `Session::send`.
  base::Result<EnvelopeId> push(std::string_view type, std::string data, std::string attachment,
                                std::optional<EnvelopeId> re);
  void start_close(CloseCode code, std::string reason, std::string rejected, bool flush);
  bool inbound_full() const {
    return inbound.size() >= options.inbound_count || inbound_bytes >= options.inbound_bytes;
  }

  std::unique_ptr<async::MessageTransport> transport;
  SessionKeys keys;
  Side self;
  const base::Clock& clock;
  SessionOptions options;
  Handler handler;

  SendQueue outgoing;
  std::uint64_t next_seq{0};
  std::uint64_t expected_seq{0};
  std::deque<ReceivedEnvelope> inbound;
  std::size_t inbound_bytes{0};
  Signal work;
  Signal room;
  Signal inbound_ready;
  Signal inbound_room;

  base::SteadyTime alive_since;  ///< when reading began or went on
  bool reading{true};
  std::optional<std::pair<EnvelopeId, base::SteadyTime>> open_ping;
  std::optional<base::SteadyTime> answered_ping;
  std::optional<Pending> pending_close;
  std::optional<CloseReason> ended;
};

}  // namespace protocol
