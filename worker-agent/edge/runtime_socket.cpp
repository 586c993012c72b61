#include "worker-agent/edge/runtime_socket.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <iterator>

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
}

constexpr std::size_t kMaxAnswer = std::size_t{64} << 20U;
/// Bytes of commands in one line; HAProxy reads one of tune.bufsize less tune.maxrewrite.
constexpr std::size_t kMaxLine = 8'000;

/// What a command is a part of. Those of one kind go to HAProxy together: the steps that bring a server into service
/// are one, for each of them does nothing where the one before failed; else its verb and object, and what of a server
/// is set.
std::string kind_of(std::string_view command) {
  const auto object = command.find(' ', command.find(' ') + 1);
  const std::string what(command.substr(0, object));
  if (what == "add server" || what == "enable health" || command.ends_with(" state ready")) return "serve";
  if (what != "set server") return what;
  const auto change = command.substr(command.find(' ', object + 1) + 1);
  return what + " " + std::string(change.starts_with("state") ? change : change.substr(0, change.find(' ')));
}

bool is_success(std::string_view answer) {
  return answer.empty() || answer == "New server registered.";
}

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
  co_return answer;
}

void check_command(std::string_view command) {
  BASE_CHECK(command.find_first_of("\n\r;") == std::string::npos && command.size() < kMaxLine,
             "one runtime command: " + std::string(command));
}

}  // namespace

RuntimeSocket::RuntimeSocket(std::filesystem::path path) : path_(std::move(path)) {}

async::Task<base::Result<std::string>> RuntimeSocket::say(std::string line, base::Deadline deadline) const {
  line += '\n';
  try {
    auto conversation = converse(path_.string(), std::move(line));
    co_return co_await async::with_deadline(std::move(conversation), deadline);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    co_return base::fail(base::ErrorKind::unavailable, "edge.haproxy_away",
                         "HAProxy does not answer on its runtime socket: " + error.code().message() + ".");
  }
}

async::Task<base::Result<std::string>> RuntimeSocket::ask(std::string command, base::Deadline deadline) const {
  check_command(command);
  CO_TRY_ASSIGN(std::string answer, co_await say(std::move(command), deadline));
  while (answer.ends_with('\n')) answer.pop_back();
  co_return answer;
}

async::Task<base::Result<std::vector<std::string>>> RuntimeSocket::ask_all(std::vector<std::string> commands,
                                                                           base::Deadline deadline) const {
  co_return co_await ask_many(std::move(commands), split_answers, deadline);
}

async::Task<base::Result<std::vector<std::string>>> RuntimeSocket::ask_lines(std::vector<std::string> commands,
                                                                             base::Deadline deadline) const {
  co_return co_await ask_many(std::move(commands), split_lines, deadline);
}

async::Task<base::Result<std::vector<std::string>>> RuntimeSocket::ask_many(std::vector<std::string> commands,
                                                                            Split split,
                                                                            base::Deadline deadline) const {
  std::vector<std::string> answers;
  while (answers.size() < commands.size()) {
    std::string line;
    std::size_t end = answers.size();
    for (; end < commands.size() && line.size() + commands[end].size() < kMaxLine; ++end) {
      check_command(commands[end]);
      line += (line.empty() ? "" : ";") + commands[end];
    }
    CO_TRY_ASSIGN(const std::string text, co_await say(std::move(line), deadline));
    auto some = split(text);
    if (answers.size() + some.size() != end) {
      co_return base::fail(base::ErrorKind::unavailable, "edge.haproxy_answer",
                           "HAProxy did not answer each of several commands: " + text.substr(0, 120));
    }
    std::ranges::move(some, std::back_inserter(answers));
  }
  co_return answers;
}

async::Task<base::Result<void>> RuntimeSocket::order(std::vector<std::string> commands, base::Deadline deadline) const {
  for (std::size_t begin = 0; begin < commands.size();) {
    std::size_t end = begin + 1;
    while (end < commands.size() && kind_of(commands[end]) == kind_of(commands[begin])) ++end;
    const auto at = [&](std::size_t i) { return commands.begin() + static_cast<std::ptrdiff_t>(i); };
    std::vector<std::string> batch(at(begin), at(end));
    CO_TRY_ASSIGN(const auto answers, co_await ask_all(std::move(batch), deadline));
    for (std::size_t i = begin; i < end; ++i) crash_after(commands[i]);
    for (std::size_t i = begin; i < end; ++i) {
      if (is_success(answers[i - begin])) continue;
      co_return base::fail(base::ErrorKind::conflict, "edge.haproxy_refused",
                           "HAProxy refused \"" + commands[i] + "\": " + answers[i - begin]);
    }
    begin = end;
  }
  co_return base::Result<void>{};
}

std::vector<std::string> split_answers(std::string_view text) {
  std::vector<std::string> answers;
  while (!text.empty()) {
    const auto end = text.front() == '\n' ? 0 : text.find("\n\n");
    const auto skip = end == 0 ? 1 : 2;
    answers.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end == std::string_view::npos ? end : end + skip));
  }
  return answers;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

}  // namespace edge
