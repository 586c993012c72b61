#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "worker-agent/runtime/types.hpp"

namespace runtime {

/// Podman's REST API (libpod, version 4) over its unix socket. Keeps connections open; at most 4 calls run at once, the
/// others wait their turn. All members run on `executor`.
///
/// Errors: `podman.unavailable` (the service does not answer), `podman.not_found`, `podman.conflict` (name taken, still
/// in use), `podman.no_command`, `podman.no_program`, `podman.port_in_use`, `podman.failed` for the rest. Their
/// messages are sentences for people.
class Podman {
 public:
  Podman(boost::asio::any_io_executor executor, std::filesystem::path socket, const base::Clock& clock);
  ~Podman();
  Podman(const Podman&) = delete;
  Podman& operator=(const Podman&) = delete;

  /// True when the service answers.
  async::Task<bool> ping(base::Deadline deadline);

  /// The id of the new container.
  async::Task<base::Result<std::string>> create(ContainerSpec spec, base::Deadline deadline);
  async::Task<base::Result<void>> start(std::string container, base::Deadline deadline);
  /// Sends one signal, e.g. "SIGTERM". A container that does not run: success.
  async::Task<base::Result<void>> kill(std::string container, std::string signal, base::Deadline deadline);
  /// Sends the signal with which its image wants to be stopped: SIGTERM, unless it says another one.
  async::Task<base::Result<void>> ask_to_stop(std::string container, base::Deadline deadline);
  /// Kills and removes, with its anonymous volumes. Already gone: success.
  async::Task<base::Result<void>> remove(std::string container, base::Deadline deadline);
  async::Task<base::Result<ContainerInfo>> inspect(std::string container, base::Deadline deadline);
  /// Containers in any state with `label` = `value`; with an empty `value`, whatever it is.
  async::Task<base::Result<std::vector<ContainerSummary>>> list(std::string label, std::string value,
                                                                base::Deadline deadline);

  /// Containers that a killed Podman left without more than a name and layers: no list shows them, and they hold both.
  async::Task<base::Result<std::vector<ContainerSummary>>> half_made(base::Deadline deadline);

  async::Task<base::Result<bool>> image_exists(std::string image, base::Deadline deadline);
  async::Task<base::Result<std::vector<StoredImage>>> images(base::Deadline deadline);
  /// By one of its names; the last one takes the image along. Error `podman.conflict` while a container is made of it;
  /// already gone: success.
  async::Task<base::Result<void>> remove_image(std::string image, base::Deadline deadline);

  /// Existing with the same name: success.
  async::Task<base::Result<void>> create_network(NetworkSpec spec, base::Deadline deadline);
  /// Error `podman.conflict` while a container uses it; already gone: success.
  async::Task<base::Result<void>> remove_network(std::string name, base::Deadline deadline);
  async::Task<base::Result<std::vector<NetworkInfo>>> networks(base::Deadline deadline);

  /// What happened to containers since `since` (unix seconds), oldest first. Podman's log is lost at a reboot.
  async::Task<base::Result<std::vector<ContainerEvent>>> events(std::int64_t since, base::Deadline deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// What one of Podman's error answers means, as a sentence that says what to do. Pure.
base::Error explain_podman_error(int status, std::string_view body);

}  // namespace runtime
