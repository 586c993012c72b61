#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "common/async/child_io.hpp"
#include "common/async/process.hpp"
#include "common/async/spawn_child.hpp"
#include "common/base/failure.hpp"

namespace asio = boost::asio;

namespace async {

using asio::posix::stream_descriptor;

struct ChildProcess::State : std::enable_shared_from_this<State> {
  explicit State(const asio::any_io_executor& executor) : bell(executor), pidfd(executor), output(executor) {}

  base::Result<void> start(const ProcessSpec& spec);
  void watch();
  void on_exit();
  void abandon();
  bool running() const { return pid > 0 && !status; }

  static Task<int> wait(std::shared_ptr<State> self);
  static Task<int> terminate(std::shared_ptr<State> self, base::Duration grace);
  static Task<base::Result<std::string>> read_some(std::shared_ptr<State> self);

  detail::Bell bell;
  stream_descriptor pidfd;
  stream_descriptor output;
  pid_t pid{-1};
  bool die_with_parent{true};
  std::optional<int> status;
};

base::Result<void> ChildProcess::State::start(const ProcessSpec& spec) {
  BASE_CHECK(pid < 0, "a ChildProcess is started once");
  TRY_ASSIGN(const base::UniqueFd in, detail::open_stdin(spec.stdin_data));
  detail::Pipe pipe;
  if (spec.stdout_file) {
    TRY_ASSIGN(pipe.write_end, detail::open_output_file(*spec.stdout_file, spec.append_to_file));
  } else {
    TRY_ASSIGN(pipe, detail::open_pipe());
  }
  const int out = pipe.write_end.get();
  TRY_ASSIGN(detail::Spawned child, detail::spawn_child(spec, in.get(), out, out));
  pid = child.pid;
  die_with_parent = spec.die_with_parent;
  pidfd.assign(child.pidfd.release());
  if (pipe.read_end.valid()) output.assign(pipe.read_end.release());
  watch();
  return {};
}

void ChildProcess::State::watch() {
  pidfd.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->on_exit();
  });
}

void ChildProcess::State::on_exit() {
  if (!running()) return;
  if (die_with_parent) detail::signal_group(pid, SIGKILL);
  const int raw = detail::reap(pidfd.native_handle());
  status = raw >= 0 ? raw : 128 - raw;
  boost::system::error_code ignored;
  pidfd.close(ignored);
  bell.ring();
}

void ChildProcess::State::abandon() {
  boost::system::error_code ignored;
  if (running() && die_with_parent) {
    detail::signal_group(pid, SIGKILL);
    on_exit();
  } else if (running()) {
    detail::reap_later(base::UniqueFd(::fcntl(pidfd.native_handle(), F_DUPFD_CLOEXEC, 3)));
    pidfd.close(ignored);
  }
  output.close(ignored);
}

Task<int> ChildProcess::State::wait(std::shared_ptr<State> self) {
  while (self->running()) {
    co_await self->bell.wait(base::SteadyTime::max());
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (self->running() && cancellation.cancelled() != asio::cancellation_type::none) detail::throw_aborted();
  }
  co_return self->status.value_or(-1);
}

Task<int> ChildProcess::State::terminate(std::shared_ptr<State> self, base::Duration grace) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);  // who is cancelled while stopping it still stops it
  const auto until = detail::time_after(grace);
  if (self->running()) detail::signal_group(self->pid, SIGTERM);
  while (self->running() && std::chrono::steady_clock::now() < until) co_await self->bell.wait(until);
  if (self->running()) detail::signal_group(self->pid, SIGKILL);
  while (self->running()) co_await self->bell.wait(base::SteadyTime::max());
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return self->status.value_or(-1);
}

Task<base::Result<std::string>> ChildProcess::State::read_some(std::shared_ptr<State> self) {
  if (!self->output.is_open()) co_return std::string();
  std::string bytes(std::size_t{64} << 10U, '\0');
  const auto [error, got] =
      co_await self->output.async_read_some(asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (error && cancellation.cancelled() != asio::cancellation_type::none) detail::throw_aborted();
  bytes.resize(got);
  co_return bytes;
}

ChildProcess::ChildProcess(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}
ChildProcess::~ChildProcess() {
  state_->abandon();
}
base::Result<void> ChildProcess::start(const ProcessSpec& spec) {
  return state_->start(spec);
}
pid_t ChildProcess::pid() const {
  return state_->pid;
}
bool ChildProcess::running() const {
  return state_->running();
}
Task<int> ChildProcess::wait() {
  return State::wait(state_);
}
Task<int> ChildProcess::terminate(base::Duration grace) {
  return State::terminate(state_, grace);
}
Task<base::Result<std::string>> ChildProcess::read_some() {
  return State::read_some(state_);
}
void ChildProcess::send_signal(int signal_number) {
  if (state_->running()) detail::signal_group(state_->pid, signal_number);
}

}  // namespace async
