#include "control-plane/modules/builds/service.hpp"

#include <algorithm>

#include "control-plane/modules/builds/abandoned_store.hpp"
#include "control-plane/modules/builds/api.hpp"
#include "control-plane/modules/builds/compress.hpp"

namespace builds {
namespace {

constexpr std::size_t kTagsAtOnce = 500;  // of a job that removes images
constexpr int kAssignBatch = 50;
constexpr int kChunksAtOnce = 64;

}  // namespace

Service::Service(const base::Clock& clock, Options options, feed::Feed& feed, projects::Service& projects,
                 fleet::RegistryAccess& registry, const fleet::Keys& keys, fleet::Workers& workers,
                 std::function<void()> nudge_assigner, std::function<void(base::WorkerId)> nudge_worker,
                 std::function<void(base::DeploymentId)> log_grew)
    : clock_(clock),
      options_(options),
      feed_(feed),
      projects_(projects),
      registry_(registry),
      keys_(keys),
      workers_(workers),
      nudge_assigner_(std::move(nudge_assigner)),
      nudge_worker_(std::move(nudge_worker)),
      log_grew_(std::move(log_grew)) {}

void Service::enqueue(Tx& tx, const Order& order) {
  store::insert_job(tx, base::JobId::make(clock_), order);
  tx.after_commit(nudge_assigner_);
}

std::optional<Job> Service::of_deployment(Tx& tx, base::DeploymentId deployment) {
  return store::of_deployment(tx, deployment);
}

void Service::request_cancel(Tx& tx, base::DeploymentId deployment) {
  const auto worker = store::request_cancel(tx, deployment, clock_.utc_now());
  if (worker) tx.after_commit([nudge = nudge_worker_, id = *worker] { nudge(id); });
}

bool Service::owns(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment) {
  return store::owns(tx, organization, deployment);
}
std::string Service::deployment_state(Tx& tx, base::DeploymentId deployment) {
  return store::deployment_state(tx, deployment);
}

LogSlice Service::read_log(Tx& tx, base::DeploymentId deployment, std::uint64_t offset, std::size_t limit) {
  const auto state = store::log_state(tx, deployment);
  LogSlice slice;
  slice.next_offset = offset;
  for (const auto& chunk : store::chunks(tx, deployment, static_cast<std::int64_t>(offset), kChunksAtOnce)) {
    if (slice.bytes.size() >= limit) break;
    const auto raw = decompress(chunk.compressed, static_cast<std::size_t>(chunk.length));
    const auto skip = slice.next_offset - static_cast<std::uint64_t>(chunk.offset);
    const auto part = std::string_view(raw).substr(skip, limit - slice.bytes.size());
    slice.bytes.append(part);
    slice.next_offset += part.size();
  }
  slice.at_end = slice.next_offset >= static_cast<std::uint64_t>(state.bytes);
  slice.complete = state.complete && slice.next_offset >= static_cast<std::uint64_t>(state.bytes);
  return slice;
}

std::map<base::DeploymentId, Progress> Service::progress_of(Tx& tx,
                                                            const std::vector<base::DeploymentId>& deployments) {
  return store::progress_of(tx, deployments);
}

std::uint64_t Service::offset_of_last(Tx& tx, base::DeploymentId deployment, std::int64_t lines) {
  auto at = store::log_state(tx, deployment).bytes;
  const auto end = at;
  if (lines == 0) return static_cast<std::uint64_t>(end);
  std::int64_t seen = 0;
  while (at > 0) {
    const auto chunks = store::chunks_before(tx, deployment, at, kChunksAtOnce);
    if (chunks.empty()) break;  // older ones are no longer kept
    for (const auto& chunk : chunks) {
      const auto raw = decompress(chunk.compressed, static_cast<std::size_t>(chunk.length));
      for (auto i = static_cast<std::int64_t>(raw.size()); i > 0; --i) {
        const bool last_byte = chunk.offset + i == end;
        if (raw[static_cast<std::size_t>(i - 1)] != '\n' || last_byte) continue;
        if (++seen == lines) return static_cast<std::uint64_t>(chunk.offset + i);
      }
      at = chunk.offset;
    }
  }
  return static_cast<std::uint64_t>(at);
}

std::uint64_t Service::offset_since(Tx& tx, base::DeploymentId deployment, base::UtcTime since) {
  return static_cast<std::uint64_t>(store::offset_since(tx, deployment, since));
}

std::int64_t Service::log_bytes(Tx& tx, base::DeploymentId deployment) {
  return store::log_state(tx, deployment).bytes;
}

void Service::complete_log(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment) {
  store::complete_log(tx, organization, deployment);
  tx.after_commit([grew = log_grew_, deployment] { grew(deployment); });
}

void Service::erase_logs(Tx& tx, base::AppEnvironmentId environment) {
  store::erase_logs(tx, environment);
}

void Service::abandon_images(Tx& tx, base::AppEnvironmentId environment) {
  const auto tags = store::tags_to_abandon(tx, environment);
  for (std::size_t begin = 0; begin < tags.size(); begin += kTagsAtOnce) {
    const auto end = std::min(begin + kTagsAtOnce, tags.size());
    const std::vector<std::string> some(tags.begin() + static_cast<std::ptrdiff_t>(begin),
                                        tags.begin() + static_cast<std::ptrdiff_t>(end));
    store::insert_abandoned(tx, base::JobId::make(clock_), environment, some, clock_.utc_now());
  }
}

void Service::maintain_logs(Tx& tx) {
  store::maintain_logs(tx);
}

int Service::assign(Tx& tx) {
  const auto jobs = store::pending(tx, kAssignBatch);
  if (jobs.empty()) return 0;
  auto workers = store::build_workers(tx);
  const auto now = clock_.utc_now();
  int given = 0;
  for (const auto& job : jobs) {
    const auto free = std::ranges::min_element(workers, {}, &store::BuildWorker::active);
    if (free == workers.end() || free->active >= kSlotsPerWorker) break;
    // The environment's row comes before the job's: the reconciler locks in this order.
    if (const auto environment = store::find_environment(tx, job)) {
      projects_.wake(tx, *environment);
      store::lock_abandoned_of(tx, *environment);
    }
    if (!store::assign(tx, job, free->id, now, now + kBuildLease)) continue;
    ++free->active;
    ++given;
    tx.after_commit([nudge = nudge_worker_, id = free->id] { nudge(id); });
  }
  return given;
}

void Service::expire(Tx& tx) {
  const Failure lost{.step = "build",
                     .code = "worker_lost",
                     .message = "The worker that built this was lost, or the build took longer than its lease.",
                     .exit_code = std::nullopt,
                     .last_lines = {}};
  for (const auto& environment : store::fail_expired(tx, clock_.utc_now(), write_failure(lost)))
    projects_.wake(tx, environment);
}

void Service::append(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment, std::string_view raw) {
  store::append_log(tx, organization, deployment, raw, compress(raw));
  tx.after_commit([grew = log_grew_, deployment] { grew(deployment); });
}

void Service::announce(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment,
                       const std::string& kind, const std::string& data) {
  feed::Change change;
  change.kind = kind;
  change.organization = organization;
  change.deployment = deployment;
  change.data = data;
  feed_.append(tx, change);
}

}  // namespace builds
