#include "control-plane/modules/audit/routes.hpp"

#include "common/audit/csv.hpp"
#include "common/base/failure.hpp"
#include "control-plane/modules/audit/api.hpp"
#include "control-plane/platform/api/since.hpp"

namespace audit {
namespace {

using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;

constexpr std::size_t kLongestFilter = 200;

Result<std::optional<std::string>> text(const Input& input, const std::string& name) {
  const auto found = input.query.find(name);
  if (found == input.query.end() || found->second.empty()) return std::optional<std::string>();
  if (found->second.size() > kLongestFilter || found->second.find('\0') != std::string::npos)
    return base::invalid(name, name + " has at most 200 characters.");
  return std::optional(found->second);
}

Result<std::optional<std::int64_t>> moment(const Input& input, const std::string& name) {
  TRY_ASSIGN(const auto given, text(input, name));
  if (!given) return std::optional<std::int64_t>();
  const auto parsed = api::read_since(*given, input.now);
  if (!parsed) return base::invalid(name, name + " is a time such as 2026-11-21T12:00:00Z, or a span such as 2h.");
  return std::optional<std::int64_t>(parsed->time_since_epoch().count());
}

/// `<microseconds>-<event id>`
Result<std::optional<Cursor>> cursor(const Input& input) {
  TRY_ASSIGN(const auto given, text(input, "cursor"));
  if (!given) return std::optional<Cursor>();
  const auto dash = given->find('-');
  Input number;
  number.query["cursor"] = given->substr(0, dash);
  const auto at = number.integer("cursor", 0, 0, std::numeric_limits<std::int64_t>::max());
  const auto id = base::Uuid::parse(dash == std::string::npos ? "" : given->substr(dash + 1));
  if (!at || !id) return base::invalid("cursor", "This is no cursor of this list.");
  return std::optional(Cursor{*at, id->to_string()});
}

Result<Filter> filter_of(const Input& input) {
  Filter filter;
  TRY_ASSIGN(filter.since_us, moment(input, "since"));
  TRY_ASSIGN(filter.until_us, moment(input, "until"));
  TRY_ASSIGN(filter.actor, text(input, "actor"));
  TRY_ASSIGN(filter.object, text(input, "object"));
  TRY_ASSIGN(filter.action, text(input, "action"));
  TRY_ASSIGN(const auto app, text(input, "app_id"));
  if (app) {
    TRY_ASSIGN(filter.app, base::AppId::parse(*app));
  }
  TRY_ASSIGN(filter.behind, cursor(input));
  TRY_ASSIGN(filter.limit, input.limit());
  return filter;
}

Result<api::List<EventView>> list(Service& audit, Tx& tx, const Input& input) {
  TRY_ASSIGN(const auto filter, filter_of(input));
  api::List<EventView> shown;
  const auto found = audit.list(tx, input.organization(), filter);
  for (const auto& entry : found) shown.items.push_back(view(entry.event, entry.seal));
  if (static_cast<int>(found.size()) == filter.limit)
    shown.next_cursor = std::to_string(found.back().event.at_us) + "-" + found.back().event.id;
  return shown;
}

Result<ChainView> chain(Service& audit, Tx& tx, const Input& input) {
  TRY_ASSIGN(const auto limit, input.integer("limit", 200, 1, 500));
  TRY_ASSIGN(const auto after, input.integer("cursor", 0, 0, std::numeric_limits<std::int64_t>::max()));
  return audit.page(tx, input.organization(), after, static_cast<int>(limit));
}

constexpr int kExportAtOnce = 500;

/// Page after page, each in a transaction of its own, as long as somebody takes them.
async::Task<void> write_csv(Service& audit, api::Api& api, Input input, Filter filter, http::BodyWriter& writer) {
  filter.limit = kExportAtOnce;
  std::string text = audit_chain::csv_head();
  for (bool more = true; more;) {
    const auto page = co_await api.transaction(
        input, [&](Tx& tx) -> Result<std::vector<Entry>> { return audit.list(tx, input.organization(), filter); });
    // The body ends broken: a file that stops here must not look whole.
    if (!page) throw base::Failure("an export of the audit log was broken off: " + page.error().message);
    for (const auto& entry : *page) text += audit_chain::csv_row(entry.event, entry.seal ? entry.seal->sequence : 0);
    more = static_cast<int>(page->size()) == kExportAtOnce;
    if (more) filter.behind = Cursor{page->back().event.at_us, page->back().event.id};
    if (!co_await writer.write(std::exchange(text, {}))) co_return;
  }
}

async::Task<http::Response> export_csv(Service* audit, api::Api* api, Input input) {
  const auto format = input.query.find("format");
  if (format != input.query.end() && format->second != "csv") {
    const auto wrong = base::invalid("format", "format is csv. For JSON lines with the signed head: wh audit export.");
    co_return http::problem(wrong.error(), input.request_id);
  }
  auto filter = filter_of(input);
  if (!filter) co_return http::problem(filter.error(), input.request_id);
  http::Response response;
  response.set_header("Content-Type", "text/csv; charset=utf-8");
  response.set_header("Content-Disposition", "attachment; filename=\"audit.csv\"");
  response.set_header("Cache-Control", "no-store");
  response.stream = [audit, api, input, filter = *filter](http::BodyWriter& writer) {
    return write_csv(*audit, *api, input, filter, writer);
  };
  co_return response;
}

}  // namespace

void Routes::add(api::Api& api) {
  auto* const log = &audit;
  auto* const to = &api;
  api.handle(http::Method::get, "/api/v1/orgs/{org}/audit/export", Permission::audit_read,
             [log, to](Input input, http::Request) { return export_csv(log, to, std::move(input)); })
      .summary("The log as comma-separated values for spreadsheets, newest first")
      .tag("audit")
      .query_parameter("format", "csv, the only one")
      .query_parameter("since", "From this time on (RFC 3339), or a span before now: 90s, 10m, 2h, 3d")
      .query_parameter("until", "Before this time, in the same form")
      .query_parameter("actor", "As in the list")
      .query_parameter("object", "As in the list")
      .query_parameter("action", "As in the list")
      .query_parameter("app_id", "Only what concerns this app")
      .errors({ErrorKind::invalid});
  api.read<api::List<EventView>>("/api/v1/orgs/{org}/audit", Permission::audit_read,
                                 [this](Tx& tx, const Input& input) { return list(audit, tx, input); })
      .summary("What people, tokens and signed commands did, newest first")
      .tag("audit")
      .query_parameter("since", "From this time on (RFC 3339), or a span before now: 90s, 10m, 2h, 3d")
      .query_parameter("until", "Before this time, in the same form")
      .query_parameter("actor", "Name or id of a person or token; or person, token, hook, worker, system, nobody")
      .query_parameter("object", "Kind, id or name of what it was done to")
      .query_parameter("action", "Such as app.deploy; with a dot at its end, everything that begins so: app.")
      .query_parameter("app_id", "Only what concerns this app")
      .query_parameter("limit", "1 to 100, by default 50")
      .query_parameter("cursor", "`next_cursor` of the page before")
      .errors({ErrorKind::invalid});
  api.read<ChainView>("/api/v1/orgs/{org}/audit/chain", Permission::audit_read,
                      [this](Tx& tx, const Input& input) { return chain(audit, tx, input); })
      .summary("The sealed log by sequence, for export and for verifying it; at its end the signed head")
      .tag("audit")
      .query_parameter("limit", "1 to 500, by default 200")
      .query_parameter("cursor", "`next_cursor` of the page before")
      .errors({ErrorKind::invalid});
  api.read<audit_chain::Head>("/api/v1/orgs/{org}/audit/head", Permission::audit_read,
                              [this](Tx& tx, const Input& input) -> Result<audit_chain::Head> {
                                return audit.head(tx, input.organization());
                              })
      .summary("The end of the log now, signed: keep it elsewhere, and a log that was cut off shows")
      .tag("audit");
}

}  // namespace audit
