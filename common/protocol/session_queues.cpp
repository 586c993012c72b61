#include "common/protocol/session_queues.hpp"

namespace protocol {
namespace {

constexpr std::size_t kOverhead = 256;

std::size_t cost(const Envelope& envelope) {
  return kOverhead + envelope.type.size() + envelope.data.size() + envelope.attachment.size();
}

}  // namespace

void SendQueue::push(Lane& lane, Envelope envelope) {
  lane.bytes += cost(envelope);
  lane.items.push_back(std::move(envelope));
}

Envelope SendQueue::pop(Lane& lane) {
  Envelope envelope = std::move(lane.items.front());
  lane.items.pop_front();
  lane.bytes -= cost(envelope);
  return envelope;
}

SendQueue::Pushed SendQueue::push_control(Envelope envelope) {
  const bool fits =
      control_.items.size() < bounds_.control_count && control_.bytes + cost(envelope) <= bounds_.control_bytes;
  if (!fits) return Pushed::full;
  push(control_, std::move(envelope));
  return Pushed::queued;
}

SendQueue::Pushed SendQueue::push_bulk(Envelope envelope) {
  if (!bulk_has_room()) return Pushed::full;
  push(bulk_, std::move(envelope));
  return Pushed::queued;
}

std::optional<Envelope> SendQueue::pop() {
  if (!control_.items.empty()) return pop(control_);
  if (!bulk_.items.empty()) return pop(bulk_);
  return std::nullopt;
}

void SendQueue::drop_bulk() {
  bulk_ = Lane{};
}

}  // namespace protocol
