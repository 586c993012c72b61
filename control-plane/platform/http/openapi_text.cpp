#include "control-plane/platform/http/openapi_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace http {
namespace {

constexpr std::string_view kDescription =
    R"(Everything that the dashboard and the `wh` command line do goes through this API.

**Signing in.** Programs send `Authorization: Bearer wh_pat_…`, a token made in the dashboard or with `wh tokens create`. Its scope (`read`, `deploy`, `write`, `admin`) bounds what it may do; each operation names the least. Browsers use the cookie `wh_session`, and send `X-WH-CSRF: 1` with every write.

**Errors** are problem documents (RFC 9457) of type `application/problem+json`: react to `code`, show `detail`, find wrong fields in `errors` by JSON pointer. What you may not see is 404.

**Lists** come in pages: `limit` is 1 to 100 (50), and `next_cursor` of one page is `cursor` of the next; it is null at the end.

**Retries.** Reads may be repeated. Send writes with an `Idempotency-Key` of your own; the same key with the same request gives the first answer again for 24 hours. 429 and 503 say in `Retry-After` when to come back.

**Live.** Event streams are server-sent events; after a broken connection send the last `id` as `Last-Event-ID`, and nothing is missed. A log can also be followed over a WebSocket.

**Versions.** The path carries the version. Within v1, members and values may be added: ignore what you do not know. Nothing is removed or changed in meaning; what will go in a later version is marked `deprecated` here and answers with the headers `Deprecation` and `Sunset`, at least six months before.)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kTags{{
    {"account", "The person who is signed in: profile, sessions, identities."},
    {"apps", "Apps: what is built and run, and where it answers."},
    {"audit", "The sealed log of who did what, and what an app was at a time."},
    {"deployments", "Deployments and the releases that they make."},
    {"keys", "SSH keys, for git push."},
    {"live", "What changes, as it happens."},
    {"logs", "What builds and apps print."},
    {"members", "Who is in an organization, with which role."},
    {"organizations", "Organizations, the tenants of an installation."},
    {"projects", "Projects and their environments."},
    {"second factor", "One-time codes and recovery codes."},
    {"session", "The sign-in that a request comes with."},
    {"settings", "Settings of the installation: sign-in and mail."},
    {"sign-in", "Ways in: an OpenID provider, a code of the command line."},
    {"tokens", "Tokens of programs, of a person or an organization."},
    {"uploads", "Folders that are sent to be built, in parts that survive broken connections and restarts."},
    {"variables", "Environment variables on four levels; changes are staged until they are deployed."},
    {"workers", "The machines that build and run."},
}};

constexpr std::string_view kChange =
    "id: 8231:5520\nevent: change\ndata: "
    "{\"kind\":\"deployment.live\",\"app_id\":\"01993b2e-0000-7000-8000-000000000001\","
    "\"at\":\"2026-11-21T20:00:00.000Z\",\"data\":{}}\n\n";
constexpr std::string_view kFeed =
    "Server-sent events. `ready` comes first and carries the position; `change` for each change; `reset` when the "
    "position given is older than what is kept (7 days): read again what you show. Comments keep the line open every "
    "15 seconds. `curl -N -H 'Authorization: Bearer …' …/feed` shows it.";
constexpr PlainContent kEvents{"text/event-stream", kChange};
constexpr PlainContent kLog{"text/plain", "listening on port 8080\n"};
constexpr PlainContent kLogEvents{
    "text/event-stream", "id: 19\nevent: log\ndata: {\"offset\":0,\"text\":\"STEP 1/3: FROM busybox\\n\"}\n\n"};
constexpr PlainContent kRedirect{};

