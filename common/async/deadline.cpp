#include "common/async/deadline.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <memory>

#include "common/async/wait.hpp"

namespace asio = boost::asio;

namespace async::detail {
namespace {

struct Race {
  explicit Race(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;
  asio::cancellation_signal stop;
  bool ended{false};
  std::exception_ptr error;
};

bool is_aborted(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

void start(const std::shared_ptr<Race>& race, Task<void> task) {
  asio::co_spawn(race->timer.get_executor(), std::move(task),
                 asio::bind_cancellation_slot(race->stop.slot(), [race](std::exception_ptr error) {
                   race->ended = true;
                   race->error = std::move(error);
                   race->timer.cancel();
                 }));
}

}  // namespace

Task<bool> run_until(Task<void> task, base::Deadline deadline) {
  auto race = std::make_shared<Race>(co_await asio::this_coro::executor);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  // The task uses what its caller holds, so whatever happens, this frame must stay until the task has ended.
  co_await asio::this_coro::throw_if_cancelled(false);
  start(race, std::move(task));
  bool cancelled = false;
  bool in_time = true;
  while (!race->ended && !cancelled && in_time) {
    co_await wait_until(race->timer, deadline.time());
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    cancelled = cancellation.cancelled() != asio::cancellation_type::none;
    in_time = race->ended || std::chrono::steady_clock::now() < deadline.time();
  }
  if (!race->ended) race->stop.emit(asio::cancellation_type::terminal);
  while (!race->ended) co_await wait_until(race->timer, base::SteadyTime::max());
  co_await asio::this_coro::throw_if_cancelled(throws);
  if (race->error && (in_time || cancelled || !is_aborted(race->error))) std::rethrow_exception(race->error);
  co_return in_time;
}

std::unexpected<base::Error> deadline_passed() {
  return base::fail(base::ErrorKind::timeout, "deadline", "It took too long.");
}

}  // namespace async::detail
