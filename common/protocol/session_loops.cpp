#include <boost/asio/this_coro.hpp>

#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "common/protocol/catalogue.hpp"
#include "common/protocol/messages/ack.hpp"
#include "common/protocol/messages/hello.hpp"
#include "common/protocol/messages/ping.hpp"
#include "common/protocol/session_impl.hpp"

// The loops of a session: read, write, dispatch, ping, liveness.
namespace protocol {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kSlowMessage{5};
constexpr std::size_t kLongestReply = 1'024;

async::Task<void> pause(base::Duration wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(wait));
  co_await timer.async_wait(asio::use_awaitable);
}

bool is_never_answered(std::string_view type) {
  return type == Ack::kType || type == ErrorMessage::kType;
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
  // Mistakes may quote what was sent: an answer stays short whatever that was.
  const ErrorMessage reply{.code = known.value_or(ErrorCode::internal),
                           .message = known ? error.message.substr(0, kLongestReply) : "Something went wrong here."};
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

}  // namespace protocol
