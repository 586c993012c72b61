#include "control-plane/platform/api/api.hpp"

#include <algorithm>
#include <charconv>

#include "common/base/crash_point.hpp"
#include "common/crypto/hash.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/api/idempotency_store.hpp"

namespace api {
namespace {

constexpr std::string_view kCookie = "wh_session";
constexpr std::string_view kCsrfHeader = "X-WH-CSRF";

struct Answer {
  int status;
  std::string body;
};

base::Result<void> check_origin(const http::Request& request, const std::vector<std::string>& origins) {
  if (request.method == http::Method::get) return {};
  if (request.header(kCsrfHeader) != "1") {
    return base::fail(base::ErrorKind::forbidden, "csrf.header", "Changes need the header X-WH-CSRF: 1.");
  }
  const auto origin = request.header("Origin");
  if (origin && std::ranges::find(origins, *origin) == origins.end()) {
    return base::fail(base::ErrorKind::forbidden, "csrf.origin",
                      "This request comes from another site and was refused.");
  }
  return {};
}

base::Result<void> check_body_type(const http::Request& request) {
  if (request.body.empty()) return {};
  const auto type = request.header("Content-Type").value_or("");
  if (type == "application/json" || type.starts_with("application/json;")) return {};
  return base::fail(base::ErrorKind::unsupported, "body.type", "Send the body as Content-Type: application/json.");
}

/// Signs in, authorises and fills the call. In the caller's transaction: one round trip to a database thread in all.
/// `input` says who called also where they may not do what they asked for.
base::Result<void> admit_in(Tx& tx, auth::Authenticator& authenticator, const http::Request& request,
                            auth::Permission permission, base::UtcTime now, Input& input) {
  input.request_id = request.request_id;
  input.remote_address = request.remote_address;
  input.now = now;
  input.params = request.params;
  input.query = request.query;
  if (permission == auth::Permission::nobody) return {};
  const auto token = request.cookie(kCookie);
  if (!token) {
    return base::fail(base::ErrorKind::unauthenticated, "session.missing",
                      "Sign in first: open a setup link, or run wh login.");
  }
  TRY_ASSIGN(input.actor, authenticator.authenticate(tx, *token, input.param("org"), now));
  return auth::authorise(input.actor, permission);
}

/// The stored answer of an earlier request with this key, or nothing when the key is now ours.
base::Result<std::optional<Answer>> claim(Tx& tx, const std::string& actor, const std::string& key,
                                          const std::string& sha) {
  if (key.size() > 200) return base::invalid("Idempotency-Key", "At most 200 characters.");
  if (store::claim_key(tx, actor, key, sha)) return std::optional<Answer>();
  auto kept = store::find_answer(tx, actor, key);
  if (kept.request_sha256 != sha) {
    return base::fail(base::ErrorKind::invalid, "idempotency.reused",
                      "This Idempotency-Key was used for another request. Use a fresh key for each new request.");
  }
  return std::optional(Answer{kept.status, std::move(kept.body)});
}

http::Response to_response(const Answer& answer) {
  if (answer.status == 204) return http::Response{.status = 204, .headers = {}, .body = {}, .stream = {}};
  return http::json_response(answer.status, answer.body);
}

}  // namespace

std::string Input::param(const std::string& name) const {
  const auto found = params.find(name);
  return found == params.end() ? std::string() : found->second;
}

base::Result<std::int64_t> Input::integer(const std::string& name, std::int64_t fallback, std::int64_t low,
                                          std::int64_t high) const {
  const auto found = query.find(name);
  if (found == query.end()) return fallback;
  std::int64_t value = 0;
  const auto& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
    return base::invalid(name,
                         name + " is a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ".");
  }
  return value;
}

base::Result<int> Input::limit() const {
  TRY_ASSIGN(const auto value, integer("limit", 50, 1, 100));
  return static_cast<int>(value);
}

Api::Api(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

async::Task<base::Result<Input>> Api::admit(http::Request request, auth::Permission permission) {
  CO_TRY_CHECK(check_origin(request, dependencies_.origins));
  auto* authenticator = dependencies_.authenticator;
  const auto now = dependencies_.clock->utc_now();
  co_return co_await pool().transaction([&request, authenticator, permission, now](Tx& tx) -> base::Result<Input> {
    Input input;
    TRY_CHECK(admit_in(tx, *authenticator, request, permission, now, input));
    return input;
  });
}

async::Task<base::Result<Input>> Api::admit_upgrade(http::Request request, auth::Permission permission) {
  const auto origin = request.header("Origin");
  if (origin && std::ranges::find(dependencies_.origins, *origin) == dependencies_.origins.end()) {
    co_return base::fail(base::ErrorKind::forbidden, "ws.origin",
                         "This connection comes from another site and was refused.");
  }
  co_return co_await admit(std::move(request), permission);
}

namespace {

/// What the audit log keeps of a write that was refused: why and where, never what was sent.
struct Refused {
  std::string code;
  std::vector<std::string> fields;
  template <class F>
  void map(F& f) {
    f.required("code", code);
    f.required("fields", fields);
  }
};

/// Refusals that say something about the caller; a conflict or an outage does not.
bool is_audited(const Endpoint& endpoint, const Input& input, base::ErrorKind kind) {
  if (endpoint.action.empty() || input.actor.person.is_nil()) return false;
  return kind == base::ErrorKind::invalid || kind == base::ErrorKind::malformed || kind == base::ErrorKind::forbidden ||
         kind == base::ErrorKind::not_found || kind == base::ErrorKind::too_large;
}

Effect effect_of(const base::Error& error) {
  constexpr std::size_t kMostFields = 20;
  Refused refused{error.code, {}};
  for (const auto& field : error.fields) {
    if (refused.fields.size() < kMostFields) refused.fields.push_back(field.pointer.substr(0, 200));
  }
  return Effect{.object_kind = "", .object_id = "", .before = "", .after = json::encode(refused)};
}

/// One request from sign-in to the stored answer, in one transaction.
base::Result<Answer> serve(Tx& tx, const Dependencies& with, const Endpoint& endpoint, const http::Request& request,
                           Input& input) {
  input = Input();
  TRY_CHECK(admit_in(tx, *with.authenticator, request, endpoint.permission, with.clock->utc_now(), input));
  const auto key = endpoint.action.empty() ? std::nullopt : request.header("Idempotency-Key");
  const auto actor = input.actor.person.is_nil() ? "nobody" : input.actor.person.to_string();
  const std::string key_text(key.value_or(""));
  if (key) {
    const auto sha =
        crypto::sha256_hex(std::string(http::to_string(request.method)) + " " + request.target + "\n" + request.body);
    TRY_ASSIGN(const auto earlier, claim(tx, actor, key_text, sha));
    if (earlier) return *earlier;
  }
  Effect effect;
  TRY_ASSIGN(auto body, endpoint.use(tx, input, request.body, effect));
  Answer answer{endpoint.status, std::move(body)};
  if (!endpoint.action.empty()) with.audit(tx, input, endpoint.action, effect);
  if (key) store::keep_answer(tx, actor, key_text, answer.status, answer.body);
  if (!endpoint.action.empty()) base::crash_point("api.before_commit");
  return answer;
}

async::Task<http::Response> answer_request(const Dependencies* with, std::shared_ptr<const Endpoint> endpoint,
                                           http::Request request, std::shared_ptr<Input> input) {
  auto checked = check_origin(request, with->origins);
  if (checked) checked = check_body_type(request);
  if (!checked) co_return http::problem(checked.error(), request.request_id);
  auto answer = co_await with->pool->transaction([&](Tx& tx) { return serve(tx, *with, *endpoint, request, *input); });
  if (answer) co_return to_response(*answer);
  if (is_audited(*endpoint, *input, answer.error().kind)) {
    // What was refused was rolled back, so this is a transaction of its own.
    const auto effect = effect_of(answer.error());
    co_await with->pool->transaction([&](Tx& tx) -> base::Result<void> {
      with->audit(tx, *input, endpoint->action + ".refused", effect);
      return {};
    });
  }
  co_return http::problem(answer.error(), request.request_id);
}

/// The same, and a line in the log where the operator wants one for each request. Its query may hold anything: it is
/// left out.
async::Task<http::Response> answer_and_log(const Dependencies* with, std::shared_ptr<const Endpoint> endpoint,
                                           http::Request request) {
  const auto input = std::make_shared<Input>();
  if (!with->log_requests) co_return co_await answer_request(with, std::move(endpoint), std::move(request), input);
  const auto began = with->clock->steady_now();
  const std::string method = http::to_string(request.method);
  const std::string path = request.path;
  const std::string id = request.request_id;
  auto response = co_await answer_request(with, std::move(endpoint), std::move(request), input);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(with->clock->steady_now() - began).count();
  logging::info("api.request", {{"method", method},
                                {"path", path},
                                {"status", response.status},
                                {"took_ms", took},
                                {"person", input->actor.person.is_nil() ? "" : input->actor.person.to_string()},
                                {"request", id}});
  co_return response;
}

}  // namespace

http::Route& Api::add(Endpoint endpoint) {
  const auto shared = std::make_shared<const Endpoint>(std::move(endpoint));
  const Dependencies* with = &dependencies_;
  auto& route = dependencies_.routes->add(shared->method, shared->path, [with, shared](http::Request request) {
    return answer_and_log(with, shared, std::move(request));
  });
  route.permission(shared->permission == auth::Permission::nobody ? "" : auth::to_string(shared->permission));
  if (!shared->action.empty()) route.idempotent_key();
  return route;
}

void forget_old_answers(Tx& tx) {
  store::forget_old(tx);
}

}  // namespace api
