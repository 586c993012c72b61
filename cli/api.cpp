#include "cli/api.hpp"

#include <algorithm>

#include "common/async/timer.hpp"
#include "common/base/id.hpp"

namespace cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kReadTries = 3;
constexpr int kWriteTries = 2;
constexpr milliseconds kFirstPause{250};
constexpr base::Duration kEventWait = seconds(60);  // the server sends a comment at least every 30 s
constexpr base::Duration kGiveUpAfter = seconds(30);

struct ProblemField {
  std::string pointer;
  std::string message;
  template <class F>
  void map(F& f) {
    f.defaulted("pointer", pointer);
    f.required("message", message);
  }
};
struct ProblemDocument {
  std::string title;
  std::string code;
  std::string detail;
  std::vector<ProblemField> errors;
  template <class F>
  void map(F& f) {
    f.defaulted("title", title);
    f.defaulted("code", code);
    f.defaulted("detail", detail);
    f.defaulted("errors", errors);
  }
};

/// Tokens say what they are; anything else is a session's cookie.
bool is_bearer(const std::string& credential) {
  return credential.starts_with("wh_cli_") || credential.starts_with("wh_pat_");
}

/// A proxy or an instance on its way out.
bool may_pass(int status) {
  return status == 502 || status == 503 || status == 504;
}

base::ErrorKind kind_of(int status) {
  switch (status) {
    case 400: return base::ErrorKind::malformed;
    case 401: return base::ErrorKind::unauthenticated;
    case 403: return base::ErrorKind::forbidden;
    case 404: return base::ErrorKind::not_found;
    case 409: return base::ErrorKind::conflict;
    case 412: return base::ErrorKind::precondition_failed;
    case 413: return base::ErrorKind::too_large;
    case 415: return base::ErrorKind::unsupported;
    case 422: return base::ErrorKind::invalid;
    case 429: return base::ErrorKind::rate_limited;
    case 503: return base::ErrorKind::unavailable;
    case 504: return base::ErrorKind::timeout;
    default: return base::ErrorKind::internal;
  }
}

}  // namespace

base::Error error_of(int status, const std::string& body) {
  const auto problem = json::decode<ProblemDocument>(body, json::Unknown::ignore, json::Limits{});
  base::Error error(kind_of(status), "http." + std::to_string(status),
                    "The server answered with status " + std::to_string(status) + ".");
  if (!problem) return error;
  if (!problem->code.empty()) error.code = problem->code;
  const std::string& text = problem->detail.empty() ? problem->title : problem->detail;
  if (!text.empty()) error.message = text;
  for (const auto& field : problem->errors) error.fields.push_back(base::FieldError{field.pointer, field.message});
  return error;
}

base::Result<std::string> origin_of(const std::string& url) {
  TRY_ASSIGN(const auto parsed, http_client::parse_url(url));
  const std::string host = parsed.host.find(':') == std::string::npos ? parsed.host : "[" + parsed.host + "]";
  const bool usual = (parsed.scheme == "http" && parsed.port == 80) || (parsed.scheme == "https" && parsed.port == 443);
  return parsed.scheme + "://" + host + (usual ? "" : ":" + std::to_string(parsed.port));
}

std::string percent_encode(const std::string& segment) {
  static constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : segment) {
    if (kPlain.find(c) != std::string_view::npos) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4U]);
    encoded.push_back(kDigits[byte & 15U]);
  }
  return encoded;
}

base::Result<std::unique_ptr<Api>> Api::make(boost::asio::any_io_executor executor, const std::string& server,
                                             std::optional<std::string> session, const base::Clock& clock) {
  TRY_ASSIGN(const auto url, http_client::parse_url(server));
  TRY_ASSIGN(auto origin, origin_of(server));
  http_client::Client client(executor, url.endpoint(), clock);
  return std::unique_ptr<Api>(new Api(std::move(origin), std::move(client), std::move(session), clock));
}

Api::Api(std::string server, http_client::Client client, std::optional<std::string> session, const base::Clock& clock)
    : server_(std::move(server)), client_(std::move(client)), session_(std::move(session)), clock_(clock) {}

