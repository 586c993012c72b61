#include <limits>

#include "control-plane/modules/audit/service.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/installation_routes.hpp"
#include "control-plane/modules/identity/route_actions.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

/// Also for their programs: a job that verifies the log each night.
base::Result<void> require_reader(Tx& tx, InstallationRoutes& routes, const api::Input& input) {
  TRY_CHECK(require_account(input));
  TRY_ASSIGN(const auto person, routes.people.person(tx, caller(input).person));
  if (person.is_operator) return {};
  return base::fail(ErrorKind::forbidden, "forbidden", "Only whoever runs this installation reads its log.");
}

Reply answer(std::string body) {
  return Reply{.status = 200, .body = std::move(body), .headers = {}, .refused = {}, .effect = {}};
}

}  // namespace

// Not of the typed table: a request sees the rows of one organization, and these are of none.
void InstallationRoutes::add(api::Api& api) {
  add_action(api, audit,
             {.method = Method::get,
              .path = "/api/v1/settings/audit/chain",
              .permission = Permission::signed_in,
              .action = "",
              .act = [this](Tx& tx, const api::Input& input, const http::Request&) -> base::Result<Reply> {
                TRY_CHECK(require_reader(tx, *this, input));
                TRY_ASSIGN(const auto limit, input.integer("limit", 200, 1, 500));
                TRY_ASSIGN(const auto after, input.integer("cursor", 0, 0, std::numeric_limits<std::int64_t>::max()));
                return answer(json::encode(log.page(tx, base::OrganizationId(), after, static_cast<int>(limit))));
              }})
      .summary("The installation's own sealed log by sequence; at its end the signed head")
      .tag("audit")
      .query_parameter("limit", "1 to 500, by default 200")
      .query_parameter("cursor", "`next_cursor` of the page before")
      .response_schema(200, json::schema<audit::ChainView>())
      .errors({ErrorKind::invalid, ErrorKind::forbidden});
  add_action(api, audit,
             {.method = Method::get,
              .path = "/api/v1/settings/audit/head",
              .permission = Permission::signed_in,
              .action = "",
              .act = [this](Tx& tx, const api::Input& input, const http::Request&) -> base::Result<Reply> {
                TRY_CHECK(require_reader(tx, *this, input));
                return answer(json::encode(log.head(tx, base::OrganizationId())));
              }})
      .summary("The end of the installation's own log now, signed")
      .tag("audit")
      .response_schema(200, json::schema<audit_chain::Head>())
      .errors({ErrorKind::forbidden});
}

}  // namespace identity
