#include "control-plane/modules/deployments/types.hpp"

#include "common/base/failure.hpp"

namespace deployments {

const char* to_string(State state) {
  switch (state) {
    case State::queued: return "queued";
    case State::building: return "building";
    case State::built: return "built";
    case State::releasing: return "releasing";
    case State::live: return "live";
    case State::failed: return "failed";
    case State::cancelled: return "cancelled";
    case State::superseded: return "superseded";
  }
  return "";
}

State parse_state(const std::string& text) {
  for (const auto state : {State::queued, State::building, State::built, State::releasing, State::live, State::failed,
                           State::cancelled, State::superseded}) {
    if (text == to_string(state)) return state;
  }
  throw base::Failure("unknown deployment state " + text);
}

bool is_unfinished(State state) {
  return state == State::queued || state == State::building || state == State::built || state == State::releasing;
}

bool may_become(State from, State to) {
  const bool ends = to == State::failed || to == State::cancelled || to == State::superseded;
  switch (from) {
    case State::queued: return to == State::building || to == State::built || ends;
    case State::building: return to == State::built || ends;
    case State::built: return to == State::releasing || ends;
    case State::releasing: return to == State::live || ends;
    case State::live: return to == State::superseded;
    case State::failed:
    case State::cancelled:
    case State::superseded: return false;
  }
  return false;
}

}  // namespace deployments
