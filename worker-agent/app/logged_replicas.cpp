#include "worker-agent/app/logged_replicas.hpp"

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "common/protocol/objects.hpp"
#include "worker-agent/logs/secret_forms.hpp"

namespace agent {
namespace {

constexpr std::chrono::seconds kSyncEvery{1};

/// The values of a replica's secret variables that are worth hiding; nothing when they cannot be opened (it cannot be
/// started then either).
std::optional<std::vector<std::string>> hidden_values(const Link& link, const protocol::ReplicaObject& object) {
  std::vector<std::string> values;
  if (!object.secrets) return values;
  const auto plain = link.open_sealed(object.secrets->bytes);
  if (!plain) return std::nullopt;
  const auto variables = json::decode<std::map<std::string, std::string>>(plain->reveal(), json::Unknown::ignore);
  if (!variables) return std::nullopt;
  for (const auto& [name, value] : *variables) {
    if (logs::worth_hiding(value, logs::Masker::kShortest)) values.push_back(value);
  }
  return values;
}

}  // namespace

void LoggedReplicas::learn(const std::vector<ObjectBody>& objects) {
  std::map<std::string, std::string> known;
  for (const auto& body : objects) {
    const auto before = known_.find(body.id);
    const auto replica = base::ReplicaId::parse(body.id);
    const bool taken_over = replica && collector_.knows(*replica);
    if (before == known_.end() || before->second != body.sha256 || !taken_over) {
      const auto object = json::decode<protocol::ReplicaObject>(body.bytes, json::Unknown::ignore);
      const auto values = object ? hidden_values(*link_, *object) : std::nullopt;
      if (!values) continue;
      collector_.know(object->replica_id, *values);
      if (told_) told_(*object);
    }
    known[body.id] = body.sha256;
  }
  known_ = std::move(known);
}

async::Task<ApplyResult> LoggedReplicas::apply(std::vector<ObjectBody> objects, bool shrink) {
  learn(objects);
  co_return co_await replicas_.apply(std::move(objects), shrink);
}

async::Task<void> LoggedReplicas::keep_durable(async::BlockingPool& pool) {
  for (;;) {
    co_await async::sleep(kSyncEvery);
    try {
      co_await pool.run([this] { collector_.blocking_sync(); });
      collector_.let_go([this](base::ReplicaId replica) { return replicas_.is_here(replica); });
    } catch (const base::Failure& failure) {
      logging::warn("logs.not_synced", {{"reason", failure.what()}});
    }
  }
}

}  // namespace agent
