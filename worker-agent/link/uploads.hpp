#pragma once

#include <cstdint>
#include <string>

#include "worker-agent/link/credentials.hpp"
#include "worker-agent/link/hub.hpp"

namespace agent {

/// Archives that people sent, from `GET /v1/workers/uploads/ID?at=N`. Main thread.
class HubUploads {
 public:
  HubUploads(Hub& hub, Credentials& credentials) : hub_(hub), credentials_(credentials) {}

  /// The bytes from `at` on, at most a part's (1 MiB); empty at the end. Errors: `upload.refused` when this worker
  /// builds nothing of it, `upload.away` and those of the network, which may pass.
  async::Task<base::Result<std::string>> read(base::Uuid upload, std::uint64_t at);

 private:
  Hub& hub_;
  Credentials& credentials_;
};

}  // namespace agent
