#include "control-plane/platform/http/server.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <set>

#include "common/async/task_group.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/http/connection.hpp"
#include "control-plane/platform/http/descriptors.hpp"

namespace http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// After the grace period, what was cancelled gets so long to unwind.
constexpr std::chrono::milliseconds kUnwind{1500};
constexpr std::chrono::milliseconds kDrainPoll{5};
constexpr std::chrono::seconds kComplainEvery{30};
/// Waiting connections that each thread closes when a descriptor is missing.
constexpr int kLetGo = 4;
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

/// One I/O thread and the connections that live on it. Touched on that thread only.
struct Lane {
  explicit Lane(asio::any_io_executor on) : executor(on), tasks(on) {}
  asio::any_io_executor executor;
  WaitingList waiting;
  std::set<std::shared_ptr<Connection>> connections;
  async::TaskGroup tasks;
};

/// One, counted by who started it, until it goes.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& counter) : counter_(counter) {}
  ~Counted() { counter_.fetch_sub(1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<std::size_t>& counter_;
};

/// One of an address' connections, counted from its accept to its end.
class Admission {
 public:
  Admission(std::shared_ptr<ServerShared> shared, std::string address)
      : shared_(std::move(shared)), address_(std::move(address)) {
    before_ = shared_->open.fetch_add(1);
    of_address_before_ = shared_->by_address.with([&](auto& counts) { return counts[address_]++; });
  }
  ~Admission() {
    shared_->by_address.with([&](auto& counts) {
      const auto found = counts.find(address_);
      if (--found->second == 0) counts.erase(found);
    });
    shared_->open.fetch_sub(1);
  }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  bool over_all() const { return before_ >= shared_->options.limits.connections; }
  bool over_address() const { return of_address_before_ >= shared_->options.limits.connections_per_address; }
  const std::string& address() const { return address_; }

 private:
  std::shared_ptr<ServerShared> shared_;
  std::string address_;
  std::size_t before_{0};
  std::size_t of_address_before_{0};
};

async::Task<void> live(std::shared_ptr<Lane> lane, std::shared_ptr<Connection> connection,
                       std::unique_ptr<Admission> /*until_the_end*/) {
  struct Leave {
    Lane& lane;
    const std::shared_ptr<Connection>& connection;
    ~Leave() { lane.connections.erase(connection); }
  };
  lane->connections.insert(connection);
  const Leave leave{*lane, connection};
  co_await connection->run();
}

tcp::acceptor open_acceptor(const asio::any_io_executor& executor, const ListenerOptions& options) {
  const std::string where = options.address + ":" + std::to_string(options.port);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) throw base::Failure("listen on " + where + ": not an address");
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw base::Failure("listen on " + where + ": " + error.message());
  return acceptor;
}

}  // namespace

class Server::State : public std::enable_shared_from_this<Server::State> {
 public:
  State(const std::vector<asio::any_io_executor>& io, const base::Clock& clock, ServerOptions options)
      : shared_(std::make_shared<ServerShared>(clock, std::move(options))) {
    BASE_CHECK(!io.empty(), "a server needs an I/O thread");
    fit_into_descriptors();
    for (const auto& executor : io) lanes_.push_back(std::make_shared<Lane>(executor));
  }

  std::uint16_t listen(ListenerOptions options, RouteTable routes) {
    auto listener = std::make_shared<ListenerShared>();
    listener->routes = std::move(routes);
    listener->hsts = options.hsts;
    if (options.tls) {
      listener->tls = http_client::TlsContext::server(options.tls->chain_pem, options.tls->key_pem.reveal());
    }
    auto& lane = *lanes_.front();
    const auto acceptor = std::make_shared<tcp::acceptor>(open_acceptor(lane.executor, options));
    const auto port = acceptor->local_endpoint().port();
    acceptors_.push_back(acceptor);
    shared_->accepting.fetch_add(1);
    lane.tasks.spawn("http.accept", accept_loop(shared_from_this(), acceptor, std::move(listener)));
    return port;
  }

  static async::Task<void> shutdown(std::shared_ptr<State> self, base::Duration grace) {
    self->stop_accepting();
    self->tell_connections(&Connection::begin_shutdown);
    co_await self->drain(grace);
    if (self->open() == 0) co_return;
    logging::warn("http.shutdown_cancels", {{"connections", self->open()}});
    self->tell_connections(&Connection::cancel);
    co_await self->drain(kUnwind);
    if (self->open() > 0) logging::error("http.shutdown_stuck", {{"connections", self->open()}});
  }

  static void abandon(const std::shared_ptr<State>& self) {
    self->stop_accepting();
    self->tell_connections(&Connection::cancel);
  }

  std::size_t open() const { return shared_->open.load(); }

