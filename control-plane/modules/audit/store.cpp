#include "common/log/log.hpp"
#include "control-plane/modules/audit/audit.hpp"

namespace audit {
namespace {

const postgres::Statement kAppend{
    "audit.append",
    "INSERT INTO audit_events (id, organization_id, actor_kind, actor_id, action, object_kind, object_id, address, "
    "request_id, before, after, actor_name, credential, credential_id, app_id, user_agent, object_name) VALUES ($1, "
    "$2, "
    "$3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12, $13, $14, $15, $16, $17)"};

std::optional<std::string> unless_empty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

/// Who it was, as the credential says: an organization's token has no person.
struct Who {
  std::string kind{"nobody"};
  std::optional<std::string> id;
  std::optional<std::string> name;
  std::optional<std::string> credential;
  std::optional<std::string> credential_id;
};

Who who(const auth::Actor& actor) {
  Who found;
  const auto& principal = actor.principal;
  if (!principal.credential.is_nil()) {
    found.credential = auth::to_string(principal.kind);
    found.credential_id = principal.credential.to_string();
  }
  if (!actor.person.is_nil()) {
    found.kind = "person";
    found.id = actor.person.to_string();
  } else if (principal.kind == auth::CredentialKind::organization_token && found.credential) {
    found.kind = "token";
    found.id = found.credential_id;
  } else {
    return {};
  }
  found.name = unless_empty(actor.name);
  return found;
}

/// What the object is called; who does something to themselves is named already.
std::optional<std::string> name_of(const Event& event, const Who& actor) {
  if (event.object_name.empty() && !event.object_id.empty() && actor.id == event.object_id) return actor.name;
  return unless_empty(event.object_name);
}

/// The same for who reads the process's log: who did what to what, once it is committed; not what it was before and
/// after.
void write_line(Tx& tx, const std::string& kind, const std::string& actor, const Event& event,
                const std::string& organization, const std::string& request) {
  if (event.action.starts_with("command.")) return;  // each change of an assignment is one
  tx.after_commit([=, action = event.action, object_kind = event.object_kind, object = event.object_id] {
    logging::info("audit.event", {{"action", action},
                                  {"actor_kind", kind},
                                  {"actor", actor},
                                  {"object_kind", object_kind},
                                  {"object", object},
                                  {"organization", organization},
                                  {"request", request}});
  });
}

void append(Tx& tx, const base::Clock& clock, const auth::Call& call, const Who& actor, const Event& event) {
  const auto belongs_to = event.organization.value_or(call.organization());
  const auto organization = belongs_to.is_nil() ? std::nullopt : std::optional(belongs_to);
  tx.exec(kAppend, base::AuditEventId::make(clock), organization, actor.kind, actor.id, event.action,
          unless_empty(event.object_kind), unless_empty(event.object_id), unless_empty(call.remote_address),
          unless_empty(call.request_id), unless_empty(event.before), unless_empty(event.after), actor.name,
          actor.credential, actor.credential_id, unless_empty(event.app_id), unless_empty(call.user_agent),
          name_of(event, actor));
  write_line(tx, actor.kind, actor.id.value_or(""), event, organization ? organization->to_string() : "",
             call.request_id);
}

}  // namespace

void Log::record(Tx& tx, const auth::Call& call, const Event& event) {
  append(tx, clock_, call, who(call.actor), event);
}

void Log::record_program(Tx& tx, const auth::Call& call, const Program& program, const Event& event) {
  Who found;
  found.kind = program.kind;
  found.id = unless_empty(program.id);
  found.name = unless_empty(program.name);
  append(tx, clock_, call, found, event);
}

void Log::record_machine(Tx& tx, const std::string& actor_kind, const std::string& actor_id, const Event& event) {
  record_machine(tx, base::OrganizationId(), actor_kind, actor_id, event);
}

void Log::record_machine(Tx& tx, base::OrganizationId organization, const std::string& actor_kind,
                         const std::string& actor_id, const Event& event) {
  tx.exec(kAppend, base::AuditEventId::make(clock_), organization.is_nil() ? std::nullopt : std::optional(organization),
          actor_kind, unless_empty(actor_id), event.action, unless_empty(event.object_kind),
          unless_empty(event.object_id), std::nullopt, std::nullopt, unless_empty(event.before),
          unless_empty(event.after), std::nullopt, std::nullopt, std::nullopt, unless_empty(event.app_id), std::nullopt,
          unless_empty(event.object_name));
  write_line(tx, actor_kind, actor_id, event, organization.is_nil() ? "" : organization.to_string(), "");
}

}  // namespace audit
