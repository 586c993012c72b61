#include "control-plane/platform/api/api.hpp"

#include <algorithm>

#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/api/guard.hpp"
#include "control-plane/platform/api/idempotency_store.hpp"
#include "control-plane/platform/api/repeats.hpp"

namespace api {
namespace {

base::Result<void> check_body_type(const http::Request& request) {
  if (request.body.empty()) return {};
  const auto type = request.header("Content-Type").value_or("");
  if (type == "application/json" || type.starts_with("application/json;")) return {};
  return base::fail(base::ErrorKind::unsupported, "body.type", "Send the body as Content-Type: application/json.");
}

http::Response to_response(const KeptReply& answer) {
  if (answer.status == 204) return http::Response{.status = 204, .headers = {}, .body = {}, .stream = {}};
  return http::json_response(answer.status, answer.body);
}

/// What the audit log keeps of what was refused: why and where, never what was sent.
struct Refused {
  std::string code;
  std::vector<std::string> fields;
  std::string path;
  template <class F>
  void map(F& f) {
    f.required("code", code);
    f.required("fields", fields);
    f.required("path", path);
  }
};

/// Who is limited to projects, and asked for a thing that is not in them or not there at all.
bool is_out_of_reach(const Input& input, const base::Error& error) {
  return error.kind == base::ErrorKind::not_found && input.actor.visible_projects().has_value();
}

/// Refusals that say something about the caller; a conflict or an outage does not. Reads count where access was denied.
bool is_audited(const std::string& action, const Input& input, const base::Error& error) {
  using base::ErrorKind;
  if (input.actor.is_anonymous()) return false;
  if (error.kind == ErrorKind::forbidden || error.code == "organization.not_found") return true;
  if (is_out_of_reach(input, error)) return true;
  return !action.empty() && (error.kind == ErrorKind::invalid || error.kind == ErrorKind::malformed ||
                             error.kind == ErrorKind::not_found || error.kind == ErrorKind::too_large);
}

Effect effect_of(const base::Error& error, const std::string& path) {
  constexpr std::size_t kMostFields = 20;
  Refused refused{error.code, {}, path.substr(0, 300)};
  for (const auto& field : error.fields) {
    if (refused.fields.size() < kMostFields) refused.fields.push_back(field.pointer.substr(0, 200));
  }
  return Effect{.object_kind = "", .object_id = "", .before = "", .after = json::encode(refused), .organization = {}};
}

/// Whom an Idempotency-Key belongs to.
std::string key_owner(const auth::Actor& actor) {
  if (!actor.person.is_nil()) return actor.person.to_string();
  return actor.is_anonymous() ? "nobody" : actor.session.to_string();
}

base::Result<void> check_caller(const Dependencies& with, const Input& input) {
  return with.limits == nullptr ? base::Result<void>() : with.limits->admit_caller(input.actor);
}

/// One request from sign-in to the stored answer, in one transaction.
base::Result<KeptReply> serve(Tx& tx, const Dependencies& with, const Endpoint& endpoint, const http::Request& request,
                              Input& input, bool from_memory) {
  TRY_CHECK(admit_in(tx, with.doors, input, from_memory));
  if (!from_memory) TRY_CHECK(check_caller(with, input));
  const bool keeps = !endpoint.action.empty() && !endpoint.confidential;
  const auto key = keeps ? request.header("Idempotency-Key") : std::nullopt;
  const std::string key_text(key.value_or(""));
  if (key) {
    const auto sha =
        crypto::sha256_hex(std::string(http::to_string(request.method)) + " " + request.target + "\n" + request.body);
    TRY_ASSIGN(const auto earlier, claim_key(tx, key_owner(input.actor), key_text, sha));
    if (earlier) return *earlier;
  }
  Effect effect;
  TRY_ASSIGN(auto body, endpoint.use(tx, input, request.body, effect));
  KeptReply answer{endpoint.status, std::move(body)};
  if (effect.organization) input.actor.organization = *effect.organization;
  tx.enter(input.reach());  // whatever the handler looked at
  if (!endpoint.action.empty()) with.audit(tx, input, endpoint.action, effect);
  if (key) keep_reply(tx, key_owner(input.actor), key_text, answer);
  if (!endpoint.action.empty()) base::crash_point("api.before_commit");
  return answer;
}

/// What is decided without the database. True when the caller is known already.
base::Result<bool> knock(const Dependencies& with, const http::Request& request, Input& input, bool upgrade) {
  if (with.limits != nullptr) {
    const bool at_the_door = input.permission == auth::Permission::nobody;
    TRY_CHECK(with.limits->admit_address(input.remote_address, at_the_door));
  }
  TRY_CHECK(check_request(request, with.doors, upgrade));
  TRY_ASSIGN(const bool from_memory, admit_from_memory(with.doors, input));
  if (from_memory) TRY_CHECK(check_caller(with, input));
  return from_memory;
}

async::Task<http::Response> refuse(const Dependencies* with, std::string action, std::shared_ptr<Input> input,
                                   base::Error error, std::string path) {
  if (with->audit && is_audited(action, *input, error)) {
    // What was refused was rolled back, so this is a transaction of its own.
    const auto effect = effect_of(error, path);
    co_await with->pool->transaction(input->reach(), [&](Tx& tx) -> base::Result<void> {
      with->audit(tx, *input, action.empty() ? "access.refused" : action + ".refused", effect);
      return {};
    });
  }
  co_return http::problem(error, input->request_id);
}

async::Task<http::Response> answer_request(const Dependencies* with, std::shared_ptr<const Endpoint> endpoint,
                                           http::Request request, std::shared_ptr<Input> input) {
  *input = input_of(request, endpoint->permission, endpoint->every_project, with->clock->utc_now());
  auto known = knock(*with, request, *input, /*upgrade=*/false);
  if (known) {
    if (const auto typed = check_body_type(request); !typed) known = base::fail(typed.error());
  }
  if (!known) co_return co_await refuse(with, endpoint->action, input, known.error(), request.path);
  const bool from_memory = *known;
  const bool keeps = with->kept != nullptr && endpoint->kept && from_memory && !input->actor.differs_by_project();
  const auto question = keeps ? input->organization().to_string() + request.target : std::string();
  const auto change = keeps ? with->kept->change(with->pool->changes()) : 0;
  if (keeps) {
    if (const auto kept = with->kept->find(question, change)) co_return http::json_response(200, *kept);
  }
  const auto reach = from_memory ? input->reach() : postgres::Reach::all();
  auto answer = co_await with->pool->transaction(
      reach, [&](Tx& tx) { return serve(tx, *with, *endpoint, request, *input, from_memory); });
  if (!answer) co_return co_await refuse(with, endpoint->action, input, answer.error(), request.path);
  if (keeps) with->kept->keep(question, change, answer->body);
  co_return to_response(*answer);
}

/// The same, and a line in the log where the operator wants one for each request. Its query may hold anything: it is
/// left out.
async::Task<http::Response> answer_and_log(const Dependencies* with, std::shared_ptr<const Endpoint> endpoint,
                                           http::Request request) {
  const auto input = std::make_shared<Input>();
  const auto began = with->clock->steady_now();
  const std::string method = http::to_string(request.method);
  const std::string path = request.path;
  const std::string id = request.request_id;
  auto response = co_await answer_request(with, std::move(endpoint), std::move(request), input);
  if (with->limits != nullptr) with->limits->describe(input->actor, input->remote_address, response);
  if (!with->log_requests) co_return response;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(with->clock->steady_now() - began).count();
  logging::info("api.request", {{"method", method},
                                {"path", path},
                                {"status", response.status},
                                {"took_ms", took},
                                {"person", input->actor.person.is_nil() ? "" : input->actor.person.to_string()},
                                {"request", id}});
  co_return response;
}

/// Admits in a transaction of its own, which a caller who is known and whose projects do not differ does not need.
async::Task<base::Result<void>> admit_alone(const Dependencies* with, const http::Request& request, Input& input,
                                            bool upgrade) {
  CO_TRY_ASSIGN(const bool known, knock(*with, request, input, upgrade));
  if (known && !input.actor.differs_by_project()) co_return base::Result<void>();
  CO_TRY_CHECK(co_await with->pool->transaction(
      known ? input.reach() : postgres::Reach::all(),
      [&](Tx& tx) -> base::Result<void> { return admit_in(tx, with->doors, input, known); }));
  if (!known) CO_TRY_CHECK(check_caller(*with, input));
  co_return base::Result<void>();
}

async::Task<http::Response> handle_request(const Dependencies* with, std::shared_ptr<const Endpoint> endpoint,
                                           Api::Handler handler, http::Request request) {
  const auto input =
      std::make_shared<Input>(input_of(request, endpoint->permission, endpoint->every_project, with->clock->utc_now()));
  const auto admitted = co_await admit_alone(with, request, *input, /*upgrade=*/false);
  auto response = admitted ? co_await handler(*input, std::move(request))
                           : co_await refuse(with, endpoint->action, input, admitted.error(), request.path);
  if (with->limits != nullptr) with->limits->describe(input->actor, input->remote_address, response);
  if (!admitted) co_return response;
  co_return guarded(std::move(response), &with->doors, with->pool, with->clock, *input);
}

async::Task<void> serve_socket(const Dependencies* with, auth::Permission permission, Api::SocketHandler handler,
                               http::Request request, http::Upgrade& upgrade) {
  const auto input = std::make_shared<Input>(input_of(request, permission, true, with->clock->utc_now()));
  const auto admitted = co_await admit_alone(with, request, *input, /*upgrade=*/true);
  if (!admitted) {
    upgrade.refuse(co_await refuse(with, "", input, admitted.error(), request.path));
    co_return;
  }
  auto transport = co_await upgrade.accept();
  if (!transport) co_return;
  co_await guard_socket(handler(*input, std::move(request), **transport), **transport, &with->doors, with->pool,
                        with->clock, *input);
}

}  // namespace

Api::Api(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

async::Task<base::Result<Input>> Api::admit(http::Request request, auth::Permission permission) {
  auto input = input_of(request, permission, true, clock().utc_now());
  CO_TRY_CHECK(co_await admit_alone(&dependencies_, request, input, /*upgrade=*/false));
  co_return input;
}

async::Task<base::Result<Input>> Api::admit_upgrade(http::Request request, auth::Permission permission) {
  auto input = input_of(request, permission, true, clock().utc_now());
  const auto admitted = co_await admit_alone(&dependencies_, request, input, /*upgrade=*/true);
  if (!admitted) {
    const auto kept = std::make_shared<Input>(std::move(input));
    co_await refuse(&dependencies_, "", kept, admitted.error(), request.path);
    co_return base::fail(admitted.error());
  }
  co_return input;
}

async::Task<void> Api::while_admitted(Input input, async::Task<void> work) {
  co_await guard_work(std::move(work), &dependencies_.doors, &pool(), &clock(), std::move(input));
}

http::Route& Api::handle(http::Method method, const std::string& path, auth::Permission permission, Handler handler,
                         bool every_project) {
  const auto endpoint = std::make_shared<const Endpoint>(
      Endpoint{method, path, permission, /*action=*/"", /*status=*/200, /*use=*/nullptr, every_project});
  const Dependencies* with = &dependencies_;
  return routes()
      .add(method, path,
           [with, endpoint, handler = std::move(handler)](http::Request request) {
             return handle_request(with, endpoint, handler, std::move(request));
           })
      .permission(auth::to_string(permission));
}

http::Route& Api::socket(const std::string& path, auth::Permission permission, SocketHandler handler) {
  const Dependencies* with = &dependencies_;
  return routes()
      .upgrade(path,
               [with, permission, handler = std::move(handler)](http::Request request, http::Upgrade& upgrade) {
                 return serve_socket(with, permission, handler, std::move(request), upgrade);
               })
      .permission(auth::to_string(permission));
}

http::Route& Api::add(Endpoint endpoint) {
  const auto shared = std::make_shared<const Endpoint>(std::move(endpoint));
  const Dependencies* with = &dependencies_;
  auto& route = dependencies_.routes->add(shared->method, shared->path, [with, shared](http::Request request) {
    return answer_and_log(with, shared, std::move(request));
  });
  route.permission(auth::to_string(shared->permission));
  if (!shared->action.empty() && !shared->confidential) route.idempotent_key();
  return route;
}

void Api::require_permissions() const {
  for (const auto& route : dependencies_.routes->routes()) {
    const bool named = !route->about().permission.empty() || !route->pattern().starts_with("/api/");
    BASE_CHECK(named, "a route without a permission: " + route->pattern());
  }
}

void forget_old_answers(Tx& tx) {
  store::forget_old(tx);
  forget_old_usage(tx);
}

}  // namespace api
