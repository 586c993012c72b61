#include "control-plane/modules/fleet/log_relay.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/this_coro.hpp>
#include <charconv>

#include "common/async/task_group.hpp"
#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/http_client/websocket.hpp"
#include "common/log/log.hpp"
#include "control-plane/modules/fleet/relay_store.hpp"

namespace fleet {
namespace {

constexpr std::string_view kScheme = "Instance ";
constexpr std::chrono::minutes kValid{1};
constexpr std::chrono::seconds kConnect{5};
constexpr std::chrono::seconds kEnd{2};
constexpr std::chrono::minutes kIdle{1};
constexpr int kComplete = 1000;
constexpr int kRefused = 4404;
constexpr int kLost = 4410;

int code_of(LogTail::End end) {
  switch (end) {
    case LogTail::End::complete: return kComplete;
    case LogTail::End::refused: return kRefused;
    case LogTail::End::lost: break;
  }
  return kLost;
}

LogTail::End end_of(int code) {
  if (code == kComplete) return LogTail::End::complete;
  return code == kRefused ? LogTail::End::refused : LogTail::End::lost;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int64_t seconds_of(base::UtcTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string target_of(base::WorkerId worker, base::ReplicaId replica, const LogRange& range, base::UtcTime until) {
  std::string target = LogRelay::kPath;
  target += "?worker=" + worker.to_string() + "&replica=" + replica.to_string() +
            "&until=" + std::to_string(seconds_of(until)) + "&follow=" + (range.follow ? "1" : "0");
  if (range.last_lines) target += "&tail=" + std::to_string(*range.last_lines);
  if (range.since) target += "&since=" + base::format_utc(*range.since);
  if (range.from) target += "&from=" + std::to_string(*range.from);
  return target;
}

struct Wanted {
  base::WorkerId worker;
  base::ReplicaId replica;
  LogRange range;
};

/// What an instance asks for; nothing when it is not of our form or too old.
std::optional<Wanted> wanted_of(const http::Request& request, base::UtcTime now) {
  const auto text = [&](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  const auto worker = base::WorkerId::parse(text("worker"));
  const auto replica = base::ReplicaId::parse(text("replica"));
  const auto until = number<std::int64_t>(text("until"));
  if (!worker || !replica || !until || *until < seconds_of(now) || *until > seconds_of(now + 2 * kValid)) return {};
  Wanted wanted{*worker, *replica, {}};
  wanted.range.follow = text("follow") == "1";
  wanted.range.last_lines = number<int>(text("tail"));
  wanted.range.from = number<std::uint64_t>(text("from"));
  if (const auto since = base::parse_utc(text("since"))) wanted.range.since = *since;
  return wanted;
}

/// Instances are reached by address; the hub's certificate names this one.
http_client::Endpoint endpoint_of(const http_client::Url& url, const std::string& pin) {
  auto endpoint = url.endpoint({.ca_pem = {}, .pins = {pin}});
  boost::system::error_code no_address;
  boost::asio::ip::make_address(url.host, no_address);
  if (no_address) return endpoint;
  endpoint.address = url.host;
  endpoint.host = "localhost";
  return endpoint;
}

/// What the worker sends, until it is sent on.
class Forwarded final : public LogTail {
 public:
  explicit Forwarded(boost::asio::any_io_executor executor) : news(std::move(executor)) {}
  void bytes(std::string_view data) override {
    state.with([&](State& now) { now.bytes += data; });
    news.notify();
  }
  void closed(End end) override {
    state.with([&](State& now) { now.end = end; });
    news.notify();
  }
  struct State {
    std::string bytes;
    std::optional<End> end;
  };
  async::Nudge news;
  base::Guarded<State> state;
  bool gone{false};  ///< the other instance; of the connection's thread
};

async::Task<void> take_credit(Hub& hub, base::WorkerId worker, base::StreamId stream,
                              std::shared_ptr<async::MessageTransport> transport, std::shared_ptr<Forwarded> tail) {
  for (;;) {
    const auto frame = co_await transport->receive();
    if (!frame) break;
    if (const auto bytes = number<std::uint64_t>(frame->bytes)) hub.grant_tail(worker, stream, *bytes);
  }
  tail->gone = true;
  tail->news.notify();
}

async::Task<void> send_on(async::MessageTransport& transport, Forwarded& tail) {
  while (!tail.gone) {
    auto now = tail.state.with([](auto& state) { return Forwarded::State{std::exchange(state.bytes, {}), state.end}; });
    if (!now.bytes.empty()) {
      if (!co_await transport.send(std::move(now.bytes))) co_return;
    } else if (now.end) {
      co_await transport.close(code_of(*now.end), "");
      co_return;
    } else {
      co_await tail.news.wait(kIdle);
    }
  }
}

}  // namespace

/// What the reader permits goes to the other instance; when they go, the connection ends.
async::Task<void> RemoteTail::send_credit(std::shared_ptr<RemoteTail> self,
                                          std::shared_ptr<async::MessageTransport> transport) {
  while (!self->closed_) {
    if (const auto bytes = self->granted_.exchange(0); bytes > 0) {
      auto message = std::to_string(bytes);
      if (!co_await transport->send(std::move(message))) break;
    } else {
      co_await self->news_.wait(kIdle);
    }
  }
  transport->abort();
}

LogRelay::LogRelay(Hub& hub, postgres::Pool& pool, const Keys& keys)
    : hub_(hub),
      pool_(pool),
      authority_pin_(keys.authority_pin()),
      key_(crypto::purpose_key(keys.command.pair.seed.reveal(), "instances")) {}

std::string LogRelay::signature(std::string_view target) const {
  const auto mac = key_.mac({"GET ", target});
  return base::base64url_encode(std::string_view(mac.data(), mac.size()));
}

async::Task<void> LogRelay::read(base::WorkerId worker, base::ReplicaId replica, LogRange range,
                                 std::shared_ptr<RemoteTail> remote, std::weak_ptr<LogTail> tail) {
  auto end = LogTail::End::lost;
  try {
    end = co_await read_through(worker, replica, range, std::move(remote), tail);
  } catch (const base::Failure& failure) {
    logging::debug("logs.not_relayed", {{"worker", worker.to_string()}, {"reason", failure.what()}});
  }
  if (const auto sink = tail.lock()) sink->closed(end);
}

async::Task<LogTail::End> LogRelay::read_through(base::WorkerId worker, base::ReplicaId replica, LogRange range,
                                                 std::shared_ptr<RemoteTail> remote, std::weak_ptr<LogTail> tail) {
  const auto at =
      co_await pool_.transaction([&](Tx& tx) -> base::Result<std::string> { return store::held_at(tx, worker); });
  if (!at || at->empty() || *at == hub_.reached_at()) co_return LogTail::End::lost;
  const auto url = http_client::parse_url(*at);
  if (!url) co_return LogTail::End::lost;
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto target = target_of(worker, replica, range, hub_.clock().utc_now() + kValid);
  http_client::Headers headers{{"Authorization", std::string(kScheme) + signature(target)}};
  auto upgraded =
      co_await http_client::websocket_connect(executor, endpoint_of(*url, authority_pin_), target, std::move(headers),
                                              "", base::Deadline::after(hub_.clock(), kConnect));
  if (!upgraded || !upgraded->transport) co_return LogTail::End::lost;
  const std::shared_ptr<async::MessageTransport> transport = std::move(upgraded->transport);
  async::TaskGroup credit(executor);
  credit.spawn("logs.relay_credit", RemoteTail::send_credit(remote, transport));
  for (;;) {
    const auto frame = co_await transport->receive();
    const auto sink = tail.lock();
    if (!frame || !sink) break;
    sink->bytes(frame->bytes);
  }
  const auto end = end_of(transport->peer_close_code());
  transport->abort();
  credit.cancel();
  co_await credit.join(base::Deadline::after(hub_.clock(), kEnd));
  co_return end;
}

http::UpgradeHandler LogRelay::handler() {
  return [this](http::Request request, http::Upgrade& upgrade) { return serve(std::move(request), upgrade); };
}

async::Task<void> LogRelay::serve(http::Request request, http::Upgrade& upgrade) {
  const auto authorization = request.header("Authorization").value_or("");
  const auto mac = base::base64url_decode(authorization.substr(std::min(kScheme.size(), authorization.size())));
  const bool known = authorization.starts_with(kScheme) && mac && key_.verify("GET " + request.target, *mac);
  const auto wanted = known ? wanted_of(request, hub_.clock().utc_now()) : std::nullopt;
  if (!wanted) {
    upgrade.refuse(http::problem(base::Error(base::ErrorKind::unauthenticated, "instance.unauthenticated",
                                             "Only instances of this installation may ask that."),
                                 request.request_id));
    co_return;
  }
  auto accepted = co_await upgrade.accept();
  if (!accepted) co_return;
  const std::shared_ptr<async::MessageTransport> transport = *std::move(accepted);
  const auto tail = std::make_shared<Forwarded>(transport->executor());
  const auto stream = base::StreamId::make(hub_.clock());
  if (!hub_.open_tail(wanted->worker, stream, wanted->replica, wanted->range, tail)) {
    co_await transport->close(kLost, "not connected here");
    co_return;
  }
  async::TaskGroup credit(transport->executor());
  credit.spawn("logs.relay_credit", take_credit(hub_, wanted->worker, stream, transport, tail));
  co_await send_on(*transport, *tail);
  hub_.close_tail(wanted->worker, stream);
  transport->abort();
  co_await credit.join(base::Deadline::after(hub_.clock(), kEnd));
}

}  // namespace fleet
