// What build agents say and are told: job.* and stream.* (PROTOCOL 6 and 7).

#include <algorithm>

#include "common/crypto/sealed_box.hpp"
#include "common/log/log.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/messages/job_accepted.hpp"
#include "common/protocol/messages/job_cancel.hpp"
#include "common/protocol/messages/job_dispatch.hpp"
#include "common/protocol/messages/job_progress.hpp"
#include "common/protocol/messages/stream_ack.hpp"
#include "common/protocol/messages/stream_close.hpp"
#include "common/protocol/messages/stream_credit.hpp"
#include "common/protocol/messages/stream_opened.hpp"
#include "control-plane/modules/builds/abandoned_store.hpp"
#include "control-plane/modules/builds/api.hpp"
#include "control-plane/modules/builds/service.hpp"

namespace builds {
namespace {

constexpr const char* kBaseImageName = "localhost/wisehosting/busybox:1";
constexpr const char* kBaseImageTag = "1";
constexpr const char* kSiteImageName = "localhost/wisehosting/static-site:1";
constexpr std::chrono::hours kTokenLife{1};
/// Of all build-time variables together; a message has 1 MiB.
constexpr std::size_t kMostVariableBytes = std::size_t{256} << 10U;

std::unexpected<base::Error> unknown_job() {
  return base::fail(base::ErrorKind::not_found, "unknown_job", "not leased to this worker");
}

std::string phase_data(const std::string& phase) {
  return "{\"phase\":" + json::encode(phase) + "}";
}

Failure failure_of(const protocol::JobFinished& message) {
  Failure failure;
  const auto result = json::decode<JobResult>(message.result.text, json::Unknown::ignore);
  if (result) failure.last_lines = result->last_lines;
  if (failure.last_lines.size() > 20)
    failure.last_lines.erase(failure.last_lines.begin(), failure.last_lines.end() - 20);
  if (!message.error) {
    failure.code = "unknown";
    failure.message = "The build ended without saying why.";
    return failure;
  }
  failure.code = message.error->code;
  failure.message = message.error->message;
  failure.exit_code = message.error->exit_code;
  const auto step = message.error->step.value_or("build");
  failure.step = step == "source" || step == "push" ? step : "build";
  return failure;
}

}  // namespace

void Service::serve(fleet::Hub& hub) {
  using fleet::Peer;
  using fleet::Reply;
  hub.on<protocol::InventoryReport>([this](Tx& tx, const Peer& peer, const protocol::InventoryReport& report,
                                           const std::string&) { return inventory(tx, peer, report); });
  hub.on<protocol::JobAccepted>(
      [](Tx& tx, const Peer& peer, const protocol::JobAccepted& accepted, const std::string&) -> base::Result<Reply> {
        if (const auto job = store::find_leased(tx, accepted.job_id, peer.worker);
            job && job->attempt == accepted.attempt) {
          store::set_running(tx, job->id, "accepted");
        }
        return Reply{};
      });
  hub.on<protocol::JobRejected>([this](Tx& tx, const Peer& peer, const protocol::JobRejected& message,
                                       const std::string&) { return rejected(tx, peer, message); });
  hub.on<protocol::JobProgress>([this](Tx& tx, const Peer& peer, const protocol::JobProgress& progress,
                                       const std::string&) -> base::Result<Reply> {
    const auto job = store::find_leased(tx, progress.job_id, peer.worker);
    if (!job || job->attempt != progress.attempt) return Reply{};
    const auto phase = progress.phase.substr(0, 40);
    store::set_running(tx, job->id, phase);
    announce(tx, job->organization, job->deployment, "deployment.progress", phase_data(phase));
    return Reply{};
  });
  hub.on<protocol::JobFinished>([this](Tx& tx, const Peer& peer, const protocol::JobFinished& message,
                                       const std::string&) { return finished(tx, peer, message); });
  hub.on<protocol::StreamOpen>([this](Tx& tx, const Peer& peer, const protocol::StreamOpen& open, const std::string&) {
    return open_stream(tx, peer, open);
  });
  hub.on<protocol::StreamData>([this](Tx& tx, const Peer& peer, const protocol::StreamData& data,
                                      const std::string& bytes) { return store_bytes(tx, peer, data, bytes); });
  hub.on<protocol::StreamClose>(
      [this](Tx& tx, const Peer& peer, const protocol::StreamClose& close, const std::string&) -> base::Result<Reply> {
        const auto stream = store::lock_stream(tx, close.stream, peer.worker);
        if (!stream) return Reply{};
        const bool whole = close.final_offset && static_cast<std::int64_t>(*close.final_offset) <= stream->next_offset;
        if (!whole) return Reply{};
        store::close_stream(tx, stream->id);
        const auto job = of_deployment(tx, stream->deployment);
        if (job && job->state != "assigned" && job->state != "running")
          complete_log(tx, stream->organization, stream->deployment);
        return Reply{};
      });
  hub.add_dispatcher([this](Tx& tx, const Peer& peer) { return dispatch(tx, peer); });
}

base::Result<fleet::Reply> Service::inventory(Tx& tx, const fleet::Peer& peer,
                                              const protocol::InventoryReport& report) {
  for (const auto& job : store::leased_to(tx, peer.worker)) {
    const bool there = std::ranges::any_of(
        report.jobs, [&](const auto& known) { return known.job_id == job.id && known.attempt == job.attempt; });
    if (!there) store::set_dispatched(tx, job.id, false);
  }
  std::vector<base::StreamId> kept;
  for (const auto& stream : report.streams) kept.push_back(stream.stream);
  std::vector<base::JobId> known;
  for (const auto& job : report.jobs) known.push_back(job.job_id);
  for (const auto& log : store::close_streams_without(tx, peer.worker, kept, known)) {
    // Of a job that is not over yet the log is complete when its result comes.
    if (log.job_finished && store::streams_closed(tx, log.job)) complete_log(tx, log.organization, log.deployment);
  }
  return fleet::Reply{.ack = true, .ack_data = "{}", .send = {}};
}

base::Result<std::optional<protocol::Binary>> Service::secrets_for(Tx& tx, const fleet::Peer& peer,
                                                                   base::AppEnvironmentId environment) {
  TRY_ASSIGN(const auto variables, projects_.variables().resolve(tx, environment));
  std::map<std::string, std::string> plain;
  std::size_t bytes = 0;
  for (const auto& variable : variables) {
    if (!variable.build_time) continue;
    plain[variable.name] = std::string(variable.value.reveal());
    bytes += variable.name.size() + variable.value.size();
  }
  if (plain.empty()) return std::optional<protocol::Binary>();
  if (bytes > kMostVariableBytes) {
    return base::conflict("variables.too_long", "The variables of a build may have 256 KiB together.");
  }
  const auto worker = workers_.find(tx, peer.worker);
  if (!worker) return base::fail(base::ErrorKind::unavailable, "worker.gone", "the worker is gone");
  auto text = json::encode(plain);
  auto sealed = crypto::seal_box(worker->sealing_public_key, text);
  base::wipe(text.data(), text.size());
  for (auto& [name, value] : plain) base::wipe(value.data(), value.size());
  if (!sealed) return base::fail(base::ErrorKind::unavailable, "worker.key", "the worker has no usable sealing key");
  return std::optional(protocol::Binary{*std::move(sealed)});
}

base::Result<fleet::Outgoing> Service::command_for(Tx& tx, const fleet::Peer& peer, const store::Leased& job) {
  TRY_ASSIGN(const auto registry, registry_.address(tx));
  const auto& repository = job.repository;
  JobSpec spec;
  spec.deployment_id = job.deployment;
  spec.organization_id = job.organization;
  spec.app_environment_id = job.app_environment;
  spec.source = {job.git_url, job.branch, job.commit};
  spec.containerfile = job.containerfile;
  spec.static_directory = job.static_directory;
  spec.commands = job.commands;
  spec.image = {repository, "d-" + job.deployment.to_string(), registry};
  spec.registry_token = registry_.token(job.id.to_string(), repository, {"pull", "push"}, kTokenLife);
  const auto* const base = job.static_directory ? fleet::kSiteBaseRepository : fleet::kBaseRepository;
  spec.base_images.push_back({job.static_directory ? kSiteImageName : kBaseImageName, base, kBaseImageTag,
                              registry_.token(job.id.to_string(), base, {"pull"}, kTokenLife)});
  // Files that are served as they are need no variable, so none is sent.
  if (!job.static_directory) {
    TRY_ASSIGN(spec.secrets, secrets_for(tx, peer, job.app_environment));
  }
  spec.timeout_s = static_cast<int>(std::chrono::seconds(kBuildTimeout).count());
  spec.allow_private_sources = options_.allow_private_sources;
  protocol::JobCommand command;
  const auto now = clock_.utc_now();
  command.head = {protocol::CommandType::job, peer.worker,
                  static_cast<std::uint64_t>(workers_.command_epoch(tx, peer.worker)), now, job.lease_until};
  command.job_id = job.id;
  command.attempt = job.attempt;
  command.kind = protocol::JobKind::build;
  command.lease_s = static_cast<std::uint32_t>(std::chrono::seconds(kBuildLease).count());
  command.spec.text = json::encode(spec);
  auto signed_command = protocol::sign_command(keys_.command, command);
  return fleet::Outgoing{std::string(protocol::JobDispatch::kType), json::encode(signed_command.signature),
                         std::move(signed_command.bytes)};
}

/// What a person can mend (variables that refer to nothing, or were put back) ends the build; the rest is tried again.
void Service::not_dispatched(Tx& tx, const store::Leased& job, const base::Error& why) {
  logging::warn("builds.not_dispatched", {{"job", job.id.to_string()}, {"reason", why.code}});
  if (why.kind != base::ErrorKind::conflict) return;
  if (const auto environment = store::find_environment(tx, job.id)) projects_.wake(tx, *environment);
  protocol::JobFinished failed;
  failed.outcome = protocol::JobOutcomeKind::failed;
  failed.error =
      protocol::JobFailure{.code = why.code, .message = why.message, .step = std::nullopt, .exit_code = std::nullopt};
  settle(tx, job, failed);
}

std::vector<fleet::Outgoing> Service::dispatch(Tx& tx, const fleet::Peer& peer) {
  std::vector<fleet::Outgoing> messages;
  for (const auto& job : store::leased_to(tx, peer.worker)) {
    if (job.cancel_requested && job.dispatched) {
      protocol::JobCancel cancel;
      cancel.job_id = job.id;
      cancel.attempt = job.attempt;
      messages.push_back(fleet::outgoing(cancel));
      continue;
    }
    if (job.dispatched) continue;
    auto command = command_for(tx, peer, job);
    if (!command) {
      not_dispatched(tx, job, command.error());
      continue;
    }
    store::set_dispatched(tx, job.id, true);
    // With the agent's own lines, which carry the same id, this is the way of a job through both logs.
    tx.after_commit([id = job.id, attempt = job.attempt, worker = peer.worker] {
      logging::info("builds.dispatched",
                    {{"job", id.to_string()}, {"attempt", attempt}, {"worker", worker.to_string()}});
    });
    if (job.attempt == 1)
      announce(tx, job.organization, job.deployment, "deployment.progress", phase_data("dispatched"));
    messages.push_back(*std::move(command));
  }
  return messages;
}

void Service::settle(Tx& tx, const store::Leased& job, const protocol::JobFinished& message) {
  const auto now = clock_.utc_now();
  const bool restarted = message.error && message.error->code == "agent_restarted";
  if (restarted && job.attempt < kMostAttempts && !job.cancel_requested) {
    append(tx, job.organization, job.deployment,
           "\n==> The agent was restarted in the middle of this build. Building again (attempt 2).\n\n");
    store::next_attempt(tx, job.id, now + kBuildLease);
    tx.after_commit([nudge = nudge_worker_, worker = *of_deployment(tx, job.deployment)->worker] { nudge(worker); });
    return;
  }
  if (message.outcome == protocol::JobOutcomeKind::succeeded && read_result(message.result.text)) {
    store::finish(tx, job.id, "succeeded", message.result.text, "", now);
  } else if (message.outcome == protocol::JobOutcomeKind::cancelled || job.cancel_requested) {
    store::finish(tx, job.id, "cancelled", "", "", now);
  } else {
    store::finish(tx, job.id, "failed", "", write_failure(failure_of(message)), now);
  }
  if (store::streams_closed(tx, job.id)) complete_log(tx, job.organization, job.deployment);
  tx.after_commit(nudge_assigner_);
}

base::Result<fleet::Reply> Service::rejected(Tx& tx, const fleet::Peer& peer, const protocol::JobRejected& message) {
  if (!store::find_worker_job(tx, message.job_id, peer.worker)) return fleet::Reply{};
  // The environment's row comes before the job's: the reconciler locks in this order.
  if (const auto leased = store::find_environment(tx, message.job_id)) projects_.wake(tx, *leased);
  const auto job = store::find_leased(tx, message.job_id, peer.worker);
  if (!job || job->attempt != message.attempt) return fleet::Reply{};
  protocol::JobFinished failed;
  failed.outcome = protocol::JobOutcomeKind::failed;
  failed.error = protocol::JobFailure{.code = "rejected",
                                      .message = message.reason.value_or("the worker refused the job"),
                                      .step = std::nullopt,
                                      .exit_code = std::nullopt};
  settle(tx, *job, failed);
  return fleet::Reply{};
}

base::Result<fleet::Reply> Service::finished(Tx& tx, const fleet::Peer& peer, const protocol::JobFinished& message) {
  const fleet::Reply ack{.ack = true, .ack_data = "{}", .send = {}};
  const auto found = store::find_finished(tx, message.job_id, peer.worker);
  if (!found)
    return store::is_abandoned(tx, message.job_id, peer.worker) ? base::Result<fleet::Reply>(ack) : unknown_job();
  // The environment's row comes before the job's: the reconciler locks in this order.
  if (const auto leased = store::find_environment(tx, message.job_id)) projects_.wake(tx, *leased);
  const auto job = store::find_leased(tx, message.job_id, peer.worker);
  if (!job || job->attempt != message.attempt) return ack;  // an earlier attempt, or the same result once more
  settle(tx, *job, message);
  return ack;
}

base::Result<fleet::Reply> Service::open_stream(Tx& tx, const fleet::Peer& peer, const protocol::StreamOpen& open) {
  if (open.kind != protocol::StreamKind::build_log || !open.job_id || !open.attempt) {
    return base::fail(base::ErrorKind::invalid, "unknown_stream", "only build logs are opened by an agent");
  }
  const auto job = store::find_worker_job(tx, *open.job_id, peer.worker);
  if (!job || *open.attempt > job->attempt) return unknown_job();
  const auto stream =
      store::open_stream(tx, open.stream, job->organization, *open.job_id, *open.attempt, job->deployment);
  protocol::StreamOpened opened;
  opened.stream = open.stream;
  opened.receive =
      protocol::StreamReceive{static_cast<std::uint64_t>(stream.next_offset), protocol::kFirstStreamCredit};
  return fleet::Reply{.ack = false, .ack_data = "{}", .send = {fleet::outgoing(opened)}};
}

base::Result<fleet::Reply> Service::store_bytes(Tx& tx, const fleet::Peer& peer, const protocol::StreamData& data,
                                                const std::string& bytes) {
  const auto stream = store::lock_stream(tx, data.stream, peer.worker);
  if (!stream) return base::fail(base::ErrorKind::not_found, "unknown_stream", "no such stream");
  if (static_cast<std::int64_t>(data.offset) != stream->next_offset) {
    return base::fail(base::ErrorKind::invalid, "bad_offset", "expected offset " + std::to_string(stream->next_offset));
  }
  const auto next = stream->next_offset + static_cast<std::int64_t>(bytes.size());
  if (!bytes.empty()) {
    append(tx, stream->organization, stream->deployment, bytes);
    store::advance_stream(tx, stream->id, next);
  }
  protocol::StreamAck ack;
  ack.stream = data.stream;
  ack.durable_offset = static_cast<std::uint64_t>(next);
  protocol::StreamCredit credit;
  credit.stream = data.stream;
  credit.bytes = bytes.size();
  return fleet::Reply{.ack = false, .ack_data = "{}", .send = {fleet::outgoing(ack), fleet::outgoing(credit)}};
}

}  // namespace builds
