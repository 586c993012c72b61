#include "worker-agent/registry/collector.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <string_view>
#include <utility>

#include "common/async/timer.hpp"
#include "common/http_client/client.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"

namespace registry {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::chrono::seconds kPatience{20};
/// Jobs that come together are cleaned up after together.
constexpr std::chrono::milliseconds kGather{500};
constexpr std::chrono::milliseconds kPause{50};
constexpr std::size_t kMostNames = 10'000;

bool plain(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= 255 && text.front() != '.' && text.front() != '/' &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
         });
}

agent::JobOutcome failed(base::Error error) {
  return {.outcome = "failed",
          .error = agent::JobError{
              .code = std::move(error.code), .message = std::move(error.message), .step = {}, .exit_code = {}}};
}

/// Requests to one repository.
class Repository {
 public:
  Repository(http_client::Client& client, const base::Clock& clock, const CollectSpec& spec)
      : client_(client), clock_(clock), spec_(spec) {}

  /// The manifest's digest, or empty when there is no such tag.
  async::Task<Result<std::string>> digest_of(std::string tag) {
    CO_TRY_ASSIGN(const auto response, co_await send("HEAD", std::move(tag)));
    if (response.status == 404) co_return std::string();
    const auto digest = response.header("Docker-Content-Digest");
    if (response.status != 200 || !digest) co_return refused(response.status);
    co_return std::string(*digest);
  }

  async::Task<Result<void>> remove(std::string digest) {
    CO_TRY_ASSIGN(const auto response, co_await send("DELETE", std::move(digest)));
    if (response.status == 202 || response.status == 404) co_return Result<void>{};
    co_return refused(response.status);
  }

 private:
  static std::unexpected<base::Error> refused(int status) {
    return fail(ErrorKind::unavailable, "registry.refused",
                "The registry refused to remove an image with status " + std::to_string(status) + ".");
  }

  async::Task<Result<http_client::Response>> send(std::string method, std::string reference) {
    http_client::Request request;
    request.method = std::move(method);
    request.target = "/v2/" + spec_.repository + "/manifests/" + reference;
    request.headers = {{"Authorization", "Bearer " + std::string(spec_.token.reveal())},
                       {"Accept", "application/vnd.docker.distribution.manifest.v2+json"},
                       {"Accept", "application/vnd.oci.image.manifest.v1+json"}};
    const auto deadline = base::Deadline::after(clock_, kPatience);
    co_return co_await client_.send(std::move(request), deadline);
  }

  http_client::Client& client_;
  const base::Clock& clock_;
  const CollectSpec& spec_;
};

}  // namespace

Result<CollectSpec> read_collect_spec(const std::string& spec_json) {
  TRY_ASSIGN(CollectSpec spec, json::decode<CollectSpec>(spec_json, json::Unknown::ignore));
  if (!plain(spec.repository, "-_./")) return base::invalid("/repository", "That is not the name of a repository.");
  if (spec.tags.size() > kMostNames || spec.keep.size() > kMostNames)
    return base::invalid("/tags", "Too many names at once.");
  for (const auto& tag : spec.tags) {
    if (!plain(tag, "-_.")) return base::invalid("/tags", "That is not a tag.");
  }
  return spec;
}

Collector::Collector(std::function<RegistryServer*()> server, const base::Clock& clock)
    : server_(std::move(server)), clock_(clock) {}

async::Task<agent::JobOutcome> Collector::run(agent::Job job, agent::JobSink& /*sink*/) {
  auto spec = read_collect_spec(job.spec_json);
  if (!spec) co_return failed(std::move(spec).error());
  auto done = co_await collect(*spec);
  if (!done) co_return failed(std::move(done).error());
  logging::info("registry.collected", {{"repository", spec->repository}, {"removed", done->removed}});
  co_return agent::JobOutcome{.outcome = "succeeded", .result_json = json::encode(*done), .error = {}};
}

async::Task<Result<CollectResult>> Collector::collect(const CollectSpec& spec) {
  RegistryServer* const server = server_();
  if (server == nullptr)
    co_return fail(ErrorKind::unavailable, "registry.away", "This worker keeps no registry, or it is not up yet.");
  CO_TRY_CHECK(co_await server->ensure());
  http_client::Client client(co_await boost::asio::this_coro::executor,
                             http_client::Endpoint::tcp(server->host(), server->port()), clock_);
  Repository repository(client, clock_, spec);
  CollectResult result;
  for (const auto& tag : spec.tags) {
    CO_TRY_ASSIGN(const std::string digest, co_await repository.digest_of(tag));
    if (digest.empty()) continue;
    // The registry removes by digest only, and with it every tag of that digest.
    if (std::ranges::find(spec.keep, digest) != spec.keep.end()) {
      ++result.kept;
      continue;
    }
    CO_TRY_CHECK(co_await repository.remove(digest));
    ++result.removed;
  }
  if (result.removed > 0) CO_TRY_CHECK(co_await free_blobs());
  co_return result;
}

async::Task<Result<void>> Collector::free_blobs() {
  const auto mine = ++asked_;
  co_await async::sleep(kGather);
  while (cleaning_) co_await async::sleep(kPause);
  if (cleaned_ >= mine) co_return Result<void>{};
  struct Turn {
    bool& taken;
    explicit Turn(bool& flag) : taken(flag) { taken = true; }
    ~Turn() { taken = false; }
  } const turn(cleaning_);
  const auto upto = asked_;
  CO_TRY_CHECK(co_await server_()->collect_garbage());
  cleaned_ = upto;
  co_return Result<void>{};
}

}  // namespace registry
