#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "common/log/log.hpp"
#include "control-plane/platform/http/connection.hpp"
#include "control-plane/platform/http/response_head.hpp"

namespace http {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// Up to this size, head and body go out together.
constexpr std::size_t kJoined = 64 * 1024;
constexpr std::size_t kReadSize = 4 * 1024;
/// What a client may send ahead while it is listening to a stream.
constexpr std::size_t kPipelined = 64 * 1024;
/// How long a stream may go on after its client has left.
constexpr std::chrono::seconds kStreamGrace{1};

void log_stream_end(const std::exception_ptr& failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) logging::error("http.stream_failed", {{"what", error.what()}});
  } catch (const std::exception& error) {
    logging::error("http.stream_failed", {{"what", error.what()}});
  }
}

}  // namespace

async::Task<bool> Connection::write(std::string_view bytes) {
  const auto written = co_await stream_->write_within(bytes, limits().write_time);
  co_return written.has_value();
}

async::Task<bool> Connection::refuse(Turn& turn, Refusal refusal) {
  turn.keep_alive = false;
  if (refusal.status == 0) co_return false;
  co_return co_await answer(turn, problem(refusal, turn.request.request_id));
}

/// True when the connection may carry another request.
async::Task<bool> Connection::answer(Turn& turn, Response response) {
  turn.keep_alive = turn.keep_alive && !stopping();
  if (response.stream && !turn.head_only && !is_bodiless(response.status)) {
    co_return co_await answer_stream(turn, response);
  }
  ResponseContext context{turn.request.request_id, turn.request.path, turn.http11,
                          turn.keep_alive,         listener_->hsts,   shared_->clock.utc_now()};
  const auto length = response.stream ? std::nullopt : std::optional<std::uint64_t>(response.body.size());
  std::string head = response_head(response, context, length);
  const bool sends_body = !turn.head_only && !is_bodiless(response.status) && !response.body.empty();
  const bool joined = response.body.size() <= kJoined;
  if (sends_body && joined) head += response.body;
  bool written = co_await write(head);
  if (written && sends_body && !joined) written = co_await write(response.body);
  report(turn, response.status, sends_body ? response.body.size() : 0);
  if (written && !turn.keep_alive) co_await linger();
  co_return written&& turn.keep_alive;
}

async::Task<bool> Connection::answer_stream(Turn& turn, Response& response) {
  turn.keep_alive = turn.keep_alive && turn.http11;
  ResponseContext context{turn.request.request_id, turn.request.path, turn.http11,
                          turn.keep_alive,         listener_->hsts,   shared_->clock.utc_now()};
  const std::string head = response_head(response, context, std::nullopt);
  if (!co_await write(head)) co_return false;
  const auto writer = std::make_shared<ChunkedWriter>(*stream_, turn.http11, limits().write_time);
  writer_ = writer;
  co_await run_stream(response, writer);
  writer_.reset();
  report(turn, response.status, writer->bytes());
  const bool whole = co_await writer->finish();
  turn.keep_alive = turn.keep_alive && whole && !writer->closed() && !stopping();
  if (whole && !turn.keep_alive) co_await linger();
  co_return turn.keep_alive;
}

/// Runs the stream and meanwhile watches whether the client is still there. Returns when the stream has ended: by
/// itself, or told to and, a second later, cancelled.
async::Task<void> Connection::run_stream(Response& response, std::shared_ptr<ChunkedWriter> writer) {
  struct Shared {
    explicit Shared(const asio::any_io_executor& executor) : changed(executor, base::SteadyTime::max()) {}
    asio::steady_timer changed;
    bool done{false};
    bool reading{false};
    std::exception_ptr failure;
  };
  const auto executor = stream_->executor();
  const auto shared = std::make_shared<Shared>(executor);
  handler_runs_ = true;
  auto task = response.stream(*writer);
  asio::co_spawn(executor, std::move(task),
                 asio::bind_cancellation_slot(cancel_handler_.slot(), [this, shared](std::exception_ptr failure) {
                   shared->done = true;
                   shared->failure = std::move(failure);
                   shared->changed.cancel();
                   if (shared->reading) stream_->cancel();
                 }));
  if (stopping()) writer->end_soon();
  while (!shared->done && !writer->closed() && buffer_.size() < kPipelined) {
    char* room = buffer_.prepare(kReadSize);
    shared->reading = true;
    const auto count = co_await stream_->read_some(room, kReadSize);
    shared->reading = false;
    buffer_.commit(count.value_or(0));
    if (count.value_or(0) == 0) break;
  }
  if (!shared->done && buffer_.size() < kPipelined) {
    writer->end_soon();
    shared->changed.expires_after(kStreamGrace);
    co_await shared->changed.async_wait(kAwait);
    if (!shared->done) cancel_handler_.emit(asio::cancellation_type::terminal);
    shared->changed.expires_at(base::SteadyTime::max());
  }
  while (!shared->done) co_await shared->changed.async_wait(kAwait);
  handler_runs_ = false;
  log_stream_end(shared->failure);
  if (shared->failure) writer->fail();
}

void Connection::report(const Turn& turn, int status, std::uint64_t bytes) {
  const auto took = std::chrono::steady_clock::now() - turn.started;
  if (logging::enabled(logging::Level::debug)) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    logging::debug("http.request", {{"method", turn.method},
                                    {"route", turn.route_label},
                                    {"status", status},
                                    {"took_us", micros},
                                    {"bytes", bytes},
                                    {"request", turn.request.request_id}});
  }
  if (const auto& done = shared_->options.on_request_done) {
    // Anyone may invent a method: it must not become a label of its own.
    const bool known = method_of(turn.method) || turn.method == "OPTIONS";
    done(RequestDone{known ? turn.method : "(other)", turn.route_label, status, took, bytes, turn.request.request_id});
  }
}

}  // namespace http
