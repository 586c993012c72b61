#include "common/http_client/websocket_transport.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/base/failure.hpp"

namespace http_client::ws {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 4 * 1024;
constexpr std::size_t kPieceSize = 64 * 1024;
constexpr std::chrono::seconds kWriteTime{30};
constexpr std::chrono::seconds kCloseTime{2};

base::Error closed_error() {
  return {base::ErrorKind::unavailable, "ws.closed", "The WebSocket connection is closed."};
}

std::array<char, 4> random_mask() {
  std::array<char, 4> mask{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(mask.data()), mask.size()) != 1) {
    throw base::Failure("no random bytes for a WebSocket mask");
  }
  return mask;
}

base::SteadyTime now() {
  return std::chrono::steady_clock::now();
}

/// Sets a flag for as long as it lives.
class Marked {
 public:
  explicit Marked(bool& flag) : flag_(flag) { flag_ = true; }
  ~Marked() { flag_ = false; }
  Marked(const Marked&) = delete;
  Marked& operator=(const Marked&) = delete;

 private:
  bool& flag_;
};

}  // namespace

/// Holds the right to write; whoever waits for it is woken when it ends.
class WebSocketTransport::Turn {
 public:
  explicit Turn(WebSocketTransport& transport) : transport_(transport) { transport_.writing_ = true; }
  ~Turn() {
    transport_.writing_ = false;
    transport_.changed_.cancel();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  WebSocketTransport& transport_;
};

WebSocketTransport::WebSocketTransport(std::unique_ptr<ByteStream> stream, ReadBuffer left_over, Side side,
                                       base::Duration message_time)
    : stream_(std::move(stream)),
      buffer_(std::move(left_over)),
      side_(side),
      message_time_(std::chrono::duration_cast<std::chrono::steady_clock::duration>(message_time)),
      last_byte_at_(now()),
      changed_(stream_->executor(), base::SteadyTime::max()) {
  stream_->expire_reads_at(base::SteadyTime::max());
  stream_->expire_writes_at(base::SteadyTime::max());
}

async::Task<base::Result<async::Frame>> WebSocketTransport::receive() {
  const Marked receiving(receiving_);
  auto frame = co_await receive_message();
  // What follows a broken frame cannot be read as frames any more.
  if (!frame && frame.error().code != "ws.closed") broken_ = true;
  co_return frame;
}

async::Task<base::Result<async::Frame>> WebSocketTransport::receive_message() {
  for (;;) {
    watch_message_time();
    auto read = co_await read_header();
    CO_TRY_ASSIGN(auto header, std::move(read));
    if (is_control(header.opcode)) {
      CO_TRY_CHECK(co_await handle_control(header));
      continue;
    }
    auto data = co_await read_data(header);
    CO_TRY_ASSIGN(const bool whole, std::move(data));
    if (!whole) continue;
    message_due_ = base::SteadyTime::max();
    stream_->expire_reads_at(close_due_);
    async::Frame frame{assembler_.is_text(), assembler_.take()};
    buffer_.shrink();
    if (!close_sent_) co_return frame;
  }
}

/// The time of a message begins with its first byte, be it in the buffer already.
void WebSocketTransport::watch_message_time() {
  const bool begun = assembler_.in_message() || !buffer_.empty();
  if (!begun) message_due_ = base::SteadyTime::max();
  if (begun && message_due_ == base::SteadyTime::max()) message_due_ = now() + message_time_;
  stream_->expire_reads_at(std::min(message_due_, close_due_));
}

base::Error WebSocketTransport::reading_failed(const base::Result<std::size_t>& count) {
  if (!count && count.error().code == "net.timeout" && !close_sent_) {
    return {base::ErrorKind::malformed, "ws.protocol", "WebSocket: a message took too long to arrive."};
  }
  ended_ = true;
  changed_.cancel();
  return closed_error();
}

async::Task<base::Result<void>> WebSocketTransport::fill() {
  char* room = buffer_.prepare(kReadSize);
  auto count = co_await stream_->read_some(room, kReadSize);
  buffer_.commit(count.value_or(0));
  if (count.value_or(0) > 0) {
    last_byte_at_ = now();
    if (message_due_ == base::SteadyTime::max()) watch_message_time();
    co_return base::Result<void>{};
  }
  buffer_.shrink();
  co_return base::fail(reading_failed(count));
}

async::Task<base::Result<FrameHeader>> WebSocketTransport::read_header() {
  for (;;) {
    if (ended_) co_return base::fail(closed_error());
    auto parsed = parse_frame_header(buffer_.view(), side_ == Side::server);
    CO_TRY_ASSIGN(const auto header, std::move(parsed));
    if (header) {
      buffer_.consume(header->size);
      co_return *header;
    }
    CO_TRY_CHECK(co_await fill());
  }
}

/// Appends the payload to `out`, unmasked. Large ones go past the buffer.
async::Task<base::Result<void>> WebSocketTransport::read_payload(FrameHeader header, std::string& out) {
  const auto start = out.size();
  auto left = static_cast<std::size_t>(header.length);
  const auto buffered = std::min(left, buffer_.size());
  out.append(buffer_.view().substr(0, buffered));
  buffer_.consume(buffered);
  left -= buffered;
  while (left > 0) {
    // Grows with what arrives, not with what the header claims.
    const auto piece = std::min(left, kPieceSize);
    const auto filled = out.size();
    out.resize(filled + piece);
    auto count = co_await stream_->read_some(out.data() + filled, piece);
    out.resize(filled + count.value_or(0));
    if (count.value_or(0) == 0) co_return base::fail(reading_failed(count));
    last_byte_at_ = now();
    left -= *count;
  }
  if (header.mask) apply_mask(out.data() + start, out.size() - start, *header.mask);
  co_return base::Result<void>{};
}

async::Task<base::Result<bool>> WebSocketTransport::read_data(FrameHeader header) {
  CO_TRY_CHECK(assembler_.begin_frame(header));
  CO_TRY_CHECK(co_await read_payload(header, assembler_.bytes()));
  co_return assembler_.end_frame(header);
}

async::Task<base::Result<void>> WebSocketTransport::handle_control(FrameHeader header) {
  std::string payload;
  CO_TRY_CHECK(co_await read_payload(header, payload));
  if (header.opcode == Opcode::close) co_return co_await answer_close(std::move(payload));
  if (header.opcode == Opcode::ping && !close_sent_) co_return co_await write_frame(Opcode::pong, std::move(payload));
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> WebSocketTransport::answer_close(std::string payload) {
  auto close = parse_close(payload);
  CO_TRY_ASSIGN(auto said, std::move(close));
  ended_ = true;
  changed_.cancel();
  peer_close_code_ = said.code;
  if (!close_sent_) {
    close_sent_ = true;
    (void)co_await write_frame(Opcode::close, payload.substr(0, 2));
    co_await stream_->finish_writing();
  }
  co_return base::fail(closed_error());
}

async::Task<base::Result<void>> WebSocketTransport::write_frame(Opcode opcode, std::string payload) {
  while (writing_) co_await changed_.async_wait(kAwait);
  if (close_sent_ && opcode != Opcode::close) co_return base::fail(closed_error());
  const Turn turn(*this);
  FrameHeader header;
  header.opcode = opcode;
  header.length = payload.size();
  if (side_ == Side::client) {
    header.mask = random_mask();
    apply_mask(payload.data(), payload.size(), *header.mask);
  }
  std::string frame;
  frame.reserve(payload.size() + 14);
  append_frame_header(frame, header);
  frame += payload;
  const base::Duration patience = opcode == Opcode::close ? kCloseTime : kWriteTime;
  const auto written = co_await stream_->write_within(frame, patience);
  if (written) co_return base::Result<void>{};
  // Half a frame may be out: nothing can follow it.
  abort();
  co_return base::fail(closed_error());
}

async::Task<base::Result<void>> WebSocketTransport::send(std::string bytes) {
  if (ended_ || close_sent_) co_return base::fail(closed_error());
  co_return co_await write_frame(Opcode::binary, std::move(bytes));
}

async::Task<base::Result<void>> WebSocketTransport::send_text(std::string text) {
  if (ended_ || close_sent_) co_return base::fail(closed_error());
  co_return co_await write_frame(Opcode::text, std::move(text));
}

async::Task<void> WebSocketTransport::close(int code, std::string reason) {
  if (ended_ || close_sent_) {
    abort();
    co_return;
  }
  const auto due = now() + kCloseTime;
  if (writing_) {
    // A writer that is stuck must not hold the close up.
    stream_->expire_writes_at(due);
    while (writing_ && !ended_) co_await changed_.async_wait(kAwait);
  }
  close_sent_ = true;
  const auto sent = co_await write_frame(Opcode::close, close_payload(code, reason));
  if (sent) {
    close_due_ = due;
    stream_->expire_reads_at(due);
    if (broken_) {
      co_await drain();
    } else {
      co_await await_peers_close();
      co_await stream_->finish_writing();
    }
  }
  abort();
}

/// Closing a socket with unread bytes resets it, and the peer would never see our close frame.
async::Task<void> WebSocketTransport::drain() {
  co_await stream_->finish_writing();
  std::string discarded(kReadSize, '\0');
  for (;;) {
    const auto count = co_await stream_->read_some(discarded.data(), discarded.size());
    if (count.value_or(0) == 0) break;
  }
}

/// The receiver, where there is one, sees the peer's close; else it is read here. The reads' deadline ends both.
async::Task<void> WebSocketTransport::await_peers_close() {
  if (!receiving_) {
    while (!ended_) {
      const auto frame = co_await receive();
      if (!frame) break;
    }
    co_return;
  }
  while (!ended_ && receiving_) {
    changed_.expires_at(close_due_);
    const auto [error] = co_await changed_.async_wait(kAwait);
    changed_.expires_at(base::SteadyTime::max());
    if (!error) break;
  }
}

void WebSocketTransport::abort() {
  ended_ = true;
  close_sent_ = true;
  stream_->close();
  changed_.cancel();
}

}  // namespace http_client::ws
