#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/protocol/messages/stats_report.hpp"
#include "common/protocol/registration.hpp"
#include "common/protocol/session.hpp"
#include "worker-agent/link/assignments.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/link/hub.hpp"
#include "worker-agent/link/jobs.hpp"

namespace agent {

/// The agent's one connection to its control plane: registers, refreshes, connects, and again for ever; takes signed
/// commands to the capabilities and their results back (PROTOCOL.md, the agent's side). Main thread.
class Link {
 public:
  struct Options {
    std::string hub_url;                         ///< `https://host:port`
    std::string ca_pin;                          ///< `sha256/…`, of the enrolment command; several joined by commas
    std::filesystem::path enrolment_token_file;  ///< 0600; deleted after registration
    std::filesystem::path state_dir;             ///< the link keeps `link/` beneath it
    std::string name;                            ///< worker name; may be empty where the token is bound to one
    std::string version;
    /// Capabilities, labels, Podman's version, runtime, rootless; the rest is gathered.
    protocol::WorkerFacts facts;
    protocol::SessionOptions session;
  };

  Link(boost::asio::any_io_executor executor, Options options, const base::Clock& clock, AssignmentHandlers handlers,
       JobRunners runners, LogProvider* logs);
  /// With another way to the control plane (tests).
  Link(boost::asio::any_io_executor executor, Options options, const base::Clock& clock, AssignmentHandlers handlers,
       JobRunners runners, LogProvider* logs, std::unique_ptr<Hub> hub);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Never gives up; ends when cancelled, with everything it started. Throws base::Failure when the state folder cannot
  /// be used. Before it connects, what was accepted earlier is handed to the capabilities again.
  async::Task<void> run();

  /// Where replicas' observations go.
  ReplicaStatusSink status_sink();
  RegistryTokens& registry_tokens();
  /// Bytes of a folder that somebody sent, from `at` on (HubUploads::read).
  async::Task<base::Result<std::string>> read_upload(base::Uuid upload, std::uint64_t at);
  /// Opens what was sealed to this worker (`ReplicaObject.secrets`). Error `crypto.sealed_box`; `unavailable` before
  /// `run` has read the keys.
  base::Result<base::SecretString> open_sealed(std::string_view box) const;
  /// The pinned authority's certificate; there after the first contact.
  std::filesystem::path authority_file() const;
  /// Nil before registration.
  base::WorkerId worker_id() const;
  bool connected() const;
  /// Sends a `stats.report`; false when there is no connection, or its queue is full.
  bool send_stats(const protocol::StatsReport& report, std::string body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent
