#include "control-plane/modules/audit/audit.hpp"

namespace audit {
namespace {

const postgres::Statement kAppend{"audit.append",
                                  "INSERT INTO audit_events (id, organization_id, actor_kind, actor_id, action, "
                                  "object_kind, object_id, address, request_id, "
                                  "before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb)"};

std::optional<std::string> unless_empty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

void Log::record(Tx& tx, const auth::Call& call, const Event& event) {
  const auto organization = call.organization().is_nil() ? std::nullopt : std::optional(call.organization());
  const bool signed_in = !call.actor.person.is_nil();
  tx.exec(kAppend, base::AuditEventId::make(clock_), organization, signed_in ? "person" : "nobody",
          signed_in ? std::optional(call.actor.person.to_string()) : std::nullopt, event.action,
          unless_empty(event.object_kind), unless_empty(event.object_id), call.remote_address, call.request_id,
          unless_empty(event.before), unless_empty(event.after));
}

void Log::record_machine(Tx& tx, const std::string& actor_kind, const std::string& actor_id, const Event& event) {
  tx.exec(kAppend, base::AuditEventId::make(clock_), std::nullopt, actor_kind, unless_empty(actor_id), event.action,
          unless_empty(event.object_kind), unless_empty(event.object_id), std::nullopt, std::nullopt,
          unless_empty(event.before), unless_empty(event.after));
}

}  // namespace audit
