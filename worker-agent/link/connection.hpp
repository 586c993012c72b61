#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/async/task_group.hpp"
#include "common/protocol/messages/hello.hpp"
#include "common/protocol/session.hpp"
#include "worker-agent/link/assignments.hpp"
#include "worker-agent/link/credentials.hpp"
#include "worker-agent/link/jobs.hpp"
#include "worker-agent/link/statuses.hpp"
#include "worker-agent/link/streams.hpp"

namespace agent {

/// The parts that live longer than a connection.
struct LinkParts {
  boost::asio::any_io_executor executor;
  const base::Clock& clock;
  Credentials& credentials;
  CommandJournal& journal;
  Line& line;
  Streams& streams;
  Statuses& statuses;
  Jobs& jobs;
  Assignments& assignments;
  std::string version;
  base::Uuid boot_id;
};

/// One connection of the agent, from hello to close: hands each message to its part and renews the token. Main thread.
class Connection {
 public:
  Connection(LinkParts& parts, std::unique_ptr<async::MessageTransport> transport, protocol::SessionKeys keys,
             base::SteadyTime token_expires_at, protocol::SessionOptions options);

  /// Runs to the end of the connection.
  async::Task<protocol::CloseReason> run();
  /// Whether the control plane's hello came.
  bool greeted() const { return greeted_; }

 private:
  using Received = protocol::ReceivedEnvelope;
  async::Task<base::Result<void>> handle(Received envelope);
  async::Task<base::Result<void>> on_command(protocol::CommandType type, Received envelope);
  async::Task<base::Result<void>> take_command(protocol::CommandType type, protocol::SignedCommand command,
                                               protocol::EnvelopeId id);
  async::Task<base::Result<void>> on_trust(protocol::CommandDecision decision, protocol::EnvelopeId id);
  async::Task<base::Result<void>> on_ack(Received envelope);
  async::Task<base::Result<void>> on_error(Received envelope);
  async::Task<base::Result<void>> on_put(Received envelope);
  async::Task<base::Result<void>> on_rotate();
  base::Result<void> on_stream(const Received& envelope);
  async::Task<void> repeat_statuses();
  async::Task<void> renew_tokens();
  async::Task<void> send_rotation();
  void greet();

  LinkParts& parts_;
  std::shared_ptr<protocol::Session> session_;
  base::SteadyTime token_expires_at_;
  std::optional<protocol::EnvelopeId> rotation_id_;
  bool greeted_{false};
};

}  // namespace agent
