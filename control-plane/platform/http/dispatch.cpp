#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "common/base/failure.hpp"
#include "common/http_client/message.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/http/connection.hpp"
#include "control-plane/platform/http/forwarded.hpp"
#include "control-plane/platform/http/target.hpp"
#include "control-plane/platform/websocket/handshake.hpp"

namespace http {
namespace {

namespace asio = boost::asio;

bool is_sane_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

std::string allow_header(const std::vector<Method>& methods) {
  std::string text;
  for (const auto method : methods) {
    text += to_string(method) + std::string(", ");
    if (method == Method::get) text += "HEAD, ";
  }
  return text + "OPTIONS";
}

bool may_fall_back(std::string_view path) {
  return !path.starts_with("/api/") && !path.starts_with("/v1/") && !path.starts_with("/hooks/");
}

Response fault(const std::exception& exception, const std::string& request_id) {
  const bool environment = dynamic_cast<const base::Failure*>(&exception) != nullptr;
  const auto* system = dynamic_cast<const boost::system::system_error*>(&exception);
  if (system != nullptr && system->code() == asio::error::operation_aborted) {
    return problem(Refusal{503, "going_away", "The server is going away. Try again."}, request_id);
  }
  logging::error("http.handler_failed", {{"request", request_id}, {"what", exception.what()}});
  if (environment) {
    return problem(Refusal{503, "unavailable", "A part of the service is away at the moment. Try again."}, request_id);
  }
  return problem(Refusal{500, "internal", "Something went wrong on our side."}, request_id);
}

/// Secrets in an address end up in histories, logs and Referer headers: none is taken from there.
bool holds_credentials(const std::map<std::string, std::string>& query) {
  constexpr std::array<std::string_view, 8> kNames{"token", "access_token", "refresh_token", "id_token",
                                                   "jwt",   "api_key",      "password",      "secret"};
  return std::ranges::any_of(query, [&](const auto& parameter) {
    return std::ranges::any_of(kNames, [&](auto name) { return http_client::same_name(parameter.first, name); });
  });
}

}  // namespace

std::optional<Method> method_of(std::string_view text) {
  for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    if (text == to_string(method)) return method;
  }
  if (text == "HEAD") return Method::get;
  return std::nullopt;
}

async::Task<bool> Connection::serve(RequestParser& parser, Turn& turn) {
  const auto& head = parser.head();
  turn.method = head.method;
  turn.http11 = head.http11;
  turn.head_only = head.method == "HEAD";
  turn.has_body = head.has_body();
  turn.keep_alive = head.keep_alive;
  if (const auto id = head.header("X-Request-Id"); id && is_sane_request_id(*id)) {
    turn.request.request_id = std::string(*id);
  }
  if (head.method == "CONNECT") {
    // What follows would be the tunnel's.
    co_return co_await refuse(turn, Refusal{400, "http.connect", "This is no proxy."});
  }
  if (auto early = route(turn, head)) {
    // Its body, if any, is not read: the connection cannot go on.
    turn.keep_alive = turn.keep_alive && !turn.has_body;
    co_return co_await answer(turn, *std::move(early));
  }
  if (!turn.websocket_key.empty()) co_return co_await serve_upgrade(turn);
  const auto limit = turn.route != nullptr ? turn.route->about().body_limit : std::nullopt;
  auto allowed = parser.limit_body(limit.value_or(limits().body_bytes));
  if (!allowed) co_return co_await refuse(turn, std::move(allowed).error());
  if (head.expects_continue && turn.has_body && buffer_.empty()) {
    if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
  }
  auto body = co_await read_body(parser);
  if (!body) co_return co_await refuse(turn, std::move(body).error());
  turn.request.headers = head.headers;
  turn.request.remote_address = client_address(remote_address_, head.headers, shared_->options.trusted_proxies);
  turn.request.body = parser.take_body();
  turn.request.deadline = base::Deadline::after(shared_->clock, limits().handler_time);
  Request request = std::move(turn.request);
  turn.request.request_id = request.request_id;
  turn.request.path = request.path;
  auto response = co_await call_handler(*turn.handler, std::move(request));
  co_return co_await answer(turn, std::move(response));
}

