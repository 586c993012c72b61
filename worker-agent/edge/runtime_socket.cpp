#include "worker-agent/edge/runtime_socket.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "common/async/deadline.hpp"
#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"

namespace edge {
namespace {

namespace asio = boost::asio;

/// Where tests kill: HAProxy has taken the command, and nobody else knows yet.
void crash_after(std::string_view command) {
  if (command.starts_with("add server")) base::crash_point("haproxy.server_added");
  if (command.starts_with("add map") || command.starts_with("set map")) base::crash_point("haproxy.host_mapped");
  if (command.starts_with("del map")) base::crash_point("haproxy.host_removed");
  if (command.ends_with("state ready")) base::crash_point("haproxy.server_ready");
  if (command.ends_with("state drain")) base::crash_point("haproxy.server_draining");
  if (command.starts_with("del server")) base::crash_point("haproxy.server_deleted");
}

constexpr std::size_t kMaxAnswer = std::size_t{64} << 20U;

async::Task<std::string> converse(std::string path, std::string line) {
  asio::local::stream_protocol::socket socket(co_await asio::this_coro::executor);
  const asio::local::stream_protocol::endpoint endpoint(path);
  co_await socket.async_connect(endpoint, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(line), asio::use_awaitable);
  std::string answer;
  std::array<char, 16384> chunk{};
  try {
    while (answer.size() < kMaxAnswer) {
      const std::size_t got = co_await socket.async_read_some(asio::buffer(chunk), asio::use_awaitable);
      answer.append(chunk.data(), got);
    }
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::eof) throw;
  }
  while (answer.ends_with('\n')) answer.pop_back();
  co_return answer;
}

}  // namespace

RuntimeSocket::RuntimeSocket(std::filesystem::path path) : path_(std::move(path)) {}

async::Task<base::Result<std::string>> RuntimeSocket::ask(std::string command, base::Deadline deadline) const {
  BASE_CHECK(command.find_first_of("\n\r;") == std::string::npos, "one runtime command: " + command);
  command += '\n';
  try {
    auto conversation = converse(path_.string(), std::move(command));
    co_return co_await async::with_deadline(std::move(conversation), deadline);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    co_return base::fail(base::ErrorKind::unavailable, "edge.haproxy_away",
                         "HAProxy does not answer on its runtime socket: " + error.code().message() + ".");
  }
}

async::Task<base::Result<void>> RuntimeSocket::order(std::string command, base::Deadline deadline) const {
  CO_TRY_ASSIGN(const std::string answer, co_await ask(command, deadline));
  crash_after(command);
  if (answer.empty() || answer == "New server registered." || answer == "Server deleted.")
    co_return base::Result<void>{};
  co_return base::fail(base::ErrorKind::conflict, "edge.haproxy_refused",
                       "HAProxy refused \"" + command + "\": " + answer);
}

}  // namespace edge
