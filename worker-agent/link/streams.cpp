#include "worker-agent/link/streams.hpp"

#include <algorithm>

#include "common/async/timer.hpp"
#include "common/log/log.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/messages/stream_data.hpp"

namespace agent {
namespace {

constexpr std::size_t kMostStreams = 256;
constexpr std::size_t kMostCloses = 256;
constexpr std::chrono::seconds kLook{1};
constexpr std::chrono::seconds kPumpsEnd{5};
// A line that is printed alone goes at once; those that follow it go together. Each piece of a job's log is a
// transaction of the other side, and a build may print thousands of lines a second.
constexpr std::chrono::milliseconds kGather{20};
constexpr std::uint64_t kEnough = 16 * 1024;

std::unexpected<base::Error> answer(protocol::ErrorCode code, const char* message) {
  return base::fail(base::ErrorKind::invalid, std::string(json::enum_name(code)), message);
}

LogWanted wanted(const protocol::StreamOpen& open) {
  LogWanted wanted;
  if (open.since) wanted.last_lines = static_cast<std::uint64_t>(std::max(0, *open.since));
  wanted.since = open.since_time;
  wanted.from = open.from;
  wanted.follow = open.follow.value_or(false);
  return wanted;
}

}  // namespace

struct Streams::Stream {
  explicit Stream(const boost::asio::any_io_executor& executor) : changed(executor) {}

  base::StreamId id;
  protocol::StreamKind kind{protocol::StreamKind::build_log};
  std::optional<base::JobId> job;
  int attempt{0};
  std::shared_ptr<StreamSource> source;
  std::function<void(bool)> done;
  std::uint64_t acked{0};