/// Finds the handler; or the answer, where there is none to call.
std::optional<Response> Connection::route(Turn& turn, const RequestHead& head) {
  auto& request = turn.request;
  request.target = head.target;
  auto target = parse_target(head.target);
  if (!target) return problem(target.error(), request.request_id);
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  if (holds_credentials(request.query)) {
    return problem(Refusal{401, "credentials.in_url",
                           "Tokens and passwords are not taken from an address, where others can read them: send them "
                           "in a header."},
                   request.request_id);
  }
  const auto method = method_of(head.method);
  request.method = method.value_or(Method::get);
  auto match = listener_->routes.match(request.method, request.path);
  request.params = std::move(match.params);
  if (!method) return without_route(turn, match, head);

  const bool upgrades = match.upgrade != nullptr && head.method == "GET" && websocket::asks_for_upgrade(head.headers);
  if (!upgrades && match.route == nullptr) {
    const auto& fallback = listener_->routes.fallback_handler();
    const bool unknown = match.allowed.empty() && request.method == Method::get;
    if (!fallback || !unknown || !may_fall_back(request.path)) return without_route(turn, match, head);
    turn.route_label = "(fallback)";
    turn.handler = &fallback;
    return std::nullopt;
  }
  turn.route = upgrades ? match.upgrade : match.route;
  turn.route_label = turn.route->pattern();
  turn.handler = &turn.route->handler();
  if (!upgrades) return std::nullopt;

  auto key = websocket::check_handshake(head.headers);
  if (key && !turn.has_body && head.http11) {
    turn.websocket_key = *key;
    request.headers = head.headers;
    request.remote_address = client_address(remote_address_, head.headers, shared_->options.trusted_proxies);
    return std::nullopt;
  }
  const bool version = !key && key.error().code == "ws.version";
  const std::string why = key ? "The WebSocket handshake is broken." : key.error().message;
  auto response =
      problem(Refusal{version ? 426 : 400, version ? "ws.version" : "ws.handshake", why}, request.request_id);
  if (version) response.set_header("Sec-WebSocket-Version", "13");
  return response;
}

Response Connection::without_route(Turn& turn, const RouteTable::Match& match, const RequestHead& head) {
  const auto& id = turn.request.request_id;
  if (head.method == "OPTIONS" && (turn.request.path == "*" || !match.allowed.empty())) {
    Response response;
    response.status = 204;
    response.set_header("Allow", turn.request.path == "*" ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
                                                          : allow_header(match.allowed));
    return response;
  }
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (reads && match.upgrade != nullptr) {
    auto response = problem(Refusal{426, "ws.upgrade", "This address speaks WebSocket only."}, id);
    response.set_header("Upgrade", "websocket");
    return response;
  }
  if (!match.allowed.empty()) {
    const std::string what = "This address does not take " + head.method + ".";
    auto response = problem(Refusal{405, "http.method", what}, id);
    response.set_header("Allow", allow_header(match.allowed));
    return response;
  }
  return problem(Refusal{404, "http.not_found", "Nothing is at this address."}, id);
}

/// The handler runs under `cancel_handler_`; this coroutine waits for its end, whatever happens.
async::Task<Response> Connection::call_handler(const Handler& handler, Request request) {
  const std::string id = request.request_id;
  std::optional<Response> response;
  handler_runs_ = true;
  try {
    auto task = handler(std::move(request));
    response = co_await asio::co_spawn(stream_->executor(), std::move(task),
                                       asio::bind_cancellation_slot(cancel_handler_.slot(), asio::use_awaitable));
  } catch (const std::exception& exception) {
    response = fault(exception, id);
  }
  handler_runs_ = false;
  co_return *std::move(response);
}

async::Task<bool> Connection::serve_upgrade(Turn& turn) {
  const auto executor = stream_->executor();
  const auto id = turn.request.request_id;
  const auto session = std::make_shared<UpgradeSession>(stream_, buffer_, std::move(turn.websocket_key), id);
  upgrade_ = session;
  handler_runs_ = true;
  try {
    auto task = turn.route->upgrade_handler()(turn.request, *session);
    co_await asio::co_spawn(executor, std::move(task),
                            asio::bind_cancellation_slot(cancel_handler_.slot(), asio::use_awaitable));
  } catch (const std::exception& exception) {
    auto response = fault(exception, id);
    if (!session->transport()) session->refuse(std::move(response));
  }
  handler_runs_ = false;
  upgrade_.reset();
  if (session->transport()) {
    session->transport()->abort();
    report(turn, 101, 0);
    co_return false;
  }
  if (!stream_) co_return false;
  turn.keep_alive = false;
  if (!session->refusal()) session->refuse(problem(Refusal{500, "internal", "Something went wrong on our side."}, id));
  auto response = std::move(*session->refusal());
  co_return co_await answer(turn, std::move(response));
}

}  // namespace http
