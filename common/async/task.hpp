#pragma once

#include <boost/asio/awaitable.hpp>

namespace async {

/// A coroutine. Runs on the executor of who awaits or spawns it.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace async
