#include "control-plane/platform/api/admission.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/json/utf8.hpp"

namespace api {
namespace {

constexpr std::size_t kLongestUserAgent = 300;

constexpr std::string_view kCookie = "wh_session";
constexpr std::string_view kCsrfHeader = "X-WH-CSRF";
constexpr std::string_view kBearer = "Bearer ";
/// Parameters of routes that stand in a project.
constexpr std::array<const char*, 3> kInProject{"project", "app", "deployment"};

std::unexpected<base::Error> forbidden(std::string code, std::string message) {
  return base::fail(base::ErrorKind::forbidden, std::move(code), std::move(message));
}

/// What is behind the last colon is a port only when it consists of digits.
std::string_view without_port(std::string_view host) {
  const auto bracket = host.rfind(']');
  const auto colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return host;
  const bool digits = std::ranges::all_of(host.substr(colon + 1), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? host.substr(0, colon) : host;
}

std::optional<auth::Credential> credential_of(const http::Request& request) {
  using Carrier = auth::Credential::Carrier;
  if (const auto header = request.header("Authorization"); header && header->starts_with(kBearer)) {
    return auth::Credential{Carrier::bearer, std::string(header->substr(kBearer.size()))};
  }
  if (auto cookie = request.cookie(kCookie)) return auth::Credential{Carrier::cookie, *std::move(cookie)};
  return std::nullopt;
}

bool has_bearer(const http::Request& request) {
  return request.header("Authorization").value_or("").starts_with(kBearer);
}

base::Result<void> check_place_of_tokens(const http::Request& request) {
  for (const char* name : {"token", "access_token", "session"}) {
    if (!request.query.contains(name)) continue;
    return base::fail(base::ErrorKind::unauthenticated, "token.in_address",
                      "A token in the address would end up in logs: send it as Authorization: Bearer.");
  }
  return {};
}

base::Result<void> check_origin(const http::Request& request, const Doors& doors, bool upgrade) {
  if (has_bearer(request)) return {};  // a browser adds no bearer token by itself
  if (request.method == http::Method::get && !upgrade) return {};
  const auto origin = request.header("Origin");
  const bool known = origin && std::ranges::find(doors.origins, *origin) != doors.origins.end();
  if (upgrade) {
    const bool program = !origin && request.header(kCsrfHeader) == "1";
    if (known || program || !request.cookie(kCookie)) return {};
    return forbidden("csrf.origin", "This request comes from another site and was refused.");
  }
  if (request.header(kCsrfHeader) != "1") return forbidden("csrf.header", "Changes need the header X-WH-CSRF: 1.");
  const auto site = request.header("Sec-Fetch-Site").value_or("same-origin");
  if ((origin && !known) || (site != "same-origin" && site != "none")) {
    return forbidden("csrf.origin", "This request comes from another site and was refused.");
  }
  return {};
}

std::optional<std::string> kind_in_project(const Input& input) {
  for (const char* kind : kInProject) {
    if (input.params.contains(kind)) return kind;
  }
  return std::nullopt;
}

/// What can be decided without the database; nothing when the project must be known first.
std::optional<base::Result<void>> decide(const Input& input) {
  const auto& actor = input.actor;
  if (input.permission == auth::Permission::signed_in && input.writes) {
    if (!actor.principal.grants(auth::Scope::admin)) {
      return forbidden("token.scope", "A token changes nothing of a person's own; only one with the scope admin does.");
    }
    if (!actor.principal.projects.empty()) {
      return forbidden("token.projects",
                       "This token is for some projects only, and changes nothing of a person's own.");
    }
  }
  if (!auth::rule(input.permission).in_project || !actor.differs_by_project()) {
    return auth::authorise(actor, input.permission, input.now);
  }
  if (kind_in_project(input)) return std::nullopt;
  if (!input.every_project) return auth::authorise_any(actor, input.permission, input.now);
  return auth::authorise(actor, input.permission, input.now);
}

base::Result<void> decide_by_project(Tx& tx, const Doors& doors, const Input& input) {
  const auto kind = *kind_in_project(input);
  const auto project = doors.memberships->project_of(tx, input.organization(), kind, input.param(kind));
  auto decision = project ? auth::authorise(input.actor, input.permission, *project, input.now)
                          : base::not_found("project.not_found", "The project");
  if (decision || decision.error().kind != base::ErrorKind::not_found) return decision;
  return base::not_found(kind + ".not_found", "The " + kind);  // as for one that is not there
}

base::Result<void> require_living(const Input& input) {
  const auto& membership = input.actor.membership;
  if (!membership.deleted_at || !input.params.contains("org")) return {};
  const auto permission = input.permission;
  if (permission == auth::Permission::organization_read || permission == auth::Permission::organization_own) {
    return {};
  }
  return base::conflict("organization.deleted", membership.slug +
                                                    " was deleted. For 24 hours an owner can bring it back: wh orgs "
                                                    "undo " +
                                                    membership.slug);
}

/// What a header says as text that can be kept: at most so long, and '?' for what is no UTF-8 or a control character.
std::string readable(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const auto length = json::utf8_length(text);
    const bool good = length > 0 && static_cast<unsigned char>(text.front()) >= 0x20U && text.front() != '\x7f';
    if (kept.size() + std::max<std::size_t>(length, 1) > kLongestUserAgent) break;
    kept += good ? text.substr(0, length) : std::string_view("?");
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return kept;
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

postgres::Reach Input::reach() const {
  if (permission == auth::Permission::nobody) return postgres::Reach::all();
  return postgres::Reach::of(actor.organization, actor.person);
}

base::Result<void> check_request(const http::Request& request, const Doors& doors, bool upgrade) {
  const auto host = without_port(request.header("Host").value_or(""));
  if (!doors.hosts.empty() && std::ranges::find(doors.hosts, host) == doors.hosts.end()) {
    return forbidden("http.host", "The dashboard is not reached under this name; set public_url to use another.");
  }
  TRY_CHECK(check_place_of_tokens(request));
  return check_origin(request, doors, upgrade);
}

Input input_of(const http::Request& request, auth::Permission permission, bool every_project, base::UtcTime now) {
  Input input;
  input.request_id = request.request_id;
  input.remote_address = request.remote_address;
  input.user_agent = readable(request.header("User-Agent").value_or(""));
  input.now = now;
  input.params = request.params;
  input.query = request.query;
  input.permission = permission;
  input.writes = request.method != http::Method::get;
  input.every_project = every_project;
  if (permission != auth::Permission::nobody) input.credential = credential_of(request);
  return input;
}

base::Result<bool> admit_from_memory(const Doors& doors, Input& input) {
  if (input.permission == auth::Permission::nobody) return true;
  if (!input.credential) {
    return base::fail(base::ErrorKind::unauthenticated, "session.missing",
                      "Sign in first: open the dashboard or a setup link, or run wh login.");
  }
  auto principal = doors.credentials->remembered(*input.credential, input.now);
  if (!principal) return false;
  auto membership = doors.memberships->remembered(*principal, input.param("org"), input.now);
  if (!membership) return false;
  input.actor = auth::Actor::of(*std::move(principal), std::move(membership));
  TRY_CHECK(require_living(input));
  if (const auto decision = decide(input)) TRY_CHECK(*decision);
  return true;
}

base::Result<void> admit_in(Tx& tx, const Doors& doors, Input& input, bool from_memory) {
  if (input.permission == auth::Permission::nobody) return {};
  if (!from_memory) {
    TRY_ASSIGN(auto principal, doors.credentials->look_up(tx, *input.credential, input.now));
    input.actor = auth::Actor::of(principal, std::nullopt);
    TRY_ASSIGN(auto membership, doors.memberships->look_up(tx, principal, input.param("org"), input.now));
    input.actor = auth::Actor::of(std::move(principal), std::move(membership));
    TRY_CHECK(require_living(input));
  }
  tx.enter(input.reach());
  if (const auto decision = decide(input)) return *decision;
  return decide_by_project(tx, doors, input);
}

}  // namespace api
