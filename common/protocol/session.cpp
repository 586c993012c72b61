#include "common/protocol/session.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "common/protocol/catalogue.hpp"
#include "common/protocol/messages/ack.hpp"
#include "common/protocol/messages/stream_close.hpp"
#include "common/protocol/session_impl.hpp"

namespace protocol {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

constexpr std::size_t kHeaderOverhead = 512;

bool is_bulk(const MessageInfo& message) {
  // `stream.close` stays behind the data that it ends.
  return message.attachment == Attachment::stream || message.attachment == Attachment::stats ||
         message.type == StreamClose::kType;
}

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

std::string ReceivedEnvelope::describe(const base::Error& error) {
  std::string text = error.message;
  for (const base::FieldError& field : error.fields) text += " " + field.pointer + ": " + field.message + ".";
  return text;
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

base::Result<EnvelopeId> Session::Impl::push(std::string_view type, std::string data, std::string attachment,
                                             std::optional<EnvelopeId> re) {
  if (ended || pending_close) {
    return base::fail(base::ErrorKind::unavailable, "session.closed", "The connection is closed.");
  }
  const MessageInfo* message = find_message(type);
  BASE_CHECK(message != nullptr, "a message type that is not in the catalogue");
  // A header is one line; between JSON's tokens a blank says the same.
  std::ranges::replace(data, '\n', ' ');
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