  // Of the present connection.
  std::uint64_t run{0};  ///< a pump of an older run stops
  std::uint64_t next{0};
  std::uint64_t limit{0};
  std::chrono::steady_clock::time_point sent{};  ///< the newest piece
  bool closed{false};
  bool gone{false};
  std::optional<protocol::EnvelopeId> open_id;
  std::optional<protocol::EnvelopeId> data_id;
  Wake changed;
};

Streams::Streams(boost::asio::any_io_executor executor, Line& line, LogProvider* logs)
    : executor_(std::move(executor)), line_(line), logs_(logs) {}
Streams::~Streams() = default;

std::shared_ptr<Streams::Stream> Streams::find(base::StreamId id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

void Streams::offer(base::StreamId id, base::JobId job, int attempt, std::shared_ptr<StreamSource> source,
                    std::function<void(bool)> done) {
  auto stream = std::make_shared<Stream>(executor_);
  stream->id = id;
  stream->job = job;
  stream->attempt = attempt;
  stream->source = std::move(source);
  stream->done = std::move(done);
  streams_[id] = stream;
  if (line_.up()) send_open(*stream);
}

std::vector<std::pair<base::StreamId, std::uint64_t>> Streams::kept() const {
  std::vector<std::pair<base::StreamId, std::uint64_t>> kept;
  for (const auto& [id, stream] : streams_) {
    if (stream->job) kept.emplace_back(id, stream->acked);
  }
  return kept;
}

void Streams::drop(base::StreamId id) {
  finish(id, false);
}

void Streams::connected() {
  pumps_ = std::make_unique<async::TaskGroup>(executor_);
  for (const auto& [id, stream] : streams_) send_open(*stream);
}

async::Task<void> Streams::disconnected() {
  std::erase_if(streams_, [](const auto& item) {
    if (item.second->job) return false;
    item.second->gone = true;
    return true;
  });
  closes_.clear();  // the next inventory tells what is still kept; all else has ended
  if (!pumps_) co_return;
  const auto pumps = std::move(pumps_);
  pumps->cancel();
  co_await pumps->join(base::Deadline::at(std::chrono::steady_clock::now() + kPumpsEnd));
}

void Streams::send_open(Stream& stream) {
  ++stream.run;
  stream.closed = false;
  const protocol::StreamOpen open{
      .stream = stream.id, .kind = stream.kind, .job_id = stream.job, .attempt = stream.attempt};
  stream.open_id = line_.send(open);
}

base::Result<void> Streams::open(const protocol::StreamOpen& open, protocol::EnvelopeId re) {
  using protocol::ErrorCode;
  if (open.kind != protocol::StreamKind::container_log || !open.replica_id || !open.receive || logs_ == nullptr) {
    return answer(ErrorCode::malformed, "This agent opens container-log streams of replicas for a receiver.");
  }
  if (streams_.contains(open.stream)) return answer(ErrorCode::malformed, "This stream is open.");
  if (streams_.size() >= kMostStreams) return answer(ErrorCode::too_many, "Too many streams are open.");
  auto source = logs_->open(*open.replica_id, wanted(open));
  if (!source) return answer(ErrorCode::unknown_job, "This replica is not here.");
  auto stream = std::make_shared<Stream>(executor_);
  stream->id = open.stream;
  stream->kind = open.kind;
  stream->source = std::move(*source);
  streams_[open.stream] = stream;
  line_.send(protocol::StreamOpened{.stream = open.stream}, {}, re);
  start_pump(stream, *open.receive);
  return {};
}

base::Result<void> Streams::opened(const protocol::StreamOpened& opened) {
  const auto stream = find(opened.stream);
  if (!stream) return answer(protocol::ErrorCode::unknown_stream, "This stream is not open.");
  if (!opened.receive) return answer(protocol::ErrorCode::malformed, "The receiver says where to go on.");
  start_pump(stream, *opened.receive);
  return {};
}

void Streams::start_pump(const std::shared_ptr<Stream>& stream, protocol::StreamReceive receive) {
  if (!pumps_ || !line_.up()) return;
  stream->next = receive.resume_from;
  stream->acked = std::max(stream->acked, stream->job ? receive.resume_from : 0);
  stream->limit = receive.resume_from + std::min(receive.credit, protocol::kMaxConnectionCredit);
  stream->closed = false;
  ++stream->run;
  stream->changed.notify();
  pumps_->spawn("link.stream", pump(stream, stream->run, line_.session()));
}

base::Result<void> Streams::credit(const protocol::StreamCredit& credit) {
  const auto stream = find(credit.stream);
  if (!stream) return {};  // it ended while the credit was under way
  // Never more ahead than a connection may have under way, whatever was said.
  stream->limit = std::min(stream->limit + std::min(credit.bytes, protocol::kMaxConnectionCredit),
                           stream->next + protocol::kMaxConnectionCredit);
  stream->changed.notify();
  return {};
}

base::Result<void> Streams::ack(const protocol::StreamAck& ack) {
  const auto stream = find(ack.stream);
  if (!stream) return {};  // it ended while the ack was under way
  if (ack.durable_offset > stream->source->size()) {
    return answer(protocol::ErrorCode::bad_offset, "More was acknowledged than there is.");
  }
  stream->acked = std::max(stream->acked, ack.durable_offset);
  check_done(*stream);
  return {};
}

base::Result<void> Streams::close(const protocol::StreamClose& close) {
  finish(close.stream, false);
  return {};
}

bool Streams::failed(protocol::EnvelopeId re, protocol::ErrorCode code) {
  const auto closed = std::ranges::find_if(closes_, [&](const auto& item) { return item.first == re; });
  if (closed != closes_.end()) {
    if (code == protocol::ErrorCode::internal && pumps_) {
      pumps_->spawn("link.stream_close_again", close_again(std::move(closed->second)));
    }
    closes_.erase(closed);
    return true;
  }
  const auto found = std::ranges::find_if(
      streams_, [&](const auto& item) { return item.second->open_id == re || item.second->data_id == re; });
  if (found == streams_.end()) return false;
  const auto stream = found->second;
  if (code == protocol::ErrorCode::bad_offset || code == protocol::ErrorCode::unknown_stream) {
    if (stream->job && stream->data_id == re) {
      send_open(*stream);  // the receiver says anew where to go on
      return true;
    }
  }
  if (code == protocol::ErrorCode::internal) {
    // The other side could not store it, and may soon.
    if (stream->job && pumps_) pumps_->spawn("link.stream_again", open_again(stream));
    return true;
  }
  finish(stream->id, false);
  return true;
}

async::Task<void> Streams::open_again(std::shared_ptr<Stream> stream) {
  co_await async::sleep(kLook);
  if (!stream->gone) send_open(*stream);
}

async::Task<void> Streams::close_again(protocol::StreamClose close) {
  co_await async::sleep(kLook);
  // When it was opened again meanwhile, its pump says where it ends.
  if (const auto stream = find(close.stream); stream && !stream->closed) co_return;
  if (const auto id = line_.send(close)) remember(*id, close);
}

void Streams::remember(protocol::EnvelopeId id, const protocol::StreamClose& close) {
  closes_.emplace_back(id, close);
  if (closes_.size() > kMostCloses) closes_.pop_front();
}

async::Task<void> Streams::pump(std::shared_ptr<Stream> stream, std::uint64_t run,
                                std::shared_ptr<protocol::Session> session) {
  const auto current = [&] { return !stream->gone && stream->run == run && !session->closing(); };
  while (current() && !stream->closed) {
    if (stream->next >= stream->limit && !(stream->source->complete() && stream->next >= stream->source->size())) {
      co_await stream->changed.wait();
      continue;
    }
    if (stream->job) co_await gather(*stream);
    co_await session->writable();
    if (!current()) co_return;
    if (co_await send_piece(*stream, *session)) continue;
    if (!stream->source->complete()) {
      co_await stream->source->wait_beyond(stream->next, kLook);
    } else if (stream->next >= stream->source->size()) {
      send_close(*stream, *session);
    }
  }
}

/// Waits until a piece is worth its while, for a moment after the piece before it.
async::Task<void> Streams::gather(Stream& stream) {
  const base::Duration left = stream.sent + kGather - std::chrono::steady_clock::now();
  if (left > base::Duration::zero()) co_await stream.source->wait_beyond(stream.next + kEnough, left);
}

/// False when there was nothing to send.
async::Task<bool> Streams::send_piece(Stream& stream, protocol::Session& session) {
  const std::uint64_t room = stream.limit > stream.next ? stream.limit - stream.next : 0;
  const std::size_t piece = std::min<std::uint64_t>(room, protocol::kMaxStreamAttachment);
  if (piece == 0) co_return false;
  auto bytes = stream.source->read(stream.next, piece);
  if (!bytes) {
    logging::error("link.stream_unreadable", {{"stream", stream.id.to_string()}, {"message", bytes.error().message}});
    // Without its length: this is not its end.
    const protocol::StreamClose close{.stream = stream.id, .final_offset = {}, .reason = "unreadable"};
    if (!stream.job) (void)session.send(close);
    finish(stream.id, false);
    co_return false;
  }
  if (bytes->empty()) co_return false;
  const std::uint64_t size = bytes->size();
  const protocol::StreamData data{.stream = stream.id, .offset = stream.next};
  const auto sent = session.send(data, std::move(*bytes));
  if (sent) {
    stream.data_id = *sent;
    stream.next += size;
    stream.sent = std::chrono::steady_clock::now();
  }
  co_return true;
}

void Streams::send_close(Stream& stream, protocol::Session& session) {
  const protocol::StreamClose close{.stream = stream.id, .final_offset = stream.source->size(), .reason = "complete"};
  const auto sent = session.send(close);
  stream.closed = sent.has_value();
  if (sent && stream.job) remember(*sent, close);
  check_done(stream);
}

void Streams::check_done(Stream& stream) {
  const bool all = stream.source->complete() && stream.closed && stream.acked >= stream.source->size();
  if (all || (stream.closed && !stream.job)) finish(stream.id, true);
}

void Streams::finish(base::StreamId id, bool acknowledged) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const auto stream = found->second;
  streams_.erase(found);
  stream->gone = true;
  stream->changed.notify();
  if (stream->done) stream->done(acknowledged);
}

}  // namespace agent
