#pragma once

#include <deque>

#include "common/http_client/websocket.hpp"
#include "common/protocol/messages/all.hpp"
#include "common/protocol/objects.hpp"
#include "tests/integration/control_plane/world.hpp"
#include "tests/support/scripted_peer.hpp"

namespace control_plane_test {

/// What a connection attempt came to.
struct Upgrade {
  int status{0};
  std::string agent_nonce;
  http_client::WebSocketUpgrade answer;
};
/// What an attempt sends; empty members are left out.
struct Attempt {
  std::string authorization;
  std::string nonce;  ///< the header's value
  std::string subprotocol{"wisehosting.v1"};
};
Upgrade upgrade(World& world, Attempt attempt);
/// A right attempt of this worker.
Attempt attempt_of(const Credentials& worker);

/// A connected agent played by a test. Everything that arrives is read at once and kept for the test; with `converge`
/// it also does what it is told: fetches nothing, applies each assignment, reports each replica healthy, builds each
/// job.
class Agent {
 public:
  struct Behaviour {
    bool converge{false};  ///< apply assignments and report replicas
    bool build{false};     ///< finish each job with a result
  };

  Agent(World& world, const Credentials& worker);
  Agent(World& world, const Credentials& worker, Behaviour behaviour);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Sends hello and an empty inventory.
  void greet(base::Uuid boot_id);
  void greet();
  template <class T>
  protocol::EnvelopeId send(const T& message, std::string attachment = {}) {
    return send_data(std::string(T::kType), json::encode(message), std::move(attachment));
  }
  protocol::EnvelopeId send_data(std::string type, std::string data, std::string attachment = {},
                                 std::optional<protocol::EnvelopeId> re = std::nullopt);
  template <class T>
  protocol::EnvelopeId reply(protocol::EnvelopeId to, const T& message) {
    return send_data(std::string(T::kType), json::encode(message), {}, to);
  }
  /// Exactly these bytes.
  void send_raw(std::string bytes);
  /// The bytes of an envelope that is not sent; `skip` changes its number.
  std::string make(const std::string& type, const std::string& data, std::int64_t skip = 0);

  /// The next message of this type that the test did not take yet.
  protocol::Envelope expect(const std::string& type);
  /// The answer to a message that was sent.
  protocol::Envelope answer(protocol::EnvelopeId to);
  /// The `error` code that came back, or the type of another answer.
  std::string answer_code(protocol::EnvelopeId to);
  protocol::JobCommand expect_job();
  protocol::AssignmentCommand expect_assignment(const std::string& kind);
  /// Waits for the connection's end; the close code.
  int closed();
  /// The bytes of everything that arrived so far, as they came.
  std::vector<std::string> raw_received();
  /// Comes back when everything sent before was handled.
  void barrier();

 private:
  struct State;
  protocol::Envelope take(const std::string& what, const std::function<bool(const protocol::Envelope&)>& wanted);

  World& world_;
  std::shared_ptr<State> state_;
};

/// A result as build agents give it.
protocol::JobFinished built(const protocol::JobCommand& job);

}  // namespace control_plane_test
