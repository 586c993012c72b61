#include "common/protocol/catalogue.hpp"

#include <algorithm>
#include <array>

#include "common/protocol/messages/all.hpp"

namespace protocol {
namespace {

constexpr std::array kCatalogue{
    AgentHello::kInfo,
    InventoryReport::kInfo,
    AssignmentSync::kInfo,
    AssignmentApplied::kInfo,
    ObjectGet::kInfo,
    ObjectPut::kInfo,
    ReplicaStatus::kInfo,
    JobDispatch::kInfo,
    JobAccepted::kInfo,
    JobRejected::kInfo,
    JobProgress::kInfo,
    JobFinished::kInfo,
    JobCancel::kInfo,
    StreamOpen::kInfo,
    StreamOpened::kInfo,
    StreamData::kInfo,
    StreamCredit::kInfo,
    StreamAck::kInfo,
    StreamClose::kInfo,
    StreamResize::kInfo,
    StreamSignal::kInfo,
    StatsReport::kInfo,
    TokenRenew::kInfo,
    CredentialsRotate::kInfo,
    CredentialsRequest::kInfo,
    TrustUpdate::kInfo,
    Ping::kInfo,
    Pong::kInfo,
    Drain::kInfo,
    Ack::kInfo,
    ErrorMessage::kInfo,
};

}  // namespace

std::span<const MessageInfo> catalogue() {
  return kCatalogue;
}

const MessageInfo* find_message(std::string_view type) {
  const auto found = std::ranges::find(kCatalogue, type, &MessageInfo::type);
  return found == kCatalogue.end() ? nullptr : &*found;
}

bool may_receive(const MessageInfo& message, Side receiver) {
  switch (message.direction) {
    case Direction::both: return true;
    case Direction::to_agent: return receiver == Side::agent;
    case Direction::to_control_plane: return receiver == Side::control_plane;
  }
  return false;
}

}  // namespace protocol
