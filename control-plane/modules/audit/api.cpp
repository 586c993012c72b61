#include "control-plane/modules/audit/api.hpp"

#include "common/base/bytes.hpp"

namespace audit {
namespace {

base::UtcTime time_of(std::int64_t us) {
  return base::UtcTime(std::chrono::microseconds(us));
}

}  // namespace

EventView view(const audit_chain::Event& event, const std::optional<audit_chain::Seal>& seal) {
  EventView shown;
  shown.id = event.id;
  shown.at = time_of(event.at_us);
  shown.actor = {event.actor_kind, event.actor_id, event.actor_name, event.credential};
  shown.action = event.action;
  shown.object_kind = event.object_kind;
  shown.object_id = event.object_id;
  shown.object_name = event.object_name;
  shown.app_id = event.app_id;
  shown.address = event.address;
  shown.user_agent = event.user_agent;
  shown.request_id = event.request_id;
  shown.before = event.before;
  shown.after = event.after;
  if (seal) {
    shown.sequence = seal->sequence;
    shown.sealed_at = time_of(seal->sealed_at_us);
  }
  return shown;
}

audit_chain::Line line(const audit_chain::Event& event, const std::optional<audit_chain::Seal>& seal) {
  audit_chain::Line shown;
  if (!event.id.empty()) shown.event = event;
  if (!seal) return shown;
  shown.sequence = seal->sequence;
  shown.hash = base::hex_encode(seal->hash);
  shown.signature = base::base64url_encode(seal->signature);
  shown.key_id = seal->key_id;
  shown.sealed_at_us = seal->sealed_at_us;
  return shown;
}

}  // namespace audit
