#include "control-plane/modules/fleet/routes.hpp"

#include "common/base/bytes.hpp"

#include "control-plane/modules/fleet/api.hpp"

namespace fleet {
namespace {

WorkerView view(const Worker& worker) {
  WorkerView shown;
  shown.id = worker.id;
  shown.name = worker.name;
  shown.state = worker.state;
  shown.cordoned = worker.cordoned;
  if (worker.capabilities.run) shown.capabilities.emplace_back("run");
  if (worker.capabilities.build) shown.capabilities.emplace_back("build");
  if (worker.capabilities.edge) shown.capabilities.emplace_back("edge");
  if (worker.capabilities.registry) shown.capabilities.emplace_back("registry");
  shown.agent_version = worker.agent_version;
  shown.cpus = worker.cpus;
  shown.memory_bytes = worker.memory_bytes;
  shown.labels = worker.labels;
  shown.last_seen_at = worker.last_seen_at;
  return shown;
}

/// 401 carries Date, from which an agent corrects its clock (PROTOCOL 3).
http::Response with_date(http::Response response, const base::Clock& clock) {
  const auto now = std::chrono::system_clock::to_time_t(clock.utc_now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const auto length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  response.set_header("Date", std::string(text.data(), length));
  return response;
}

async::Task<http::Response> register_worker(Routes* self, postgres::Pool* pool, http::Request request) {
  if (self->failures.exceeded(request.remote_address)) {
    co_return http::problem(base::Error(base::ErrorKind::rate_limited, "worker.too_many_failures",
                                        "Too many failed registrations from this address. Wait a minute."),
                            request.request_id);
  }
  auto decoded = protocol::decode_register(request.body);
  if (!decoded) {
    self->failures.failed(request.remote_address);
    auto error = decoded.error();
    error.kind = base::ErrorKind::invalid;
    co_return http::problem(error, request.request_id);
  }
  auto registered =
      co_await pool->transaction([&](Tx& tx) { return self->registration.register_worker(tx, *decoded); });
  if (!registered) {
    self->failures.failed(request.remote_address);
    co_return http::problem(registered.error(), request.request_id);
  }
  co_return http::json_response(registered->repeated ? 200 : 201, json::encode(registered->response));
}

async::Task<http::Response> refresh(Routes* self, postgres::Pool* pool, const base::Clock* clock,
                                    http::Request request) {
  const std::string signature(request.header(protocol::kSignatureHeader).value_or(""));
  auto refreshed =
      co_await pool->transaction([&](Tx& tx) { return self->registration.refresh(tx, request.body, signature); });
  if (!refreshed) co_return with_date(http::problem(refreshed.error(), request.request_id), *clock);
  co_return http::json_response(200, json::encode(*refreshed));
}

/// The worker JWT from `Basic base64(worker id:JWT)` or `Bearer JWT`.
std::string token_of(const http::Request& request) {
  const auto header = request.header("Authorization").value_or("");
  constexpr std::string_view kBasic = "Basic ";
  constexpr std::string_view kBearer = "Bearer ";
  if (header.starts_with(kBearer)) return std::string(header.substr(kBearer.size()));
  if (!header.starts_with(kBasic)) return {};
  const auto pair = base::base64_decode(header.substr(kBasic.size()));
  if (!pair) return {};
  const auto colon = pair->find(':');
  return colon == std::string::npos ? std::string() : pair->substr(colon + 1);
}

struct RegistryToken {
  std::string token;
  int expires_in{300};
  template <class F>
  void map(F& f) {
    f.required("token", token);
    f.required("expires_in", expires_in);
  }
};

async::Task<http::Response> registry_token(Routes* self, postgres::Pool* pool, http::Request request) {
  const auto scope = request.query.contains("scope") ? request.query.at("scope") : std::string();
  const auto token = token_of(request);
  auto granted = co_await pool->transaction([&](Tx& tx) -> base::Result<std::string> {
    TRY_ASSIGN(const auto admitted, self->registration.admit(tx, token));
    return self->registry.worker_token(tx, admitted.id, scope);
  });
  if (!granted) co_return http::problem(granted.error(), request.request_id);
  RegistryToken answer;
  answer.token = *granted;
  co_return http::json_response(200, json::encode(answer));
}

}  // namespace

void Routes::add_api(api::Api& api) {
  api.read<api::List<WorkerView>>("/api/v1/orgs/{org}/workers", auth::Permission::worker_read,
                                  [this](Tx& tx, const api::Input&) -> base::Result<api::List<WorkerView>> {
                                    api::List<WorkerView> list;
                                    for (const auto& worker : workers.list(tx)) list.items.push_back(view(worker));
                                    return list;
                                  })
      .summary("List workers")
      .tag("workers");
  api.write<NewEnrolment, EnrolmentView>(
         http::Method::post, "/api/v1/orgs/{org}/workers/enrolment-tokens", auth::Permission::worker_manage,
         "worker.enrol", 201,
         [this](Tx& tx, const api::Input& input, const NewEnrolment& wanted,
                api::Effect& effect) -> base::Result<EnrolmentView> {
           // A worker runs and builds the apps of every organization, and reads their variables.
           TRY_CHECK(people.require_operator(tx, input));
           TRY_ASSIGN(auto made, registration.make_token(tx, wanted.name, input.actor.person.to_string()));
           effect.object_kind = "worker";
           effect.object_id = made.name;
           effect.object_name = made.name;
           return EnrolmentView{made.token, made.name, made.expires_at, hub_url, keys.authority_pin()};
         },
         /*confidential=*/true)
      .summary("Make an enrolment token for a new worker; only whoever runs the installation does")
      .tag("workers")
      .errors({base::ErrorKind::invalid, base::ErrorKind::conflict, base::ErrorKind::forbidden});
}

void Routes::add_hub(http::RouteTable& table, postgres::Pool& pool) {
  auto* const self = this;
  auto* const to = &pool;
  const auto* const clock = &hub.clock();
  table
      .add(http::Method::post, std::string(protocol::kRegisterPath),
           [self, to](http::Request request) { return register_worker(self, to, std::move(request)); })
      .summary("Register a worker");
  table
      .add(http::Method::post, std::string(protocol::kRefreshPath),
           [self, to, clock](http::Request request) { return refresh(self, to, clock, std::move(request)); })
      .summary("Refresh a worker token");
  table
      .add(http::Method::get, "/v1/workers/registry-token",
           [self, to](http::Request request) { return registry_token(self, to, std::move(request)); })
      .summary("Token realm of the image registry")
      .query_parameter("scope", "repository:NAME:pull");
  table.upgrade(std::string(protocol::kConnectPath), hub.connect_handler());
}

}  // namespace fleet
