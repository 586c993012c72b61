#include "common/protocol/session.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <utility>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "common/protocol/catalogue.hpp"
#include "common/protocol/messages/ack.hpp"
#include "common/protocol/messages/hello.hpp"
#include "common/protocol/messages/ping.hpp"
#include "common/protocol/messages/stream_close.hpp"
#include "common/protocol/session_queues.hpp"

namespace protocol {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

constexpr std::chrono::seconds kSlowMessage{5};
constexpr std::size_t kHeaderOverhead = 512;

/// Wakes every waiter; one executor.
class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}
  void notify() { timer_.cancel(); }
  async::Task<void> wait() {
    boost::system::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }

 private:
  asio::steady_timer timer_;
};

async::Task<void> pause(base::Duration wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(wait));
  co_await timer.async_wait(asio::use_awaitable);
}

bool is_bulk(const MessageInfo& message) {
  // `stream.close` stays behind the data that it ends.
  return message.attachment == Attachment::stream || message.attachment == Attachment::stats ||
         message.type == StreamClose::kType;
}

std::size_t attachment_limit(const MessageInfo& message) {
  switch (message.attachment) {
    case Attachment::stream:
    case Attachment::stats: return kMaxStreamAttachment;
    case Attachment::object: return kMaxObjectBytes;
    case Attachment::command:
    case Attachment::none: return kMaxMessageBytes;
  }
  return 0;
}

bool is_never_answered(std::string_view type) {
  return type == Ack::kType || type == ErrorMessage::kType;
}

}  // namespace

std::string ReceivedEnvelope::describe(const base::Error& error) {
  std::string text = error.message;
  for (const base::FieldError& field : error.fields) text += " " + field.pointer + ": " + field.message + ".";
  return text;
}

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

namespace {

/// A loop's exceptions end the loop, not the process: being cancelled is how loops end.
async::Task<void> guarded(const char* name, async::Task<void> loop) {
  try {
    co_await std::move(loop);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) {
      logging::error("session.loop_failed", {{"loop", name}, {"message", error.what()}});
    }
  } catch (const std::exception& error) {
    logging::error("session.loop_failed", {{"loop", name}, {"message", error.what()}});
  }
}

}  // namespace

std::expected<ReceivedEnvelope, EnvelopeFault> Session::Impl::accept(const async::Frame& frame) {
  auto envelope = decode_envelope(keys.receive, frame.text, frame.bytes);
  if (!envelope) return std::unexpected(envelope.error());
  if (envelope->seq != expected_seq) return std::unexpected(EnvelopeFault{CloseCode::bad_sequence, "bad_sequence"});
  const bool is_hello = envelope->type == AgentHello::kType;
  if (is_hello != (expected_seq == 0)) return std::unexpected(EnvelopeFault{CloseCode::protocol_error, "bad_hello"});
  ++expected_seq;
  return ReceivedEnvelope{.id = envelope->id,
                          .type = std::move(envelope->type),
                          .sent_at = envelope->ts,
                          .re = envelope->re,
                          .data = std::move(envelope->data),
                          .attachment = std::move(envelope->attachment),
                          .received_at = clock.steady_now()};
}

bool Session::Impl::transport_failed(const base::Error& error) {
  const bool too_large = error.code == "ws.too_large";
  if (!pending_close && (too_large || error.code == "ws.protocol")) {
    start_close(too_large ? CloseCode::too_large : CloseCode::protocol_error, error.message,
                too_large ? "too_large" : "malformed", false);
    return false;
  }
  const int code = transport->peer_close_code();
  if (!ended && !pending_close) {
    ended = CloseReason{
        .by = code != 0 ? CloseReason::By::peer : CloseReason::By::transport, .code = code, .reason = error.message};
  }
  return true;
}

async::Task<void> Session::Impl::read_loop() {
  while (!ended) {
    while (inbound_full()) {
      reading = false;
      co_await inbound_room.wait();
    }
    if (!std::exchange(reading, true)) alive_since = clock.steady_now();
    auto frame = co_await transport->receive();
    if (!frame) {
      if (transport_failed(frame.error())) co_return;
    } else if (!pending_close) {
      auto envelope = accept(*frame);
      if (envelope) {
        receive(std::move(*envelope));
        continue;
      }
      const EnvelopeFault& fault = envelope.error();
      start_close(fault.code, std::string(fault.reason), std::string(fault.reason), false);
    }
    // The writer closes; it ends this loop.
    if (pending_close && !pending_close->flush) co_await pause(std::chrono::hours{1});
  }
}

