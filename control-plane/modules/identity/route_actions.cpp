#include "control-plane/modules/identity/route_actions.hpp"

namespace identity {
namespace {

struct RefusedNote {
  std::string code;
  template <class F>
  void map(F& f) {
    f.required("code", code);
  }
};

base::Result<void> check_body_type(const http::Request& request) {
  if (request.body.empty()) return {};
  const auto type = request.header("Content-Type").value_or("");
  if (type == "application/json" || type.starts_with("application/json;")) return {};
  return base::fail(base::ErrorKind::unsupported, "body.type", "Send the body as Content-Type: application/json.");
}

void note(Tx& tx, audit::Log& audit, const api::Input& input, const std::string& action, const api::Effect& effect,
          const std::optional<base::Error>& refused) {
  if (action.empty()) return;
  audit.record(tx, input,
               {.action = refused ? action + ".refused" : action,
                .object_kind = effect.object_kind,
                .object_id = effect.object_id,
                .before = effect.before,
                .after = refused ? json::encode(RefusedNote{refused->code}) : effect.after,
                .object_name = effect.object_name});
}

http::Response to_response(Reply reply, const std::string& request_id) {
  auto response = reply.refused         ? http::problem(*reply.refused, request_id)
                  : reply.status == 204 ? http::Response{.status = 204, .headers = {}, .body = {}, .stream = {}}
                  : reply.status / 100 == 3
                      ? http::Response{.status = reply.status, .headers = {}, .body = {}, .stream = {}}
                      : http::json_response(reply.status, std::move(reply.body));
  for (auto& header : reply.headers) response.headers.push_back(std::move(header));
  return response;
}

async::Task<http::Response> answer(api::Api* api, audit::Log* audit, std::shared_ptr<const ActionRoute> route,
                                   api::Input input, http::Request request) {
  if (const auto checked = check_body_type(request); !checked) {
    co_return http::problem(checked.error(), request.request_id);
  }
  auto reply = co_await api->pool().transaction([&](Tx& tx) -> base::Result<Reply> {
    TRY_ASSIGN(auto made, route->act(tx, input, request));
    note(tx, *audit, input, route->action, made.effect, made.refused);
    return made;
  });
  if (reply) co_return to_response(*std::move(reply), request.request_id);
  co_await api->pool().transaction([&](Tx& tx) -> base::Result<void> {
    note(tx, *audit, input, route->action, {}, reply.error());
    return {};
  });
  co_return http::problem(reply.error(), request.request_id);
}

}  // namespace

http::Route& add_action(api::Api& api, audit::Log& audit, ActionRoute route) {
  const auto shared = std::make_shared<const ActionRoute>(std::move(route));
  return api.handle(shared->method, shared->path, shared->permission,
                    [to = &api, log = &audit, shared](api::Input input, http::Request request) {
                      return answer(to, log, shared, std::move(input), std::move(request));
                    });
}

}  // namespace identity
