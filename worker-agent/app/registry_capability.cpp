#include "worker-agent/app/registry_capability.hpp"

#include "common/async/timer.hpp"
#include "common/base/files.hpp"
#include "common/log/log.hpp"
#include "worker-agent/registry/base_image.hpp"
#include "worker-agent/registry/site_image.hpp"

namespace agent {
namespace {

constexpr std::chrono::milliseconds kUntilReady{200};
constexpr std::chrono::seconds kHeal{5};
constexpr int kLooks = 150;  // of kUntilReady: 30 s
constexpr const char* kService = "wisehosting-registry";
constexpr const char* kIssuer = "wisehosting";

}  // namespace

async::Task<void> RegistryCapability::run() {
  std::string said;
  for (;;) {
    const auto done = co_await tick();
    if (!done && done.error().message != said) {
      said = done.error().message;
      logging::warn("registry.not_ready", {{"code", done.error().code}, {"reason", said}});
    }
    if (done && !ready_) logging::info("registry.ready", {{"address", server_->address()}});
    ready_ = done.has_value();
    co_await async::sleep(ready_ ? base::Duration(kHeal) : base::Duration(kUntilReady));
  }
}

async::Task<base::Result<void>> RegistryCapability::tick() {
  if (!server_) {
    const auto file = link_->authority_file();
    if (!std::filesystem::exists(file)) {
      co_return base::fail(base::ErrorKind::unavailable, "registry.waits", "The control plane was not reached yet.");
    }
    registry::RegistryOptions options;
    options.folder = options_.folder;
    options.host = options_.host;
    options.port = options_.port;
    options.realm = options_.hub_url + "/v1/workers/registry-token";
    options.service = kService;
    options.issuer = kIssuer;
    options.ca_pem = base::blocking_read_file(file);
    server_ = std::make_unique<registry::RegistryServer>(std::move(options), pool_, clock_);
  }
  CO_TRY_CHECK(co_await server_->ensure());
  if (seeded_) co_return base::Result<void>();
  auto* const link = link_;
  registry::PushTokens tokens = [link](std::string repository) {
    return link->registry_tokens().push_token(std::move(repository));
  };
  CO_TRY_CHECK(co_await registry::seed_base_image(pool_, clock_, options_.host, options_.port, tokens));
  // A host without a web server keeps images all the same; a static site's build says what is missing.
  const auto site = co_await registry::seed_site_image(pool_, clock_, options_.host, options_.port, std::move(tokens));
  if (!site && site.error().code != "base_image.no_nginx") co_return base::fail(site.error());
  if (!site) logging::warn("registry.no_static_sites", {{"reason", site.error().message}});
  seeded_ = true;
  co_return base::Result<void>();
}

async::Task<JobOutcome> BuildsAfterRegistry::run(Job job, JobSink& sink) {
  for (int look = 0; registry_ != nullptr && !registry_->ready() && look < kLooks; ++look)
    co_await async::sleep(kUntilReady);
  co_return co_await builds_.run(std::move(job), sink);
}

}  // namespace agent