http_client::Request Api::request(const std::string& method, const std::string& path) const {
  http_client::Request request;
  request.method = method;
  request.target = path;
  request.headers.emplace_back("User-Agent", "wh/" WH_VERSION);
  if (session_ && is_bearer(*session_)) {
    request.headers.emplace_back("Authorization", "Bearer " + *session_);
  } else if (session_) {
    request.headers.emplace_back("Cookie", "wh_session=" + *session_);
  }
  if (method != "GET") {
    request.headers.emplace_back("X-WH-CSRF", "1");
    request.headers.emplace_back("Idempotency-Key", base::Uuid::v7(clock_.utc_now()).to_string());
  }
  return request;
}

async::Task<base::Result<http_client::Response>> Api::call(std::string method, std::string path, std::string body) {
  auto message = request(method, path);
  message.headers.emplace_back("Accept", "application/json, text/plain");
  if (!body.empty()) {
    message.headers.emplace_back("Content-Type", "application/json");
    message.body = std::move(body);
  }
  co_return co_await exchange(std::move(message));
}

async::Task<base::Result<http_client::Response>> Api::send_bytes(std::string path, std::string bytes) {
  auto message = request("PUT", path);
  message.headers.emplace_back("Content-Type", "application/octet-stream");
  message.body = std::move(bytes);
  co_return co_await exchange(std::move(message));
}

async::Task<base::Result<http_client::Response>> Api::exchange(http_client::Request message) {
  const bool reads = message.method == "GET";
  for (int attempt = 1;; ++attempt) {
    auto copy = message;
    auto response = co_await client_.send(std::move(copy), base::Deadline::after(clock_, request_wait_));
    const bool ok = response && response->status / 100 == 2;
    if (ok) co_return response;
    const bool last = attempt >= (reads ? kReadTries : kWriteTries);
    // The same Idempotency-Key: the server does it once, however often it is asked.
    const bool again = response
                           ? reads && may_pass(response->status)
                           : response.error().code == "net.closed" || (reads && response.error().code == "net.timeout");
    if (last || !again) {
      if (response) co_return std::unexpected(error_of(response->status, response->body));
      co_return response;
    }
    co_await async::sleep(kFirstPause * (1 << (attempt - 1)));
  }
}

async::Task<base::Result<std::string>> Api::get(std::string path) {
  CO_TRY_ASSIGN(auto response, co_await call("GET", std::move(path)));
  co_return std::move(response.body);
}

async::Task<base::Result<void>> Api::follow(std::string path, std::function<bool(const Event&)> take) {
  EventParser parser;
  base::Duration pause = milliseconds(250);
  auto last_success = clock_.steady_now();
  for (;;) {
    bool heard = false;
    const auto more = co_await follow_once(path, parser, take, heard);
    if (more && !*more) co_return base::Result<void>{};
    if (heard) {
      pause = milliseconds(250);
      last_success = clock_.steady_now();
    }
    const bool final = !more && (more.error().kind == base::ErrorKind::not_found ||
                                 more.error().kind == base::ErrorKind::unauthenticated ||
                                 more.error().kind == base::ErrorKind::forbidden);
    if (final || clock_.steady_now() - last_success > kGiveUpAfter) {
      if (!more) co_return std::unexpected(more.error());
      co_return base::fail(base::ErrorKind::unavailable, "net.closed", "The server keeps ending the event stream.");
    }
    co_await async::sleep(pause);
    pause = std::min<base::Duration>(pause * 2, seconds(5));
  }
}

/// One connection's worth; false when `take` has had enough.
async::Task<base::Result<bool>> Api::follow_once(std::string path, EventParser& parser,
                                                 std::function<bool(const Event&)>& take, bool& heard) {
  parser.restart();
  auto message = request("GET", path);
  message.headers.emplace_back("Accept", "text/event-stream");
  if (!parser.last_id().empty()) message.headers.emplace_back("Last-Event-ID", parser.last_id());
  CO_TRY_ASSIGN(auto stream, co_await client_.open(std::move(message), base::Deadline::after(clock_, request_wait_)));
  if (stream->status() != 200) {
    std::string body;
    while (body.size() < 65'536) {
      CO_TRY_ASSIGN(const std::string piece, co_await stream->read_some(base::Deadline::after(clock_, request_wait_)));
      if (piece.empty()) break;
      body += piece;
    }
    co_return std::unexpected(error_of(stream->status(), body));
  }
  for (;;) {
    CO_TRY_ASSIGN(const std::string piece, co_await stream->read_some(base::Deadline::after(clock_, kEventWait)));
    if (piece.empty()) co_return true;
    heard = true;
    for (const auto& event : parser.feed(piece)) {
      if (!take(event)) co_return false;
    }
  }
}

}  // namespace cli