void Session::Impl::receive(ReceivedEnvelope envelope) {
  const MessageInfo* message = find_message(envelope.type);
  if (message == nullptr || !may_receive(*message, self)) {
    push(ErrorMessage::kType,
         json::encode(ErrorMessage{.code = ErrorCode::unsupported_type, .message = "This type is not known here."}), {},
         envelope.id);
    return;
  }
  if (envelope.attachment.size() > attachment_limit(*message)) {
    push(ErrorMessage::kType,
         json::encode(ErrorMessage{.code = ErrorCode::malformed, .message = "The attachment is too large."}), {},
         envelope.id);
    return;
  }
  if (envelope.type == Ping::kType) {
    push(Pong::kType, "{}", {}, envelope.id);
  } else if (envelope.type == Pong::kType) {
    if (open_ping && envelope.re == open_ping->first) answered_ping = open_ping->second;
  } else {
    inbound_bytes += envelope.data.size() + envelope.attachment.size();
    inbound.push_back(std::move(envelope));
    inbound_ready.notify();
  }
}

async::Task<void> Session::Impl::dispatch_loop() {
  while (true) {
    while (inbound.empty() || pending_close) co_await inbound_ready.wait();
    ReceivedEnvelope envelope = std::move(inbound.front());
    inbound.pop_front();
    inbound_bytes -= envelope.data.size() + envelope.attachment.size();
    inbound_room.notify();
    co_await dispatch(std::move(envelope));
  }
}

async::Task<void> Session::Impl::dispatch(ReceivedEnvelope envelope) {
  const base::SteadyTime started = clock.steady_now();
  ReceivedEnvelope about{.id = envelope.id, .type = envelope.type, .sent_at = envelope.sent_at};
  base::Result<void> outcome;
  try {
    outcome = co_await handler(std::move(envelope));
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    outcome = base::fail(base::ErrorKind::internal, "exception", error.what());
  } catch (const std::exception& error) {
    outcome = base::fail(base::ErrorKind::internal, "exception", error.what());
  }
  const base::Duration took = clock.steady_now() - started;
  if (took > kSlowMessage) {
    const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    logging::warn("session.slow_message", {{"type", about.type}, {"took_ms", took_ms}});
  }
  if (!outcome) answer_failure(about, outcome.error());
}

void Session::Impl::answer_failure(const ReceivedEnvelope& envelope, const base::Error& error) {
  if (envelope.type == AgentHello::kType) {
    start_close(CloseCode::protocol_error, error.message, "bad_hello", false);
    return;
  }
  const auto known = json::enum_from<ErrorCode>(error.code);
  if (!known) {
    logging::error("session.message_failed",
                   {{"type", envelope.type}, {"code", error.code}, {"message", error.message}});
  }
  if (is_never_answered(envelope.type)) return;
  const ErrorMessage reply{.code = known.value_or(ErrorCode::internal),
                           .message = known ? error.message : std::string("Something went wrong here.")};
  push(ErrorMessage::kType, json::encode(reply), {}, envelope.id);
}

async::Task<void> Session::Impl::write_loop() {
  while (!ended) {
    const bool may_write = !pending_close || (pending_close->flush && outgoing.has_control());
    auto envelope = may_write ? outgoing.pop() : std::nullopt;
    if (!envelope) {
      if (pending_close) break;
      co_await work.wait();
      continue;
    }
    room.notify();
    envelope->seq = next_seq++;
    envelope->ts = clock.utc_now();
    auto message = encode_envelope(keys.send, *envelope);
    BASE_CHECK(message.has_value(), "push() let a message in that does not fit");
    if (auto sent = co_await transport->send(std::move(*message)); !sent) {
      transport_failed(sent.error());
      co_return;
    }
  }
  if (pending_close) co_await transport->close(static_cast<int>(pending_close->code), pending_close->reason);
}

async::Task<void> Session::Impl::ping_loop() {
  while (true) {
    co_await pause(options.ping_every);
    const base::SteadyTime now = clock.steady_now();
    if (auto id = push(Ping::kType, "{}", {}, std::nullopt)) open_ping.emplace(*id, now);
  }
}

async::Task<void> Session::Impl::liveness_loop() {
  const base::Duration step = std::min<base::Duration>(options.dead_after / 10, std::chrono::seconds{1});
  while (true) {
    co_await pause(step);
    const base::SteadyTime now = clock.steady_now();
    const bool silent = reading && now - std::max(transport->last_byte_at(), alive_since) > options.dead_after;
    const bool stuck = pending_close && now - pending_close->since > 2 * options.close_grace;
    if (!silent && !stuck) continue;
    if (!ended && !pending_close) {
      ended = CloseReason{.by = CloseReason::By::us, .code = 0, .reason = "silent", .rejected = {}};
    }
    transport->abort();
    co_return;
  }
}

