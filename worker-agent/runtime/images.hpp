#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/async/task.hpp"
#include "common/async/task_group.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/runtime/podman.hpp"

namespace runtime {

/// `registry.example:5000/org/app@sha256:…`, taken apart.
struct ImageName {
  std::string registry;    ///< host and port
  std::string repository;  ///< org/app
  std::string digest;      ///< sha256:…
};

/// Error kind invalid unless it is exactly of that form.
base::Result<ImageName> parse_image(std::string_view image);

/// The names of images that no container is made of, `needed` does not name, and that are not among the `keep_unused`
/// newest of these of their repository. Only images of the form of `parse_image`; oldest first. Pure.
std::vector<std::string> unused_images(const std::vector<StoredImage>& stored,
                                       const std::function<bool(const std::string&)>& needed, std::size_t keep_unused);

/// Brings images from the installation's registry into the store of its Podman, by digest.
class Images {
 public:
  struct Options {
    std::set<std::string> plain_http_registries;  ///< "host:port" that are spoken to without TLS
    base::Duration pull_timeout{std::chrono::minutes(10)};
    std::uint64_t keep_free{std::uint64_t{512} << 20U};  ///< bytes of the disk: a pull that would take them is ended
  };

  /// Removes what pulls of a process that was killed left behind. All members run on `executor`; the references outlive
  /// this object.
  Images(boost::asio::any_io_executor executor, Podman& podman, agent::RegistryTokens& tokens,
         const host::ContainerSetup& setup, const base::Clock& clock, Options options);

  /// True when the image is in the store already (one call, 1 ms).
  async::Task<base::Result<bool>> present(std::string image, base::Deadline deadline);
  /// Pulls what is not there. Calls for the same image at the same time share one pull, which goes on when a caller is
  /// cancelled. Errors: `image.pull_failed` with the last line that skopeo printed, `image.no_room`.
  async::Task<base::Result<void>> ensure(std::string image);
  /// Removes what `unused_images` names, one after the other; `needed` is asked again before each. Who wants an image
  /// that is just being removed waits for that and finds it absent. At the first failure it ends; the next call goes
  /// on.
  async::Task<base::Result<void>> tidy(std::function<bool(const std::string&)> needed, std::size_t keep_unused);
  /// Ends running pulls.
  void cancel() { pulls_in_flight_.cancel(); }

 private:
  struct Pull {
    std::vector<std::shared_ptr<async::Nudge>> waiting;
    std::optional<base::Result<void>> outcome;
  };
  async::Task<void> run_pull(std::string image, std::shared_ptr<Pull> pull);
  async::Task<base::Result<void>> pull(std::string image);
  async::Task<base::Result<void>> copy(std::string image, ImageName name, std::filesystem::path folder,
                                       base::Deadline deadline);
  async::Task<void> until_full();
  async::Task<base::Result<void>> remove(std::string image, base::Deadline deadline);
  async::Task<void> while_removed(std::string image);

  boost::asio::any_io_executor executor_;
  Podman& podman_;
  agent::RegistryTokens& tokens_;
  const host::ContainerSetup& setup_;
  const base::Clock& clock_;
  Options options_;
  std::filesystem::path pulls_folder_;  ///< what pulls keep while they run, a folder each
  std::uint64_t pulls_begun_{0};
  std::map<std::string, std::shared_ptr<Pull>> pulls_;
  std::string being_removed_;
  std::vector<std::shared_ptr<async::Nudge>> waiting_for_removal_;
  async::TaskGroup pulls_in_flight_;
};

}  // namespace runtime
