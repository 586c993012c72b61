#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <csignal>

#include "common/async/child_io.hpp"
#include "common/async/process.hpp"
#include "common/async/spawn_child.hpp"

namespace asio = boost::asio;

namespace async {
namespace {

using Clock = std::chrono::steady_clock;
using asio::posix::stream_descriptor;

constexpr std::chrono::seconds kGrace{2};   // between SIGTERM and SIGKILL
constexpr std::chrono::seconds kLinger{1};  // for helpers that hold the pipes when the program has ended

struct Stream {
  Stream(const asio::any_io_executor& executor, std::size_t limit) : pipe(executor), tail(limit) {}

  stream_descriptor pipe;
  detail::Tail tail;
  std::array<char, 16384> buffer{};
  bool ended{false};
};

/// One run. Its callbacks keep it alive; `close` ends them.
struct Run : std::enable_shared_from_this<Run> {
  Run(const asio::any_io_executor& executor, std::size_t limit)
      : bell(executor), pidfd(executor), out(executor, limit), err(executor, limit) {}
  ~Run() { close(); }

  base::Result<void> start(const ProcessSpec& spec);
  void watch();
  void read_on(Stream& stream);
  /// Kills what is left, takes the status, drops the pipes. Blocks only when the leader has not ended.
  void close();
  bool done() const { return exited && out.ended && err.ended; }

  detail::Bell bell;
  stream_descriptor pidfd;
  Stream out;
  Stream err;
  pid_t pid{-1};
  bool exited{false};
  base::SteadyTime exited_at{};
  int status{0};
};

base::Result<void> Run::start(const ProcessSpec& spec) {
  TRY_ASSIGN(const base::UniqueFd in, detail::open_stdin(spec.stdin_data));
  TRY_ASSIGN(detail::Pipe err_pipe, detail::open_pipe());
  detail::Pipe out_pipe;
  if (spec.stdout_file) {
    TRY_ASSIGN(out_pipe.write_end, detail::open_output_file(*spec.stdout_file, spec.append_to_file));
  } else {
    TRY_ASSIGN(out_pipe, detail::open_pipe());
  }
  TRY_ASSIGN(detail::Spawned child,
             detail::spawn_child(spec, in.get(), out_pipe.write_end.get(), err_pipe.write_end.get()));
  pid = child.pid;
  pidfd.assign(child.pidfd.release());
  err.pipe.assign(err_pipe.read_end.release());
  out.ended = !out_pipe.read_end.valid();
  if (!out.ended) out.pipe.assign(out_pipe.read_end.release());
  return {};
}

void Run::watch() {
  read_on(err);
  if (!out.ended) read_on(out);
  pidfd.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (error) return;
    self->exited = true;
    self->exited_at = Clock::now();
    self->bell.ring();
  });
}

void Run::read_on(Stream& stream) {
  stream.pipe.async_read_some(
      asio::buffer(stream.buffer),
      [self = shared_from_this(), &stream](const boost::system::error_code& error, std::size_t got) {
        stream.tail.append(stream.buffer.data(), got);
        if (!error) return self->read_on(stream);
        stream.ended = true;
        self->bell.ring();
      });
}

void Run::close() {
  if (pid < 0) return;
  if (!exited) detail::signal_group(pid, SIGKILL);
  status = detail::reap(pidfd.native_handle());
  pid = -1;
  boost::system::error_code ignored;
  pidfd.close(ignored);
  out.pipe.close(ignored);
  err.pipe.close(ignored);
}

/// Closes the run also when the coroutine is dropped, for its callbacks would else keep it.
struct Closer {
  Run& run;
  ~Closer() { run.close(); }
};

Task<bool> is_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

/// True when the program ended by itself.
Task<bool> wait_for_end(Run& run, base::Deadline deadline) {
  while (!run.done()) {
    if (co_await is_cancelled()) co_return false;
    const auto now = Clock::now();
    if (run.exited && now >= run.exited_at + kLinger) co_return true;
    if (!run.exited && now >= deadline.time()) co_return false;
    co_await run.bell.wait(run.exited ? run.exited_at + kLinger : deadline.time());
  }
  co_return true;
}

Task<void> end_group(Run& run) {
  detail::signal_group(run.pid, SIGTERM);
  const auto until = Clock::now() + kGrace;
  while (!run.done() && Clock::now() < until) co_await run.bell.wait(until);
  detail::signal_group(run.pid, SIGKILL);
  const auto last = Clock::now() + kLinger;
  while (!run.exited || (!run.done() && Clock::now() < last)) {
    co_await run.bell.wait(run.exited ? last : base::SteadyTime::max());
  }
}

ProcessResult result_of(Run& run, bool timed_out) {
  return ProcessResult{.exit_code = run.status >= 0 ? run.status : -1,
                       .signal = run.status < 0 ? -run.status : 0,
                       .out = run.out.tail.take(),
                       .err = run.err.tail.take(),
                       .timed_out = timed_out};
}

}  // namespace

Task<base::Result<ProcessResult>> run_process(ProcessSpec spec, base::Deadline deadline) {
  auto run = std::make_shared<Run>(co_await asio::this_coro::executor, spec.output_limit);
  CO_TRY_CHECK(run->start(spec));
  const Closer closer{*run};
  run->watch();
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);  // the end of the group is awaited also when cancelled
  const bool by_itself = co_await wait_for_end(*run, deadline);
  const bool cancelled = !by_itself && co_await is_cancelled();
  if (!by_itself) co_await end_group(*run);
  run->close();
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (cancelled) detail::throw_aborted();
  co_return result_of(*run, !by_itself);
}

}  // namespace async