base::Result<EnvelopeId> Session::Impl::push(std::string_view type, std::string data, std::string attachment,
                                             std::optional<EnvelopeId> re) {
  if (ended || pending_close) {
    return base::fail(base::ErrorKind::unavailable, "session.closed", "The connection is closed.");
  }
  const MessageInfo* message = find_message(type);
  BASE_CHECK(message != nullptr, "a message type that is not in the catalogue");
  if (data.size() + kHeaderOverhead > kMaxHeaderBytes || attachment.size() > attachment_limit(*message) ||
      data.size() + attachment.size() + kHeaderOverhead > kMaxMessageBytes) {
    return base::fail(base::ErrorKind::too_large, "session.too_large", "The message does not fit into one envelope.");
  }
  Envelope envelope;
  envelope.id = EnvelopeId::make(clock);
  envelope.type = std::string(type);
  envelope.re = re;
  envelope.data = std::move(data);
  envelope.attachment = std::move(attachment);
  const EnvelopeId id = envelope.id;
  if (is_bulk(*message)) {
    if (outgoing.push_bulk(std::move(envelope)) == SendQueue::Pushed::full) {
      return base::fail(base::ErrorKind::unavailable, "session.full", "The send queue is full.");
    }
  } else if (outgoing.push_control(std::move(envelope)) == SendQueue::Pushed::full) {
    start_close(CloseCode::protocol_error, "send queue full", {}, false);
    return base::fail(base::ErrorKind::unavailable, "session.closed", "The send queue was full: closed.");
  }
  work.notify();
  return id;
}

void Session::Impl::start_close(CloseCode code, std::string reason, std::string rejected, bool flush) {
  if (ended || pending_close) return;
  pending_close = Pending{.code = code,
                          .reason = std::move(reason),
                          .rejected = std::move(rejected),
                          .since = clock.steady_now(),
                          .flush = flush};
  outgoing.drop_bulk();
  work.notify();
  room.notify();
}

async::Task<void> Session::Impl::finish() {
  // Cancelled from outside: the writer could not say goodbye.
  if (!pending_close && !ended) {
    start_close(CloseCode::going_away, "going away", {}, false);
    co_await transport->close(static_cast<int>(CloseCode::going_away), "going away");
  }
  if (pending_close && !ended) {
    ended = CloseReason{.by = CloseReason::By::us,
                        .code = static_cast<int>(pending_close->code),
                        .reason = pending_close->reason,
                        .rejected = pending_close->rejected};
  }
  transport->abort();
  room.notify();
}

Session::Session(std::unique_ptr<async::MessageTransport> transport, SessionKeys keys, Side self,
                 const base::Clock& clock, SessionOptions options)
    : impl_(std::make_shared<Impl>(std::move(transport), std::move(keys), self, clock, options)) {}

Session::~Session() = default;

void Session::on_message(Handler handler) {
  impl_->handler = std::move(handler);
}

async::Task<CloseReason> Session::run() {
  const auto impl = impl_;
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await (guarded("read", impl->read_loop()) || guarded("write", impl->write_loop()) ||
            guarded("dispatch", impl->dispatch_loop()) || guarded("ping", impl->ping_loop()) ||
            guarded("liveness", impl->liveness_loop()));
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  const bool cancelled = state.cancelled() != asio::cancellation_type::none;
  // These settings are the whole task's, not only this frame's: off for the goodbye, then as they were.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await impl->finish();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_await asio::this_coro::throw_if_cancelled(throws);
  CloseReason reason = *impl->ended;
  reason.cancelled = cancelled;
  co_return reason;
}

base::Result<EnvelopeId> Session::send(std::string_view type, std::string data, std::string attachment,
                                       std::optional<EnvelopeId> re) {
  return impl_->push(type, std::move(data), std::move(attachment), re);
}

base::Result<EnvelopeId> Session::ack(EnvelopeId re, std::string data) {
  return impl_->push(Ack::kType, std::move(data), {}, re);
}

base::Result<EnvelopeId> Session::error(EnvelopeId re, ErrorCode code, std::string message) {
  return send(ErrorMessage{.code = code, .message = std::move(message)}, {}, re);
}

async::Task<void> Session::writable() {
  const auto impl = impl_;
  while (!impl->ended && !impl->pending_close && !impl->outgoing.bulk_has_room()) co_await impl->room.wait();
}

bool Session::has_room() const {
  return impl_->outgoing.bulk_has_room();
}

void Session::close(CloseCode code, std::string reason) {
  impl_->start_close(code, std::move(reason), {}, true);
}

bool Session::closing() const {
  return impl_->ended || impl_->pending_close;
}

std::optional<base::SteadyTime> Session::last_answered_ping() const {
  return impl_->answered_ping;
}

}  // namespace protocol
