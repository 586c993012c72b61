// What a read of the API is measured beside: the same bytes from Beast with nothing behind it, and a bare SELECT.
//
//   api_read answer PORT            what stands on standard input is the body of every answer; one thread, until killed
//   api_read select DSN SECONDS CONNECTIONS SQL     as fast as it goes; prints {"per_second":…}

#include <libpq-fe.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;

asio::awaitable<void> serve(tcp::socket socket, const std::string& body) {
  beast::flat_buffer buffer;
  try {
    for (;;) {
      beast::http::request<beast::http::empty_body> request;
      co_await beast::http::async_read(socket, buffer, request, asio::use_awaitable);
      beast::http::response<beast::http::string_body> response(beast::http::status::ok, request.version());
      response.set(beast::http::field::content_type, "application/json");
      response.body() = body;
      response.prepare_payload();
      co_await beast::http::async_write(socket, response, asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {  // they went
  }
}

asio::awaitable<void> listen(int port, const std::string& body) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(executor, serve(std::move(socket), body), asio::detached);
  }
}

int answer(int port) {
  const std::string body{std::istreambuf_iterator<char>(std::cin), {}};
  asio::io_context io(1);
  asio::co_spawn(io, listen(port, body), [](const std::exception_ptr& failed) {
    if (failed) std::rethrow_exception(failed);
  });
  io.run();
  return 0;
}

int select(const char* dsn, double seconds, int connections, const char* sql) {
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> failed{false};
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      PGconn* link = PQconnectdb(dsn);
      PQclear(PQprepare(link, "q", sql, 0, nullptr));
      while (std::chrono::steady_clock::now() < until) {
        PGresult* result = PQexecPrepared(link, "q", 0, nullptr, nullptr, nullptr, 0);
        if (PQresultStatus(result) != PGRES_TUPLES_OK) {
          if (!failed.exchange(true)) std::fprintf(stderr, "%s", PQerrorMessage(link));
          PQclear(result);
          break;
        }
        PQclear(result);
        ++done;
      }
      PQfinish(link);
    });
  }
  for (auto& thread : threads) thread.join();
  std::printf("{\"per_second\":%.1f}\n", static_cast<double>(done.load()) / seconds);
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "answer" && argc == 3) return answer(std::atoi(argv[2]));
  if (what == "select" && argc == 6) return select(argv[2], std::atof(argv[3]), std::atoi(argv[4]), argv[5]);
  std::fprintf(stderr, "api_read answer PORT | api_read select DSN SECONDS CONNECTIONS SQL\n");
  return 2;
}
