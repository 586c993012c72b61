#include "worker-agent/host/secret_argument.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>

namespace host {

base::Result<void> pass_secret(async::ProcessSpec& spec, const base::SecretString& secret) {
  const auto module = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "wh-secret-argument.so";
  if (::access(module.c_str(), R_OK) != 0) {
    return base::fail(base::ErrorKind::unavailable, "host.incomplete",
                      module.string() + " is missing: install the agent's programs together.");
  }
  spec.env["LD_PRELOAD"] = module.string();
  spec.stdin_data = std::string(secret.reveal());
  return {};
}

}  // namespace host
