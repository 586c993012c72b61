#include "worker-agent/link/connection.hpp"

#include <algorithm>
#include <random>

#include "common/async/timer.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"
#include "common/protocol/messages/all.hpp"

namespace agent {
namespace {

using protocol::CommandType;
using protocol::Session;

constexpr std::chrono::seconds kRenewBefore{120};
constexpr std::chrono::seconds kRenewJitter{20};
constexpr std::chrono::seconds kRenewRetryMost{60};
constexpr std::chrono::seconds kTasksEnd{5};
constexpr std::chrono::seconds kRepeatStatuses{15};

base::Duration jitter(std::chrono::seconds around) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::chrono::milliseconds(std::uniform_int_distribution<int>(
      -static_cast<int>(around.count()) * 1'000, static_cast<int>(around.count()) * 1'000)(random));
}

}  // namespace

Connection::Connection(LinkParts& parts, std::unique_ptr<async::MessageTransport> transport, protocol::SessionKeys keys,
                       base::SteadyTime token_expires_at, protocol::SessionOptions options)
    : parts_(parts),
      session_(std::make_shared<Session>(std::move(transport), std::move(keys), protocol::Side::agent, parts.clock,
                                         options)),
      token_expires_at_(token_expires_at) {
  session_->on_message([this](Received envelope) { return handle(std::move(envelope)); });
}

async::Task<protocol::CloseReason> Connection::run() {
  parts_.line.set(session_);
  greet();
  async::TaskGroup tasks(parts_.executor);
  tasks.spawn("link.renew", renew_tokens());
  tasks.spawn("link.statuses", repeat_statuses());
  if (parts_.credentials.rotating()) tasks.spawn("link.rotate", send_rotation());
  auto reason = co_await session_->run();
  parts_.line.set(nullptr);
  tasks.cancel();
  co_await tasks.join(base::Deadline::after(parts_.clock, kTasksEnd));
  parts_.statuses.disconnected();
  parts_.jobs.disconnected();
  co_await parts_.streams.disconnected();
  co_return reason;
}

void Connection::greet() {
  Line& line = parts_.line;
  line.send(protocol::AgentHello{.version = protocol::kVersion,
                                 .boot_id = parts_.boot_id,
                                 .agent_version = parts_.version,
                                 .clock = parts_.clock.utc_now(),
                                 .applied = parts_.assignments.applied()});
  protocol::InventoryReport inventory{.replicas = parts_.statuses.inventory(), .jobs = parts_.jobs.inventory()};
  for (const auto& [stream, offset] : parts_.streams.kept()) inventory.streams.push_back({stream, offset});
  if (const auto id = line.send(inventory)) parts_.statuses.inventory_sent(*id);
  // Logs before results: the control plane learns of a log while it still expects the job's result.
  parts_.streams.connected();
  parts_.jobs.connected();
  parts_.assignments.connected();
}

async::Task<base::Result<void>> Connection::handle(Received envelope) {
  const std::string& type = envelope.type;
  if (type == protocol::ControlPlaneHello::kType) {
    CO_TRY_ASSIGN(const auto hello, envelope.as<protocol::ControlPlaneHello>());
    greeted_ = true;
    logging::info("link.connected", {{"instance", hello.instance}, {"session_epoch", hello.session_epoch}});
  } else if (type == protocol::AssignmentSync::kType) {
    co_return co_await on_command(CommandType::assignment, std::move(envelope));
  } else if (type == protocol::JobDispatch::kType) {
    co_return co_await on_command(CommandType::job, std::move(envelope));
  } else if (type == protocol::TrustUpdate::kType) {
    co_return co_await on_command(CommandType::trust, std::move(envelope));
  } else if (type == protocol::ObjectPut::kType) {
    co_return co_await on_put(std::move(envelope));
  } else if (type == protocol::Ack::kType) {
    co_return co_await on_ack(std::move(envelope));
  } else if (type == protocol::ErrorMessage::kType) {
    co_return co_await on_error(std::move(envelope));
  } else if (type == protocol::JobCancel::kType) {
    CO_TRY_ASSIGN(const auto cancel, envelope.as<protocol::JobCancel>());
    co_return parts_.jobs.cancel(cancel.job_id, cancel.attempt);
  } else if (type == protocol::CredentialsRequest::kType) {
    CO_TRY_CHECK(envelope.as<protocol::CredentialsRequest>());
    co_return co_await on_rotate();
  } else if (type == protocol::Drain::kType) {
    CO_TRY_CHECK(envelope.as<protocol::Drain>());
    session_->close(protocol::CloseCode::going_away, "drained");
  } else {
    co_return on_stream(envelope);
  }
  co_return base::Result<void>{};
}

