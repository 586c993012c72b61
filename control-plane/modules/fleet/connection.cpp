#include "control-plane/modules/fleet/connection.hpp"

#include <boost/asio/post.hpp>

#include "common/async/timer.hpp"
#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/messages/assignment_sync.hpp"
#include "common/protocol/messages/drain.hpp"
#include "common/protocol/messages/error.hpp"
#include "common/protocol/messages/hello.hpp"
#include "common/protocol/messages/inventory_report.hpp"
#include "common/protocol/messages/job_dispatch.hpp"
#include "common/protocol/messages/job_rejected.hpp"
#include "common/protocol/messages/stats_report.hpp"
#include "common/protocol/messages/stream_close.hpp"
#include "common/protocol/messages/stream_data.hpp"
#include "common/protocol/messages/token_renew.hpp"

namespace fleet {
namespace {

constexpr std::chrono::seconds kIdleDispatch{30};
constexpr std::chrono::seconds kTokenCheck{5};
constexpr std::size_t kJobsUnanswered = 64;

/// Whatever makes a worker run or stop code bears the command key's signature.
bool is_command(const Outgoing& message) {
  return message.type == protocol::JobDispatch::kType || message.type == protocol::AssignmentSync::kType;
}

/// Where tests kill an instance: what a worker said is handled, and not committed yet.
void crash_before_commit(std::string_view type) {
  if (type == "job.accepted") base::crash_point("hub.accepted.before_commit");
  if (type == "job.finished") base::crash_point("hub.result.before_commit");
  if (type == "stream.data") base::crash_point("hub.log.before_commit");
  if (type == "replica.status") base::crash_point("hub.status.before_commit");
  if (type == "assignment.applied") base::crash_point("hub.applied.before_commit");
}

/// The same, committed and not answered yet.
void crash_after_commit(std::string_view type) {
  if (type == "job.finished") base::crash_point("hub.result.committed");
  if (type == "stream.open") base::crash_point("hub.log.opened");
  if (type == "stream.data") base::crash_point("hub.log.committed");
  if (type == "stream.close") base::crash_point("hub.log.closed");
  if (type == "replica.status") base::crash_point("hub.status.committed");
  if (type == "assignment.applied") base::crash_point("hub.applied.committed");
  if (type == "inventory.report") base::crash_point("hub.inventory.committed");
}

}  // namespace

Connection::Connection(Hub& hub, AdmittedWorker admitted, std::int64_t session_epoch,
                       std::unique_ptr<protocol::Session> session, boost::asio::any_io_executor executor)
    : hub_(hub),
      admitted_(std::move(admitted)),
      peer_{admitted_.id, session_epoch},
      session_(std::move(session)),
      executor_(std::move(executor)),
      nudge_(executor_) {}

async::Task<protocol::CloseReason> Connection::run(std::uint64_t leader_epoch) {
  protocol::ControlPlaneHello hello;
  hello.instance = hub_.options_.instance;
  hello.epoch = leader_epoch;
  hello.session_epoch = static_cast<std::uint64_t>(peer_.session_epoch);
  hello.clock = hub_.clock_.utc_now();
  session_->on_message([this](protocol::ReceivedEnvelope envelope) { return receive(std::move(envelope)); });
  static_cast<void>(session_->send(hello));
  async::TaskGroup loops(executor_);
  loops.spawn("fleet.dispatch", dispatch_loop());
  loops.spawn("fleet.token", token_loop());
  auto reason = co_await session_->run();
  loops.cancel();
  co_await loops.join(base::Deadline::after(hub_.clock_, std::chrono::seconds(5)));
  for (auto& [stream, tail] : tails_) {
    if (const auto sink = tail.sink.lock()) sink->closed(LogTail::End::lost);
  }
  co_return reason;
}

void Connection::replace() {
  boost::asio::post(executor_, [self = shared_from_this()] {
    self->session_->close(protocol::CloseCode::replaced, "a newer connection of this worker took over");
  });
}

async::Task<base::Result<void>> Connection::receive_hello(protocol::ReceivedEnvelope envelope) {
  CO_TRY_ASSIGN(const auto hello, envelope.as<protocol::AgentHello>());
  auto greeted = co_await hub_.pool_.transaction([&](Tx& tx) { return hub_.workers_.hello(tx, peer_.worker, hello); });
  if (!greeted && greeted.error().code == "worker.duplicate") {
    co_await hub_.pool_.transaction([&](Tx& tx) { return hub_.workers_.mark_duplicate(tx, peer_.worker); });
    session_->close(protocol::CloseCode::duplicate, greeted.error().message);
    co_return base::Result<void>();
  }
  if (!greeted) {
    session_->close(protocol::CloseCode::protocol_error, greeted.error().message);
    co_return base::Result<void>();
  }
  greeted_ = true;
  co_return base::Result<void>();
}

async::Task<base::Result<void>> Connection::renew(protocol::ReceivedEnvelope envelope) {
  CO_TRY_ASSIGN(const auto renewal, envelope.as<protocol::TokenRenew>());
  auto admitted = co_await hub_.pool_.transaction([&](Tx& tx) { return hub_.registration_.admit(tx, renewal.token); });
  if (!admitted || admitted->id != admitted_.id) {
    co_return base::fail(base::ErrorKind::unauthenticated, "invalid_token", "the token is not valid for this worker");
  }
  admitted_.token_expires_at = admitted->token_expires_at;
  static_cast<void>(session_->ack(envelope.id));
  co_return base::Result<void>();
}

async::Task<base::Result<void>> Connection::take_stats(protocol::ReceivedEnvelope envelope) {
  CO_TRY_ASSIGN(const auto report, envelope.as<protocol::StatsReport>());
  CO_TRY_ASSIGN(const auto switches, hub_.stats_.take(peer_.worker, report.at, envelope.attachment));
  if (switches.empty()) co_return base::Result<void>();
  co_return co_await hub_.pool_.transaction([&](Tx& tx) -> base::Result<void> {
    if (hub_.workers_.fence(tx, peer_.worker, peer_.session_epoch)) hub_.stats_.tell(tx, peer_.worker, switches);
    return {};
  });
}

async::Task<base::Result<void>> Connection::receive(protocol::ReceivedEnvelope envelope) {
  if (!greeted_) {
    if (envelope.type == protocol::AgentHello::kType) co_return co_await receive_hello(std::move(envelope));
    session_->close(protocol::CloseCode::protocol_error, "the first message must be hello");
    co_return base::Result<void>();
  }
  if (envelope.type == protocol::TokenRenew::kType) co_return co_await renew(std::move(envelope));
  if (envelope.type == protocol::StatsReport::kType) co_return co_await take_stats(std::move(envelope));
  envelope = as_rejection(std::move(envelope));
  CO_TRY_ASSIGN(const bool of_tail, receive_tail(envelope));
  if (of_tail) co_return base::Result<void>();
  CO_TRY_CHECK(admit_bytes(envelope));
  bool fenced = true;
  base::Result<Reply> reply;
  try {
    reply = co_await hub_.pool_.transaction([&](Tx& tx) -> base::Result<Reply> {
      fenced = hub_.workers_.fence(tx, peer_.worker, peer_.session_epoch);
      if (!fenced) return Reply{};
      auto handled = hub_.handle(tx, peer_, envelope);
      crash_before_commit(envelope.type);
      return handled;
    });
  } catch (const base::Failure&) {
    // Without its inventory a worker gets no commands, and it sends one only when it connects.
    if (envelope.type == protocol::InventoryReport::kType)
      session_->close(protocol::CloseCode::going_away, "the inventory could not be stored");
    throw;
  }
  crash_after_commit(envelope.type);
  if (!fenced) {
    session_->close(protocol::CloseCode::replaced, "this connection is no longer the worker's newest");
    co_return base::Result<void>();
  }
  if (!reply) {
    if (envelope.type == protocol::StreamData::kType) give_back(envelope);
    co_return base::fail(reply.error());
  }
  send(*reply, envelope.id);
  if (envelope.type == protocol::StreamClose::kType) end_of_stream(envelope);
  if (envelope.type == protocol::InventoryReport::kType) {
    inventory_ = true;
    nudge();
  }
  co_return base::Result<void>();
}

void Connection::send(const Reply& reply, protocol::EnvelopeId re) {
  for (const auto& message : reply.send) {
    note_window(message);
    static_cast<void>(session_->send(message.type, message.data, message.attachment, re));
  }
  if (reply.ack) static_cast<void>(session_->ack(re, reply.ack_data));
}

void Connection::send(const std::vector<Outgoing>& messages) {
  for (const auto& message : messages) {
    const auto id = session_->send(message.type, message.data, message.attachment);
    if (id && message.type == protocol::JobDispatch::kType) jobs_sent_.emplace(*id, message.attachment);
    if (jobs_sent_.size() > kJobsUnanswered) jobs_sent_.erase(jobs_sent_.begin());
  }
}

protocol::ReceivedEnvelope Connection::as_rejection(protocol::ReceivedEnvelope envelope) {
  auto answered = envelope.re ? jobs_sent_.extract(*envelope.re) : decltype(jobs_sent_)::node_type{};
  if (answered.empty() || envelope.type != protocol::ErrorMessage::kType) return envelope;
  const auto error = envelope.as<protocol::ErrorMessage>();
  const auto command = json::decode<protocol::JobCommand>(answered.mapped(), json::Unknown::ignore);
  // A refused command is one that another took the place of, or too old: it is not the worker that cannot.
  if (!error || !command || error->code == protocol::ErrorCode::command_refused) return envelope;
  envelope.type = protocol::JobRejected::kType;
  envelope.data = json::encode(protocol::JobRejected{.job_id = command->job_id,
                                                     .attempt = command->attempt,
                                                     .reason = "The worker could not take the job: " + error->message});
  return envelope;
}

async::Task<void> Connection::dispatch_loop() {
  auto refreshed = hub_.clock_.steady_now();
  for (;;) {
    co_await nudge_.wait(kIdleDispatch);
    if (!inventory_ || admitted_.state == "pending") continue;
    bool failed = false;
    const bool refresh = hub_.clock_.steady_now() - refreshed >= kIdleDispatch;
    if (refresh) refreshed = hub_.clock_.steady_now();
    try {
      auto waiting = co_await hub_.pool_.transaction([&](Tx& tx) -> base::Result<std::vector<Outgoing>> {
        std::vector<Outgoing> messages;
        if (!hub_.workers_.fence(tx, peer_.worker, peer_.session_epoch)) return messages;
        if (refresh) hub_.workers_.refresh(tx, peer_.worker);
        for (const auto& dispatcher : hub_.dispatchers_) {
          for (auto& message : dispatcher(tx, peer_)) messages.push_back(std::move(message));
        }
        for (const auto& message : messages) {
          if (hub_.commanded_ && is_command(message)) hub_.commanded_(tx, peer_.worker, message);
        }
        return messages;
      });
      if (waiting && !waiting->empty()) base::crash_point("hub.commands.committed");
      if (waiting) send(*waiting);
    } catch (const base::Failure& failure) {
      logging::warn("fleet.dispatch_failed", {{"worker", peer_.worker.to_string()}, {"reason", failure.what()}});
      failed = true;
    }
    if (!failed) continue;
    co_await async::sleep(std::chrono::seconds(1));
    nudge();
  }
}

async::Task<void> Connection::token_loop() {
  for (;;) {
    co_await async::sleep(kTokenCheck);
    if (hub_.clock_.utc_now() < admitted_.token_expires_at + protocol::kTokenGrace) continue;
    session_->close(protocol::CloseCode::token_expired, "the token was not renewed");
    co_return;
  }
}

}  // namespace fleet
