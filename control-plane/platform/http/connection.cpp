#include "control-plane/platform/http/connection.hpp"

#include <algorithm>
#include <utility>

#include "common/base/id.hpp"
#include "common/http_client/tls_stream.hpp"
#include "common/log/log.hpp"

namespace http {
namespace {

constexpr std::size_t kReadSize = 16 * 1024;
/// What waits for a request waits with little in its hands: there may be very many.
constexpr std::size_t kFirstRead = 1024;
constexpr std::size_t kLingerBytes = 1024 * 1024;
constexpr std::chrono::seconds kLingerTime{2};

base::SteadyTime after(base::Duration wait) {
  return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait);
}

bool is_timeout(const base::Result<std::size_t>& count) {
  return !count && count.error().code == "net.timeout";
}

std::unexpected<Refusal> too_slow() {
  return std::unexpected(Refusal{408, "http.timeout", "The request took too long to arrive."});
}

/// The peer went away in the middle: nobody is there to be answered.
std::unexpected<Refusal> gone() {
  return std::unexpected(Refusal{0, "http.closed", ""});
}

}  // namespace

Connection::Connection(http_client::StreamSocket socket, std::string remote_address,
                       std::shared_ptr<ServerShared> shared, std::shared_ptr<const ListenerShared> listener,
                       async::TaskGroup& tasks, WaitingList& waiting)
    : stream_(listener->tls ? http_client::tls_stream(std::move(socket), listener->tls, "")
                            : http_client::plain_stream(std::move(socket))),
      remote_address_(std::move(remote_address)),
      shared_(std::move(shared)),
      listener_(std::move(listener)),
      tasks_(tasks),
      waiting_(waiting) {
  place_.emplace(waiting_, *this);
}

async::Task<void> Connection::run() {
  // Accepted at the last moment: the call to end went out before this connection was known.
  if (stopping()) co_return;
  if (!co_await handshake()) co_return;
  while (!stopping() && stream_) {
    const bool goes_on = co_await serve_one();
    if (!goes_on) break;
    first_ = false;
  }
  if (stream_) stream_->close();
}

async::Task<bool> Connection::handshake() {
  idle_ = true;
  const auto done = co_await stream_->handshake(after(limits().head_time));
  idle_ = false;
  if (!done) logging::debug("http.handshake_failed", {{"peer", remote_address_}, {"why", done.error().code}});
  co_return done.has_value();
}

async::Task<bool> Connection::serve_one() {
  RequestParser parser(limits().head_bytes);
  Turn turn;
  turn.request.remote_address = remote_address_;
  turn.request.tls = listener_->tls != nullptr;
  turn.request.request_id = base::Uuid::v7(shared_->clock.utc_now()).to_string();
  turn.started = std::chrono::steady_clock::now();
  auto arrived = co_await read_head(parser);
  if (!arrived) co_return co_await refuse(turn, std::move(arrived).error());
  if (!*arrived) co_return false;
  turn.started = std::chrono::steady_clock::now();
  co_return co_await serve(parser, turn);
}

/// False when the connection ended, or was idle for too long, before a request.
async::Task<Parsed<bool>> Connection::read_head(RequestParser& parser) {
  if (!place_) place_.emplace(waiting_, *this);
  auto arrived = co_await await_head(parser);
  place_.reset();
  co_return arrived;
}

async::Task<Parsed<bool>> Connection::await_head(RequestParser& parser) {
  bool begun = first_;
  auto due = after(first_ ? limits().head_time : limits().idle_time);
  for (;;) {
    if (!buffer_.empty()) {
      if (!begun) due = after(limits().head_time);
      begun = true;
      auto whole = parser.feed_head(buffer_);
      if (!whole || *whole) co_return whole;
    }
    idle_ = buffer_.empty();
    if (gives_way_ || (idle_ && stopping())) co_return false;
    auto count = co_await read_more(due, buffer_.empty() ? kFirstRead : kReadSize);
    idle_ = false;
    if (gives_way_) co_return false;
    if (is_timeout(count) && !buffer_.empty()) co_return too_slow();
    if (count.value_or(0) == 0) co_return false;
  }
}

async::Task<Parsed<void>> Connection::read_body(RequestParser& parser) {
  const auto begun = after({});
  std::size_t received = 0;
  for (;;) {
    auto whole = parser.feed_body(buffer_);
    if (!whole) co_return std::unexpected(std::move(whole).error());
    if (*whole) co_return Parsed<void>{};
    const std::chrono::seconds earned(received / limits().body_bytes_per_second);
    const auto due =
        begun + earned + std::chrono::duration_cast<std::chrono::steady_clock::duration>(limits().body_time);
    auto count = co_await read_more(due, kReadSize);
    if (is_timeout(count)) co_return too_slow();
    if (count.value_or(0) == 0) co_return gone();
    received += *count;
  }
}

async::Task<base::Result<std::size_t>> Connection::read_more(base::SteadyTime due, std::size_t at_most) {
  char* room = buffer_.prepare(at_most);
  stream_->expire_reads_at(due);
  auto count = co_await stream_->read_some(room, at_most);
  buffer_.commit(count.value_or(0));
  buffer_.shrink();
  stream_->expire_reads_at(base::SteadyTime::max());
  co_return count;
}

/// Reads on for a while after the last answer: closing a socket with unread bytes resets it, and the client would never
/// see why it was refused.
async::Task<void> Connection::linger() {
  co_await stream_->finish_writing();
  stream_->expire_reads_at(after(kLingerTime));
  std::string discarded(kReadSize, '\0');
  for (std::size_t total = 0; total < kLingerBytes;) {
    const auto count = co_await stream_->read_some(discarded.data(), discarded.size());
    if (count.value_or(0) == 0) break;
    total += *count;
  }
}

void Connection::begin_shutdown() {
  if (idle_ && stream_) stream_->cancel();
  if (writer_) writer_->end_soon();
  if (upgrade_) tasks_.spawn("http.end_websocket", UpgradeSession::end(upgrade_));
}

void Connection::cancel() {
  if (stream_) stream_->close();
  if (upgrade_ && upgrade_->transport()) upgrade_->transport()->abort();
  if (handler_runs_) cancel_handler_.emit(boost::asio::cancellation_type::terminal);
}

bool Connection::give_way() {
  if (std::exchange(gives_way_, true)) return false;
  if (stream_) stream_->cancel();
  return true;
}

bool WaitingList::end_oldest(std::string_view address) {
  for (auto* const connection : waiting_) {
    if (!address.empty() && connection->remote_address() != address) continue;
    if (connection->give_way()) return true;
  }
  return false;
}

}  // namespace http