base::Result<void> Connection::on_stream(const Received& envelope) {
  Streams& streams = parts_.streams;
  if (envelope.type == protocol::StreamOpen::kType) {
    TRY_ASSIGN(const auto open, envelope.as<protocol::StreamOpen>());
    return streams.open(open, envelope.id);
  }
  if (envelope.type == protocol::StreamOpened::kType) {
    TRY_ASSIGN(const auto opened, envelope.as<protocol::StreamOpened>());
    return streams.opened(opened);
  }
  if (envelope.type == protocol::StreamCredit::kType) {
    TRY_ASSIGN(const auto credit, envelope.as<protocol::StreamCredit>());
    return streams.credit(credit);
  }
  if (envelope.type == protocol::StreamAck::kType) {
    TRY_ASSIGN(const auto ack, envelope.as<protocol::StreamAck>());
    return streams.ack(ack);
  }
  if (envelope.type == protocol::StreamClose::kType) {
    TRY_ASSIGN(const auto close, envelope.as<protocol::StreamClose>());
    return streams.close(close);
  }
  // Bytes, sizes and signals belong to streams that this agent does not receive.
  return base::fail(base::ErrorKind::not_found, "unknown_stream", "This stream is not open.");
}

async::Task<base::Result<void>> Connection::on_command(CommandType type, Received envelope) {
  auto signature = envelope.as<protocol::CommandSignature>();
  if (!signature) co_return base::fail(base::ErrorKind::forbidden, "command_refused", "The command is not signed.");
  protocol::SignedCommand command{.signature = std::move(*signature), .bytes = std::move(envelope.attachment)};
  auto taken = co_await take_command(type, std::move(command), envelope.id);
  if (!taken && taken.error().code == "command_refused") {
    logging::warn("link.command_refused", {{"type", json::enum_name(type)}, {"reason", taken.error().message}});
  }
  co_return taken;
}

async::Task<base::Result<void>> Connection::take_command(CommandType type, protocol::SignedCommand command,
                                                         protocol::EnvelopeId id) {
  CO_TRY_ASSIGN(auto decision, parts_.journal.check(type, command));
  switch (type) {
    case CommandType::assignment: parts_.assignments.offer(std::move(decision), std::move(command), id); break;
    case CommandType::job: co_await parts_.jobs.dispatch(std::move(decision), std::move(command), id); break;
    case CommandType::trust: co_return co_await on_trust(std::move(decision), id);
  }
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Connection::on_trust(protocol::CommandDecision decision, protocol::EnvelopeId id) {
  const auto trust = std::get<protocol::TrustCommand>(decision.command);
  if (!decision.repeat) co_await parts_.journal.accept_trust(std::move(decision));
  // Also for a repeat: a kill may have come between the two.
  co_await parts_.credentials.replace_trust(trust);
  logging::info("link.trust_replaced", {{"generation", trust.generation}});
  parts_.line.ack(id);
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Connection::on_put(Received envelope) {
  CO_TRY_ASSIGN(const auto put, envelope.as<protocol::ObjectPut>());
  co_await parts_.assignments.put(put.sha256, put.missing.value_or(false), std::move(envelope.attachment));
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Connection::on_ack(Received envelope) {
  if (!envelope.re) co_return base::Result<void>{};
  if (rotation_id_ && *rotation_id_ == *envelope.re) {
    rotation_id_.reset();
    CO_TRY_ASSIGN(const auto rotated, envelope.as<protocol::CredentialsRotated>());
    co_return co_await parts_.credentials.finish_rotation(rotated.gen);
  }
  if (!parts_.statuses.acked(*envelope.re)) co_await parts_.jobs.acked(*envelope.re);
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Connection::on_error(Received envelope) {
  const auto error = envelope.as<protocol::ErrorMessage>();
  const auto code = error ? error->code : protocol::ErrorCode::internal;
  logging::warn("link.error_received", {{"code", json::enum_name(code)}, {"message", error ? error->message : ""}});
  if (!envelope.re || parts_.streams.failed(*envelope.re, code)) co_return base::Result<void>{};
  parts_.statuses.refused(*envelope.re);
  // A result that the control plane does not want any more is dropped like one that it has.
  if (code == protocol::ErrorCode::unknown_job) co_await parts_.jobs.acked(*envelope.re);
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Connection::on_rotate() {
  co_await send_rotation();
  co_return base::Result<void>{};
}

async::Task<void> Connection::send_rotation() {
  protocol::CredentialsRotate rotate{.k = {co_await parts_.credentials.start_rotation()}};
  rotation_id_ = parts_.line.send(rotate);
}

/// What was refused, because the control plane could not store it, would wait for the next change else.
async::Task<void> Connection::repeat_statuses() {
  while (true) {
    co_await async::sleep(kRepeatStatuses);
    parts_.statuses.flush();
  }
}

async::Task<void> Connection::renew_tokens() {
  base::Duration retry = std::chrono::seconds{1};
  while (true) {
    const base::Duration left = token_expires_at_ - parts_.clock.steady_now();
    co_await async::sleep(std::max<base::Duration>(left - kRenewBefore + jitter(kRenewJitter), retry));
    auto token = co_await parts_.credentials.token(kRenewBefore + kRenewJitter);
    if (!token) {
      logging::warn("link.renew_failed", {{"code", token.error().code}, {"message", token.error().message}});
      retry = std::min<base::Duration>(2 * retry, kRenewRetryMost);
      continue;
    }
    retry = std::chrono::seconds{1};
    token_expires_at_ = token->expires_at;
    parts_.line.send(protocol::TokenRenew{.token = token->text});
  }
}

}  // namespace agent
