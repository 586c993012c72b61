#include "common/http_client/client.hpp"

#include <deque>

#include "common/base/failure.hpp"
#include "common/http_client/dial.hpp"
#include "common/http_client/exchange.hpp"

namespace http_client {
namespace {

constexpr std::size_t kIdleConnections = 8;
/// Shorter than servers keep theirs.
constexpr std::chrono::seconds kIdleTime{25};

bool is_idempotent(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

}  // namespace

struct Client::State {
  State(boost::asio::any_io_executor on, Endpoint where, const base::Clock& time)
      : executor(std::move(on)), endpoint(std::move(where)), clock(time) {
    if (endpoint.kind == Endpoint::Kind::tls) tls = TlsContext::client(endpoint.trust);
  }

  struct Idle {
    std::unique_ptr<ByteStream> stream;
    base::SteadyTime since;
  };

  std::unique_ptr<ByteStream> take_idle() {
    while (!idle.empty()) {
      Idle candidate = std::move(idle.back());
      idle.pop_back();
      const bool fresh = clock.steady_now() - candidate.since < kIdleTime;
      if (fresh && candidate.stream->idle_and_open()) return std::move(candidate.stream);
    }
    return nullptr;
  }

  void put_back(Exchange& exchange) {
    if (!exchange.reusable()) return;
    if (idle.size() == kIdleConnections) idle.pop_front();
    idle.push_back(Idle{exchange.take_stream(), clock.steady_now()});
  }

  async::Task<base::Result<std::unique_ptr<Exchange>>> start_new(Request request, base::Deadline deadline) {
    auto dialled = co_await dial(executor, endpoint, tls, deadline);
    CO_TRY_ASSIGN(auto stream, std::move(dialled));
    if (tls) last_chain_pem = stream->peer_chain_pem();
    auto exchange = std::make_unique<Exchange>(std::move(stream), ReadBuffer());
    CO_TRY_CHECK(co_await exchange->start(std::move(request), endpoint.host_header(), deadline));
    co_return exchange;
  }

  async::Task<base::Result<std::unique_ptr<Exchange>>> start(Request request, base::Deadline deadline) {
    CO_TRY_CHECK(check_request(request));
    if (auto stream = take_idle()) {
      auto exchange = std::make_unique<Exchange>(std::move(stream), ReadBuffer());
      auto started = co_await exchange->start(request, endpoint.host_header(), deadline);
      if (started) co_return exchange;
      const bool closed_meanwhile = started.error().code == "net.closed" && !exchange->answered();
      if (!closed_meanwhile || !is_idempotent(request.method)) co_return base::fail(std::move(started).error());
    }
    co_return co_await start_new(std::move(request), deadline);
  }

  boost::asio::any_io_executor executor;
  Endpoint endpoint;
  const base::Clock& clock;
  std::shared_ptr<const TlsContext> tls;
  std::deque<Idle> idle;
  std::string last_chain_pem;
};

namespace {

/// Gives the connection back to the client once the body was read to its end.
template <class State>
class OpenResponse final : public ResponseStream {
 public:
  OpenResponse(std::shared_ptr<State> state, std::unique_ptr<Exchange> exchange)
      : state_(std::move(state)),
        exchange_(std::move(exchange)),
        status_(exchange_->status()),
        headers_(exchange_->headers()) {}

  int status() const override { return status_; }
  const Headers& headers() const override { return headers_; }

  async::Task<base::Result<std::string>> read_some(base::Deadline deadline) override {
    if (!exchange_) co_return std::string();
    auto piece = co_await exchange_->read_some(deadline);
    if (piece && piece->empty()) {
      state_->put_back(*exchange_);
      exchange_.reset();
    }
    co_return piece;
  }

 private:
  std::shared_ptr<State> state_;
  std::unique_ptr<Exchange> exchange_;
  int status_;
  Headers headers_;
};

std::unexpected<base::Error> too_large() {
  return base::fail(base::ErrorKind::too_large, "http.too_large", "The answer is larger than was expected.");
}

}  // namespace

Client::Client(boost::asio::any_io_executor executor, Endpoint endpoint, const base::Clock& clock)
    : state_(std::make_shared<State>(std::move(executor), std::move(endpoint), clock)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

async::Task<base::Result<Response>> Client::send(Request request, base::Deadline deadline, std::size_t body_limit) {
  const auto state = state_;
  auto started = co_await state->start(std::move(request), deadline);
  CO_TRY_ASSIGN(auto exchange, std::move(started));
  if (exchange->announced_length() > body_limit) co_return too_large();
  Response response{exchange->status(), exchange->headers(), {}};
  for (;;) {
    auto read = co_await exchange->read_some(deadline);
    CO_TRY_ASSIGN(auto piece, std::move(read));
    if (piece.empty()) break;
    if (response.body.size() + piece.size() > body_limit) co_return too_large();
    response.body += piece;
  }
  state->put_back(*exchange);
  co_return response;
}

async::Task<base::Result<std::unique_ptr<ResponseStream>>> Client::open(Request request, base::Deadline deadline) {
  const auto state = state_;
  auto started = co_await state->start(std::move(request), deadline);
  CO_TRY_ASSIGN(auto exchange, std::move(started));
  co_return std::make_unique<OpenResponse<State>>(state, std::move(exchange));
}

const std::string& Client::last_chain_pem() const {
  return state_->last_chain_pem;
}
const Endpoint& Client::endpoint() const {
  return state_->endpoint;
}

}  // namespace http_client
