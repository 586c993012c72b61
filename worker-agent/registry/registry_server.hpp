#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/daemon.hpp"

namespace registry {

struct RegistryOptions {
  std::filesystem::path folder;  ///< ours alone: images, configuration, log, record of the process
  std::string host;              ///< the address to listen on: the host's on the build bridge
  std::uint16_t port{7050};
  std::string realm;      ///< URL where tokens are asked for (told to clients, never called by the registry)
  std::string service;    ///< `aud` of the tokens
  std::string issuer;     ///< `iss` of the tokens
  std::string ca_pem;     ///< tokens must be signed by a certificate of this authority (x5c)
  bool read_only{false};  ///< pushes and deletions are refused (405)
};

/// The worker's image store: Debian's docker-registry as a process that outlives the agent. Every request needs a token
/// of the control plane for that one repository. Main thread.
class RegistryServer {
 public:
  RegistryServer(RegistryOptions options, async::BlockingPool& pool, const base::Clock& clock);

  /// Makes it run with the current configuration: adopts it when that is unchanged, else (re)starts it; returns when it
  /// answers. Idempotent; call again to heal. Errors: `daemon.exec_failed`, `registry.not_answering`.
  async::Task<base::Result<void>> ensure();
  /// GET /v2/ without a token is refused with 401: it runs and it asks for tokens.
  async::Task<bool> healthy();
  async::Task<void> stop();
  /// Frees the disk of blobs that no manifest names, and of manifests without a tag. The registry is read-only
  /// meanwhile, for a blob that a push counts on must not go: pulls go on but for two restarts (0.1 s each), pushes are
  /// refused and tried again by whoever pushes. One at a time; `ensure` waits for its end. Error `registry.collect`.
  async::Task<base::Result<void>> collect_garbage();
  /// `wh-agent stop-host`: stops what `folder`'s record names.
  static void blocking_stop_recorded(const std::filesystem::path& folder);

  const std::string& host() const { return options_.host; }
  std::uint16_t port() const { return options_.port; }
  std::string address() const { return options_.host + ":" + std::to_string(options_.port); }

 private:
  void blocking_configure();
  async::Task<base::Result<void>> run_collector();
  async::Task<base::Result<void>> serve(bool read_only);
  async::Task<base::Result<void>> start();

  RegistryOptions options_;
  async::BlockingPool& pool_;
  const base::Clock& clock_;
  std::unique_ptr<host::Daemon> daemon_;
  bool collecting_{false};
};

/// The registry's configuration file (JSON, which is YAML). Pure.
std::string render_config(const RegistryOptions& options);

}  // namespace registry
