#include <array>

#include "common/crypto/hash.hpp"
#include "common/log/log.hpp"
#include "control-plane/modules/hooks/api.hpp"
#include "control-plane/modules/hooks/delivery.hpp"
#include "control-plane/modules/hooks/routes.hpp"
#include "control-plane/platform/api/buckets.hpp"
#include "control-plane/platform/api/repeats.hpp"

namespace hooks {
namespace {

using base::ErrorKind;

constexpr const char* kPattern = "/hooks/deploy/{token}";
/// What logs and events say instead of the path, whose end is a secret.
constexpr const char* kMasked = "/hooks/deploy/…";
/// A forge's push may list hundreds of commits, and is not read beyond its first members.
constexpr std::size_t kLongestBody = std::size_t{1} << 20U;
/// What names a delivery, so that the same one twice deploys once.
constexpr std::array<const char*, 4> kDeliveryHeaders{"Idempotency-Key", "X-GitHub-Delivery", "X-Gitea-Delivery",
                                                      "X-Request-UUID"};
/// Events of tries at one hook, or at none, in the audit log: it must not be filled by who knows no address.
constexpr api::Rate kNotedRefusals{60, 60};

std::optional<std::string> delivery_name(const http::Request& request) {
  for (const char* name : kDeliveryHeaders) {
    if (const auto value = request.header(name); value && !value->empty()) return std::string(*value);
  }
  return std::nullopt;
}

auth::Call call_of(const http::Request& request, base::UtcTime now) {
  return api::input_of(request, auth::Permission::nobody, /*every_project=*/true, now);
}

/// The hook itself as who calls: it may do nothing that asks for a permission.
void become(auth::Call& call, const Hook& hook) {
  call.actor.name = hook.name;
  call.actor.organization = hook.organization;
  call.actor.principal.scope = auth::Scope::read;
}

audit::Program program(const std::optional<Hook>& hook) {
  if (!hook) return {.kind = "nobody", .id = {}, .name = {}};
  return {.kind = "hook", .id = hook->id.to_string(), .name = hook->name};
}

/// What the audit log keeps of a refused call.
struct RefusedCall {
  std::string code;
  std::string path;
  template <class F>
  void map(F& f) {
    f.required("code", code);
    f.required("path", path);
  }
};

struct CallNote {
  std::int64_t number{0};
  std::optional<std::string> commit;
  template <class F>
  void map(F& f) {
    f.required("number", number);
    f.required("commit", commit);
  }
};

/// One call from its address to the stored answer, in one transaction. `found`: whose address it is.
base::Result<api::KeptReply> serve(Tx& tx, Service& hooks, audit::Log& audit, const http::Request& request,
                                   auth::Call& call, std::optional<Hook>& found) {
  found = hooks.find(tx, request.params.at("token"));
  if (!found) return no_hook();
  become(call, *found);
  TRY_CHECK(Service::require_alive(*found, call.now));
  tx.enter(postgres::Reach::of(found->organization, {}));
  TRY_ASSIGN(const auto delivery, read_delivery(request));
  const auto key = delivery_name(request);
  const auto owner = found->id.to_string();
  if (key) {
    const auto sha = crypto::sha256_hex("POST " + request.target + "\n" + request.body);
    TRY_ASSIGN(const auto earlier, api::claim_key(tx, owner, *key, sha));
    if (earlier) return *earlier;
  }
  TRY_ASSIGN(const auto called, hooks.deliver(tx, call, *found, delivery));
  api::KeptReply reply{200, json::encode(HookSkipped{called.skipped})};
  if (called.deployment) {
    const auto& made = *called.deployment;
    reply = {202,
             json::encode(HookDeployment{made.id, made.number, made.app_name, deployments::to_string(made.state)})};
    audit.record_program(tx, call, program(found),
                         {.action = "deploy_hook.deploy",
                          .object_kind = "deployment",
                          .object_id = made.id.to_string(),
                          .before = "",
                          .after = json::encode(CallNote{made.number, made.commit}),
                          .object_name = made.app_name + " #" + std::to_string(made.number),
                          .app_id = made.app.to_string()});
  }
  if (key) api::keep_reply(tx, owner, *key, reply);
  return reply;
}

}  // namespace

base::Result<void> Routes::admit(const std::string& address) {
  TRY_CHECK(limits.admit_address(address, /*at_the_door=*/false));
  if (limits.take(api::kHookCalls + api::neighbourhood(address), rate)) return {};
  return base::fail(ErrorKind::rate_limited, "rate.hook",
                    "Too many calls of hooks from your address. Wait a moment; Retry-After says how long.");
}

async::Task<http::Response> Routes::receive(api::Api& api, http::Request request) {
  auto call = call_of(request, api.clock().utc_now());
  std::optional<Hook> found;
  auto reply = base::Result<api::KeptReply>(base::fail(ErrorKind::internal, "internal", ""));
  if (const auto admitted = admit(call.remote_address); !admitted) {
    reply = base::fail(admitted.error());
  } else {
    reply = co_await api.pool().transaction([&](Tx& tx) { return serve(tx, hooks, audit, request, call, found); });
    const auto who = found ? found->id.to_string() : std::string("nobody");
    if (!reply && limits.take("hook-refused:" + who, kNotedRefusals)) {
      // What was refused was rolled back, so this is a transaction of its own.
      const auto note = json::encode(RefusedCall{reply.error().code, kMasked});
      co_await api.pool().transaction([&](Tx& tx) -> base::Result<void> {
        audit.record_program(tx, call, program(found),
                             {.action = "deploy_hook.deploy.refused",
                              .object_kind = "deploy_hook",
                              .object_id = found ? found->id.to_string() : "",
                              .before = "",
                              .after = note,
                              .object_name = found ? found->name : ""});
        return {};
      });
    }
  }
  auto response =
      reply ? http::json_response(reply->status, reply->body) : http::problem(reply.error(), call.request_id);
  response.set_header("Cache-Control", "no-store");
  limits.describe(auth::Actor{}, call.remote_address, response);
  if (log_requests) {
    logging::info("api.request",
                  {{"method", "POST"}, {"path", kMasked}, {"status", response.status}, {"request", call.request_id}});
  }
  co_return response;
}

void Routes::add_address(api::Api& api) {
  api.routes()
      .add(http::Method::post, kPattern,
           [this, &api](http::Request request) { return receive(api, std::move(request)); })
      .summary("Deploy what a deploy hook is for")
      .tag("deployments")
      .query_parameter("commit", "The whole id of the commit to deploy; without: the newest of the branch")
      .body_limit(kLongestBody)
      .response_schema(202, json::schema<HookDeployment>())
      .response_schema(200, json::schema<HookSkipped>())
      .idempotent_key()
      .errors({ErrorKind::not_found, ErrorKind::conflict, ErrorKind::invalid});
}

}  // namespace hooks
