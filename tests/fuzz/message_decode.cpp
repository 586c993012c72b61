#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/json/json.hpp"
#include "common/protocol/command_rules.hpp"
#include "common/protocol/messages/all.hpp"
#include "common/protocol/objects.hpp"
#include "common/protocol/registration.hpp"

namespace {

/// What a decoder takes, it writes and takes again.
template <class T>
void try_type(std::string_view text) {
  const auto value = json::decode<T>(text, json::Unknown::ignore);
  if (!value) return;
  const std::string written = json::encode(*value);
  const auto again = json::decode<T>(written, json::Unknown::reject);
  if (!again || json::encode(*again) != written) std::abort();
}

template <class... T>
void try_types(std::string_view text) {
  (try_type<T>(text), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  using namespace protocol;
  try_types<AgentHello, ControlPlaneHello, InventoryReport, AssignmentSync, AssignmentApplied, ObjectGet, ObjectPut,
            ReplicaStatus, JobDispatch, JobAccepted, JobRejected, JobProgress, JobFinished, JobCancel>(text);
  try_types<StreamOpen, StreamOpened, StreamData, StreamCredit, StreamAck, StreamClose, StreamResize, StreamSignal,
            StatsReport, TokenRenew, CredentialsRotate, CredentialsRotated, CredentialsRequest, TrustUpdate, Drain,
            ErrorMessage>(text);
  try_types<AssignmentCommand, JobCommand, TrustCommand, CommandState, RegisterResponse, RefreshResponse>(text);
  (void)decode_replica(text);
  (void)decode_route(text);
  (void)decode_mesh_peer(text);
  (void)decode_certificate(text);
  (void)decode_register(text);
  (void)decode_refresh(text);
  return 0;
}
