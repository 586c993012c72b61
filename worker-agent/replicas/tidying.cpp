#include <algorithm>
#include <filesystem>

#include "common/log/log.hpp"
#include "worker-agent/replicas/replica_manager.hpp"
#include "worker-agent/runtime/container_spec.hpp"

namespace replicas {
namespace {

constexpr std::size_t kUnusedImages = 2;  // of each app stay, so that going back to one needs no pull
constexpr auto kKeepLogs = std::chrono::hours(24);
constexpr std::size_t kFilesAtOnce = 1'000;  // of all containers' layers, each period: some milliseconds

/// Removes the logs of replicas that left this host a day ago.
void remove_old_logs(const std::filesystem::path& folder, const ReplicaManager& manager) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto id = base::ReplicaId::parse(entry.path().stem().string());
    if (!id || manager.is_here(*id)) continue;
    const auto age = std::filesystem::file_time_type::clock::now() - entry.last_write_time(error);
    if (!error && age > kKeepLogs) std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace

async::Task<void> ReplicaManager::tidy() {
  std::set<base::AppEnvironmentId> needed;
  for (const auto& [id, replica] : replicas_) needed.insert(replica->object().app_environment_id);
  const auto tidied = co_await networks_.tidy(std::move(needed), soon());
  if (!tidied) logging::warn("networks.not_tidied", {{"reason", tidied.error().message}});
  if (looks_for_leftovers_ > 0) {
    --looks_for_leftovers_;
    co_await drop_left_behind(around_, soon());
  }
  const auto now = around_.clock.steady_now();
  if (tidying_logs_.due(now)) remove_old_logs(around_.setup.log_dir, *this);
  if (tidying_images_.due(now)) tasks_.spawn("images.tidy", tidy_images());
}

/// What a killed Podman left of containers whose replicas are not here any more: it would keep their images here.
async::Task<base::Result<void>> ReplicaManager::remove_half_made() {
  CO_TRY_ASSIGN(const auto left, co_await around_.podman.half_made(soon()));
  for (const auto& one : left) {
    const auto id = runtime::replica_of_container(one.name);
    if (!id || is_here(*id)) continue;  // the next life of one that is here removes it
    CO_TRY_CHECK(co_await around_.podman.remove(one.id, soon()));
    logging::warn("replica.half_made_removed", {{"replica", id->to_string()}, {"container", one.id}});
  }
  co_return base::Result<void>{};
}

/// Images of earlier releases. Where less than a tenth of the disk is free, none of them stays.
async::Task<void> ReplicaManager::tidy_images() {
  std::error_code error;
  const auto disk = std::filesystem::space(around_.setup.graph_root, error);
  const bool short_of_disk = !error && disk.available < disk.capacity / 10;
  const auto needed = [this](const std::string& image) {
    return std::ranges::any_of(replicas_, [&](const auto& entry) { return entry.second->object().image == image; });
  };
  const auto removed = co_await remove_half_made();
  if (!removed) logging::warn("replicas.half_made_not_removed", {{"reason", removed.error().message}});
  const auto tidied = co_await around_.images.tidy(needed, short_of_disk ? 0 : kUnusedImages);
  if (!tidied) logging::warn("images.not_tidied", {{"reason", tidied.error().message}});
}

/// Each in its turn: the next period goes on where this one ended.
async::Task<void> ReplicaManager::look_at_disks() {
  std::vector<std::shared_ptr<Replica>> in_turn;
  const auto first = replicas_.lower_bound(looked_at_);
  for (auto at = first; at != replicas_.end(); ++at) in_turn.push_back(at->second);
  for (auto at = replicas_.begin(); at != first; ++at) in_turn.push_back(at->second);
  std::size_t entries = kFilesAtOnce;
  for (const auto& replica : in_turn) {
    if (entries == 0) co_return;
    looked_at_ = replica->object().replica_id;
    co_await Replica::look_at_disk(replica, entries);
  }
  if (entries > 0) looked_at_ = {};
}

}  // namespace replicas