 private:
  void fit_into_descriptors() {
    auto& limits = shared_->options.limits;
    const auto wanted = limits.connections;
    limits.connections = connections_within(descriptor_limit(), wanted);
    if (limits.connections < wanted) {
      logging::warn("http.connections_limited", {{"wanted", wanted},
                                                 {"possible", limits.connections},
                                                 {"open_files_limit", descriptor_limit()},
                                                 {"do", "raise the limit of open files (LimitNOFILE=)"}});
    }
    if (limits.connections_per_address == 0) limits.connections_per_address = limits.connections / 2 + 1;
  }

  static async::Task<void> accept_loop(std::shared_ptr<State> self, std::shared_ptr<tcp::acceptor> acceptor,
                                       std::shared_ptr<const ListenerShared> listener) {
    const Counted counted(self->shared_->accepting);
    std::size_t turn = 0;
    while (!self->shared_->stopping && acceptor->is_open()) {
      const auto lane = self->lanes_[turn++ % self->lanes_.size()];
      auto [error, socket] = co_await acceptor->async_accept(lane->executor, kAwait);
      if (!error) {
        self->admit(std::move(socket), lane, listener);
      } else if (error != asio::error::operation_aborted && error != asio::error::connection_aborted) {
        // Trying again at once would only burn the processor.
        self->accept_failed(error);
        asio::steady_timer pause(acceptor->get_executor(), std::chrono::milliseconds(100));
        co_await pause.async_wait(kAwait);
      }
    }
  }

  void admit(tcp::socket socket, const std::shared_ptr<Lane>& lane,
             const std::shared_ptr<const ListenerShared>& listener) {
    boost::system::error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error || shared_->stopping) return;
    auto admission = std::make_unique<Admission>(shared_, remote.address().to_string());
    // What waits on a thread, and how much, only that thread may look at.
    asio::post(lane->executor, [self = shared_from_this(), lane, listener, taken = std::move(socket),
                                admission = std::move(admission)]() mutable {
      const bool full = admission->over_all() || admission->over_address();
      const std::string of = admission->over_address() ? admission->address() : std::string();
      // Full: what has waited longest for a request gives its place away.
      if (!full || lane->waiting.end_oldest(of)) {
        self->start(std::move(taken), lane, listener, std::move(admission));
      } else if (!listener->tls) {
        ::send(taken.native_handle(), kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      }
    });
  }

  void start(tcp::socket socket, const std::shared_ptr<Lane>& lane,
             const std::shared_ptr<const ListenerShared>& listener, std::unique_ptr<Admission> admission) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto connection = std::make_shared<Connection>(http_client::StreamSocket(std::move(socket)), admission->address(),
                                                   shared_, listener, lane->tasks, lane->waiting);
    lane->tasks.spawn("http.connection", live(lane, std::move(connection), std::move(admission)));
  }

  /// Out of descriptors, most likely: says so, now and then, and lets those go that only wait.
  void accept_failed(const boost::system::error_code& error) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= complain_at_) {
      complain_at_ = now + kComplainEvery;
      logging::error("http.accept_failed",
                     {{"why", error.message()},
                      {"open_connections", open()},
                      {"open_files_limit", descriptor_limit()},
                      {"do", "raise the limit of open files (LimitNOFILE=) or lower http.connections"}});
    }
    for (const auto& lane : lanes_) {
      asio::post(lane->executor, [lane] {
        for (int i = 0; i < kLetGo && lane->waiting.end_oldest(); ++i) {
        }
      });
    }
  }

  void stop_accepting() {
    shared_->stopping = true;
    asio::post(lanes_.front()->executor, [acceptors = acceptors_] {
      boost::system::error_code ignored;
      for (const auto& acceptor : acceptors) acceptor->close(ignored);
    });
  }

  void tell_connections(void (Connection::*what)()) {
    for (const auto& lane : lanes_) {
      asio::post(lane->executor, [lane, what] {
        const auto now_open = lane->connections;
        for (const auto& connection : now_open) ((*connection).*what)();
      });
    }
  }

  async::Task<void> drain(base::Duration at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (open() + shared_->accepting.load() > 0 && std::chrono::steady_clock::now() < until) {
      timer.expires_after(kDrainPoll);
      co_await timer.async_wait(kAwait);
    }
  }

  std::shared_ptr<ServerShared> shared_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::vector<std::shared_ptr<tcp::acceptor>> acceptors_;
  /// On the acceptors' thread.
  std::chrono::steady_clock::time_point complain_at_{};
};

Server::Server(std::vector<asio::any_io_executor> io, const base::Clock& clock, ServerOptions options)
    : state_(std::make_shared<State>(io, clock, std::move(options))) {}

Server::~Server() {
  State::abandon(state_);
}

std::uint16_t Server::listen(ListenerOptions options, RouteTable routes) {
  return state_->listen(std::move(options), std::move(routes));
}

async::Task<void> Server::shutdown(base::Duration grace) {
  return State::shutdown(state_, grace);
}

std::size_t Server::open_connections() const {
  return state_->open();
}

}  // namespace http
