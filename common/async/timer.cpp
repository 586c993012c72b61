#include "common/async/timer.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "common/async/wait.hpp"

namespace asio = boost::asio;

namespace async {
namespace detail {

Task<void> wait_until(asio::steady_timer& timer, base::SteadyTime time) {
  timer.expires_at(std::min(time, time_after(kLongest)));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void throw_aborted() {
  throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace detail

Task<void> sleep(base::Duration wait) {
  asio::steady_timer timer(co_await asio::this_coro::executor, detail::time_after(wait));
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace async
