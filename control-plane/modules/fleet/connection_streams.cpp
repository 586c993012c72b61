// Streams of one connection: credit, and the container logs that somebody reads (PROTOCOL 7).

#include <algorithm>
#include <boost/asio/post.hpp>

#include "common/protocol/limits.hpp"
#include "common/protocol/messages/error.hpp"
#include "common/protocol/messages/stream_ack.hpp"
#include "common/protocol/messages/stream_close.hpp"
#include "common/protocol/messages/stream_credit.hpp"
#include "common/protocol/messages/stream_data.hpp"
#include "common/protocol/messages/stream_open.hpp"
#include "common/protocol/messages/stream_opened.hpp"
#include "control-plane/modules/fleet/connection.hpp"

namespace fleet {
namespace {

/// While many read at once each gets less at first, so that there is room for more.
constexpr std::uint64_t kSmallCredit = std::uint64_t{64} << 10U;

}  // namespace

/// Stream data of jobs: within what was granted on this connection.
base::Result<void> Connection::admit_bytes(const protocol::ReceivedEnvelope& envelope) {
  if (envelope.type != protocol::StreamData::kType) return {};
  TRY_ASSIGN(const auto data, envelope.as<protocol::StreamData>());
  return inflow_.take(data.stream, data.offset, envelope.attachment.size());
}

void Connection::give_back(const protocol::ReceivedEnvelope& envelope) {
  if (const auto data = envelope.as<protocol::StreamData>()) inflow_.give_back(data->stream, data->offset);
}

/// A build's log has ended: what it may still send counts no longer against the connection.
void Connection::end_of_stream(const protocol::ReceivedEnvelope& envelope) {
  if (const auto close = envelope.as<protocol::StreamClose>()) inflow_.close(close->stream);
}

/// What a handler's answer permits.
void Connection::note_window(const Outgoing& message) {
  if (message.type == protocol::StreamOpened::kType) {
    const auto opened = json::decode<protocol::StreamOpened>(message.data, json::Unknown::ignore);
    if (opened && opened->receive) {
      inflow_.open(opened->stream, opened->receive->resume_from, opened->receive->credit);
    }
  } else if (message.type == protocol::StreamCredit::kType) {
    const auto credit = json::decode<protocol::StreamCredit>(message.data, json::Unknown::ignore);
    if (credit) inflow_.grant(credit->stream, credit->bytes);
  }
}

void Connection::open_tail(protocol::StreamOpen open, std::weak_ptr<LogTail> tail) {
  boost::asio::post(executor_, [self = shared_from_this(), open = std::move(open), tail = std::move(tail)]() mutable {
    const auto outstanding = self->inflow_.outstanding();
    const auto credit = outstanding < protocol::kMaxConnectionCredit / 2 ? protocol::kFirstStreamCredit : kSmallCredit;
    const bool room = outstanding + credit <= protocol::kMaxConnectionCredit && !self->session_->closing();
    if (!room) {
      if (const auto sink = tail.lock()) {
        sink->closed(self->session_->closing() ? LogTail::End::lost : LogTail::End::refused);
      }
      return;
    }
    open.receive = protocol::StreamReceive{0, credit};
    self->inflow_.open(open.stream, 0, credit);
    const auto sent = self->session_->send(open);
    self->tails_[open.stream] = Tail{std::move(tail), sent ? std::optional(*sent) : std::nullopt};
  });
}

void Connection::grant_tail(base::StreamId stream, std::uint64_t bytes) {
  boost::asio::post(executor_, [self = shared_from_this(), stream, bytes] {
    if (!self->tails_.contains(stream)) return;
    self->inflow_.grant(stream, bytes);
    protocol::StreamCredit credit;
    credit.stream = stream;
    credit.bytes = bytes;
    static_cast<void>(self->session_->send(credit));
  });
}

void Connection::close_tail(base::StreamId stream) {
  boost::asio::post(executor_, [self = shared_from_this(), stream] {
    if (self->tails_.erase(stream) == 0) return;
    self->inflow_.close(stream);
    protocol::StreamClose close;
    close.stream = stream;
    close.reason = "no longer wanted";
    static_cast<void>(self->session_->send(close));
  });
}

void Connection::end_tail(base::StreamId stream, LogTail::End end) {
  const auto found = tails_.find(stream);
  if (found == tails_.end()) return;
  const auto sink = found->second.sink.lock();
  tails_.erase(found);
  inflow_.close(stream);
  if (sink) sink->closed(end);
}

base::Result<bool> Connection::receive_tail(const protocol::ReceivedEnvelope& envelope) {
  if (tails_.empty()) return false;
  if (envelope.type == protocol::StreamData::kType) {
    TRY_ASSIGN(const auto data, envelope.as<protocol::StreamData>());
    const auto found = tails_.find(data.stream);
    if (found == tails_.end()) return false;
    TRY_CHECK(inflow_.take(data.stream, data.offset, envelope.attachment.size()));
    if (const auto sink = found->second.sink.lock()) sink->bytes(envelope.attachment);
    protocol::StreamAck ack;
    ack.stream = data.stream;
    ack.durable_offset = data.offset + envelope.attachment.size();
    static_cast<void>(session_->send(ack));
    return true;
  }
  if (envelope.type == protocol::StreamOpened::kType) {
    const auto opened = envelope.as<protocol::StreamOpened>();
    return opened && tails_.contains(opened->stream);
  }
  if (envelope.type == protocol::StreamClose::kType) {
    const auto close = envelope.as<protocol::StreamClose>();
    if (!close || !tails_.contains(close->stream)) return false;
    end_tail(close->stream, close->final_offset ? LogTail::End::complete : LogTail::End::refused);
    return true;
  }
  if (envelope.type == protocol::ErrorMessage::kType && envelope.re) {
    const auto found =
        std::ranges::find_if(tails_, [&](const auto& entry) { return entry.second.open_id == envelope.re; });
    if (found == tails_.end()) return false;
    end_tail(found->first, LogTail::End::refused);
    return true;
  }
  return false;
}

}  // namespace fleet
