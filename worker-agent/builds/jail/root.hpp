#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/unique_fd.hpp"
#include "worker-agent/builds/jail/options.hpp"

namespace jail {

/// Where the jail shows the module that puts the secret among a program's arguments, when there is a secret.
inline constexpr const char* kSecretModule = "/etc/wh-secret-argument.so";

/// Clones of the mounts that the jail shows, taken outside, where the paths can be walked: the folders above them may
/// be closed to the jail's ids. Attached inside by `enter_root`. Throws `base::Failure`.
class Mounts {
 public:
  explicit Mounts(const Options& options);
  /// Attaches one at `target`, an existing path.
  void attach(const std::string& what, const std::string& target) const;

 private:
  std::vector<std::pair<std::string, base::UniqueFd>> trees_;
};

/// Makes the private root and moves into it. Inside the new namespaces, as their root. Throws `base::Failure`.
void enter_root(const Options& options, const Mounts& mounts);

/// The files under /etc that podman, git and skopeo need; nothing of the host's but its certificates.
std::string containers_conf(unsigned long open_files, unsigned long processes);

}  // namespace jail