constexpr std::array<OperationText, 14> kOperations{{
    {"get_feed", kFeed, 200, kEvents, {}},
    {"get_orgs_by_org_feed", kFeed, 200, kEvents, {}},
    {"get_orgs_by_org_deployments_by_deployment_log",
     "The bytes of the build log from `offset` on. The header `X-WH-Next-Offset` says where to go on.",
     200,
     {"text/plain", "==> Building Dockerfile\n"},
     {}},
    {"get_orgs_by_org_deployments_by_deployment_log_stream",
     "Server-sent events: `log` with a piece of text and its offset, `end` when the log is complete. Resume with "
     "`Last-Event-ID`.",
     200,
     kLogEvents,
     {}},
    {"get_orgs_by_org_apps_by_app_logs", "What the app's replicas printed, oldest line first.", 200, kLog, {}},
    {"get_orgs_by_org_apps_by_app_logs_stream",
     "Server-sent events: `log` with replica and text, `gap` where lines were lost, `note` for what happened to the "
     "stream, `end` when nothing more can come. Resume with `Last-Event-ID`.",
     200,
     {"text/event-stream",
      "id: 0.77\nevent: log\ndata: {\"replica\":\"0\",\"text\":\"listening on port 8080\\n\"}\n\n"},
     {}},
    {"get_orgs_by_org_apps_by_app_logs_socket",
     "A WebSocket of JSON text messages with the same events as the stream: `{\"event\":\"log\",\"id\":\"…\","
     "\"data\":{…}}`. The server pings; a reader that is too slow gets a `gap`. It closes with 1001 when the server "
     "goes away (come back with `from`), with 4403 when the right to read has ended.",
     101,
     {},
     {}},
    {"put_orgs_by_org_apps_by_app_uploads_by_upload_parts_by_offset",
     "The body is the bytes of the archive from this offset on, at most 1 MiB. When this is answered they are kept: "
     "after a broken connection ask how much has arrived and go on there. A part that is there already changes "
     "nothing.",
     0,
     {},
     {"application/octet-stream", "(bytes)"}},
    {"get_sign_in_start", "Leads the browser to the OpenID provider.", 303, kRedirect, {}, true},
    {"get_sign_in_callback",
     "Where the provider sends the browser back to; leads into the dashboard.",
     303,
     kRedirect,
     {},
     true},
    {"get_orgs_by_org_audit_export",
     "What `audit` lists, whole and with the same filters, as it is read. A first line names the columns; `before` and "
     "`after` are JSON. A cell that a spreadsheet would take for a formula begins with an apostrophe.",
     200,
     {"text/csv", "at,actor_kind,actor_name\r\n2026-11-21T20:00:00.000Z,person,Ada\r\n"},
     {}},
    {"post_hooks_deploy_by_token",
     "What a deploy hook's address is for: whoever has it needs no other credential. The body may be empty, "
     "`{\"commit\": \"…\"}`, or what GitHub, GitLab or Gitea send for a push: pushes to other branches and other "
     "events "
     "are answered 200 and deploy nothing. A delivery with the same `Idempotency-Key`, `X-GitHub-Delivery` or "
     "`X-Gitea-Delivery` deploys once.",
     0,
     {},
     {}},
    {"post_orgs_by_org_apps_by_app_deployments",
     "Queues a deployment and answers at once with its id; follow `state` until it is `live`, `failed`, `cancelled` or "
     "`superseded`. With `upload`, the folder that was sent is built instead of the repository.",
     0,
     {},
     {}},
    {"post_orgs_by_org_apps_by_app_uploads",
     "Announce a `tar.gz` archive by its size and hash, `PUT` its parts in order, then `complete` it. An upload of the "
     "same content that is there already is answered again, so a program that begins anew goes on where it stopped.",
     0,
     {},
     {}},
}};

}  // namespace

std::string_view api_description() {
  return kDescription;
}

std::string_view tag_description(std::string_view tag) {
  const auto found = std::ranges::find(kTags, tag, [](const auto& one) { return one.first; });
  return found == kTags.end() ? std::string_view() : found->second;
}

const OperationText* operation_text(std::string_view id) {
  const auto found = std::ranges::find(kOperations, id, &OperationText::id);
  return found == kOperations.end() ? nullptr : &*found;
}

ProblemText problem_text(int status) {
  switch (status) {
    case 400: return {"The request cannot be read.", "body.malformed", "The body is not JSON."};
    case 401: return {"Nobody is signed in, or the credential has ended.", "unauthenticated", "Sign in first."};
    case 403:
      return {"The role, or the token's scope, does not allow it; or it needs a fresh proof of who you are.",
              "forbidden", "Your role does not allow this."};
    case 404:
      return {"It does not exist, or you cannot see it.", "app.not_found",
              "The app does not exist, or you cannot see it."};
    case 409:
      return {"What is asked does not fit the state that things are in.", "conflict", "That cannot be done now."};
    case 413: return {"The body is too large.", "body.too_large", "The body is too large."};
    case 415:
      return {"The body has a type that is not taken here.", "body.type",
              "Send the body as Content-Type: application/json."};
    case 422:
      return {"Some values cannot be accepted; `errors` names each.", "invalid", "Some values cannot be accepted."};
    case 429:
      return {"Too much was asked in a short time; `Retry-After` says when to come back.", "rate_limited",
              "Too many requests. Wait a moment."};
    case 503:
      return {"A part of the service is away; `Retry-After` says when to come back.", "unavailable",
              "A part of the service is away at the moment. Try again."};
    default: return {"Any other error.", "internal", "Something went wrong on our side."};
  }
}

}  // namespace http
