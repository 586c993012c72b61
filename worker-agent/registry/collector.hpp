#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/secret.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/registry/registry_server.hpp"

namespace registry {

/// `spec` of a `collect` job: images of one repository that are not needed any more.
struct CollectSpec {
  std::string repository;         ///< `<org>/<app>`
  base::SecretString token;       ///< pull and delete on that repository
  std::vector<std::string> tags;  ///< `d-<deployment id>`; absent ones are fine
  std::vector<std::string> keep;  ///< digests that stay, whatever other tags they have
  template <class F>
  void map(F& f) {
    f.required("repository", repository);
    f.required("token", token);
    f.required("tags", tags);
    f.required("keep", keep);
  }
};

struct CollectResult {
  int removed{0};  ///< manifests
  int kept{0};     ///< tags whose image is kept under another tag
  template <class F>
  void map(F& f) {
    f.required("removed", removed);
    f.required("kept", kept);
  }
};

/// Runs `collect` jobs: deletes manifests by digest, then frees their blobs. Jobs that come together share one
/// cleaning. Idempotent; a job that was cut off is simply given again. Main thread.
class Collector final : public agent::JobRunner {
 public:
  /// `server` is asked for at each job: null while the registry is not there yet.
  Collector(std::function<RegistryServer*()> server, const base::Clock& clock);

  std::string kind() const override { return "collect"; }
  async::Task<agent::JobOutcome> run(agent::Job job, agent::JobSink& sink) override;

 private:
  async::Task<base::Result<CollectResult>> collect(const CollectSpec& spec);
  async::Task<base::Result<void>> free_blobs();

  std::function<RegistryServer*()> server_;
  const base::Clock& clock_;
  std::uint64_t asked_{0};
  std::uint64_t cleaned_{0};
  bool cleaning_{false};
};

/// Decodes and checks every value that becomes a part of a request.
base::Result<CollectSpec> read_collect_spec(const std::string& spec_json);

}  // namespace registry
