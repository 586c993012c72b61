#include "control-plane/modules/fleet/hub.hpp"

#include <algorithm>
#include <iterator>

#include "common/async/timer.hpp"
#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "common/log/log.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/messages/assignment_applied.hpp"
#include "common/protocol/messages/assignment_sync.hpp"
#include "common/protocol/messages/credentials_rotate.hpp"
#include "common/protocol/messages/object_get.hpp"
#include "common/protocol/messages/object_put.hpp"
#include "common/protocol/messages/stream_open.hpp"
#include "control-plane/modules/fleet/connection.hpp"
#include "control-plane/modules/fleet/relay_store.hpp"
#include "control-plane/modules/fleet/store.hpp"

namespace fleet {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::chrono::seconds kPoll{1};
constexpr int kTouchEvery = 10;

base::Error refusal(base::ErrorKind kind, std::string code, std::string message) {
  return base::Error(kind, std::move(code), std::move(message));
}

/// The agent's nonce, or why the request is refused before anything else.
base::Result<std::string> check_upgrade(const http::Request& request) {
  if (!http::offers_subprotocol(request, protocol::kSubprotocol)) {
    return base::fail(base::ErrorKind::malformed, "connect.subprotocol", "The subprotocol wisehosting.v1 is required.");
  }
  auto nonce = protocol::decode_nonce(request.header(protocol::kNonceHeader).value_or(""));
  if (!nonce)
    return base::fail(base::ErrorKind::malformed, "connect.nonce",
                      "X-WH-Nonce must hold 32 random bytes as base64url.");
  return nonce;
}

base::Result<Reply> send_bodies(Tx& tx, const Peer& peer, const protocol::ObjectGet& wanted) {
  if (wanted.sha256.size() > protocol::kMaxObjectsAsked) {
    return base::fail(base::ErrorKind::invalid, "too_many", "at most 64 objects at a time");
  }
  Reply reply;
  for (const auto& digest : wanted.sha256) {
    protocol::ObjectPut put;
    put.sha256 = digest;
    auto body = store::object_body(tx, peer.worker, digest.hex());
    if (!body) put.missing = true;
    reply.send.push_back(outgoing(put, body.value_or("")));
  }
  return reply;
}

/// What a partial answer leaves out; everything else of the generation is in force.
base::Result<std::vector<std::string>> pending_of(const protocol::AssignmentApplied& applied) {
  std::vector<std::string> pending;
  if (applied.outcome != protocol::AssignmentOutcome::partial || !applied.pending) return pending;
  if (applied.pending->size() > protocol::kMaxAssignmentObjects) {
    return base::fail(base::ErrorKind::invalid, "malformed", "pending has at most 4,000 members");
  }
  for (const auto& text : *applied.pending) {
    const auto id = base::Uuid::parse(text);
    if (!id) return base::fail(base::ErrorKind::invalid, "malformed", "pending holds ids of objects");
    pending.push_back(id->to_string());
  }
  return pending;
}

}  // namespace

Hub::Hub(postgres::Pool& pool, const base::Clock& clock, Options options, Registration& registration, Workers& workers,
         Assignments& assignments)
    : pool_(pool),
      clock_(clock),
      options_(std::move(options)),
      registration_(registration),
      workers_(workers),
      assignments_(assignments) {
  on<protocol::ObjectGet>([](Tx& tx, const Peer& peer, const protocol::ObjectGet& wanted, const std::string&) {
    return send_bodies(tx, peer, wanted);
  });
  on<protocol::AssignmentApplied>([this](Tx& tx, const Peer& peer, const protocol::AssignmentApplied& applied,
                                         const std::string&) -> base::Result<Reply> {
    const std::string kind(json::enum_name(applied.kind));
    TRY_ASSIGN(const auto pending, pending_of(applied));
    if (applied.outcome != protocol::AssignmentOutcome::applied && pending.empty()) {
      store::note_outcome(tx, peer.worker, kind, std::string(json::enum_name(applied.outcome)),
                          applied.reason.value_or(""));
      return Reply{};
    }
    const auto generation = static_cast<std::int64_t>(applied.generation);
    // Environments first, as the reconciler locks them: it then writes the assignments that are confirmed below.
    const auto objects = store::to_confirm(tx, peer.worker, kind, generation, pending);
    if (confirmed_ && !objects.empty()) confirmed_(tx, kind, objects);
    assignments_.applied(tx, peer.worker, kind, static_cast<std::int64_t>(applied.epoch), generation, pending);
    return Reply{};
  });
  on<protocol::CredentialsRotate>([this](Tx& tx, const Peer& peer, const protocol::CredentialsRotate& rotate,
                                         const std::string&) -> base::Result<Reply> {
    if (rotate.k.bytes.size() != crypto::kSha256Bytes) {
      return base::fail(base::ErrorKind::invalid, "malformed", "k is the SHA-256 of a key: 32 bytes");
    }
    TRY_ASSIGN(const auto gen, registration_.rotate(tx, peer.worker, rotate.k.bytes));
    return Reply{.ack = true, .ack_data = "{\"gen\":" + std::to_string(gen) + "}", .send = {}};
  });
  add_dispatcher([this](Tx& tx, const Peer& peer) {
    std::vector<Outgoing> messages;
    for (auto& command : assignments_.take_commands(tx, peer.worker)) {
      messages.push_back(Outgoing{std::string(protocol::AssignmentSync::kType), json::encode(command.signature),
                                  std::move(command.bytes)});
    }
    return messages;
  });
}

Hub::~Hub() = default;

base::Result<Reply> Hub::handle(Tx& tx, const Peer& peer, const protocol::ReceivedEnvelope& envelope) {
  const auto found = handlers_.find(envelope.type);
  if (found == handlers_.end())
    return base::fail(base::ErrorKind::unsupported, "unsupported_type", "not handled: " + envelope.type);
  Reply all;
  for (const auto& handler : found->second) {
    TRY_ASSIGN(auto reply, handler(tx, peer, envelope));
    if (reply.ack) all.ack_data = reply.ack_data;
    all.ack = all.ack || reply.ack;
    std::ranges::move(reply.send, std::back_inserter(all.send));
  }
  return all;
}

http::UpgradeHandler Hub::connect_handler() {
  return [this](http::Request request, http::Upgrade& upgrade) { return connect(std::move(request), upgrade); };
}

async::Task<void> Hub::connect(http::Request request, http::Upgrade& upgrade) {
  const auto authorization = request.header("Authorization").value_or("");
  if (!authorization.starts_with(kBearer)) {
    upgrade.refuse(http::problem(
        refusal(base::ErrorKind::unauthenticated, "worker.unauthenticated", "A worker token is required."),
        request.request_id));
    co_return;
  }
  const std::string token(authorization.substr(kBearer.size()));
  auto admitted = co_await pool_.transaction([&](Tx& tx) { return registration_.admit(tx, token); });
  if (!admitted) {
    upgrade.refuse(http::problem(admitted.error(), request.request_id));
    co_return;
  }
  if (connections_.with([](const auto& connections) { return connections.size(); }) >= options_.most_connections) {
    auto full =
        http::problem(refusal(base::ErrorKind::unavailable, "hub.full", "This instance is full."), request.request_id);
    full.set_header("Retry-After", "5");
    upgrade.refuse(std::move(full));
    co_return;
  }
  co_await serve(*std::move(admitted), std::move(request), upgrade);
}

async::Task<void> Hub::serve(AdmittedWorker admitted, http::Request request, http::Upgrade& upgrade) {
  const auto agent_nonce = check_upgrade(request);
  if (!agent_nonce) {
    upgrade.refuse(http::problem(agent_nonce.error(), request.request_id));
    co_return;
  }
  struct Opened {
    std::int64_t session_epoch;
    std::int64_t leader_epoch;
  };
  const auto opened = co_await pool_.transaction([&](Tx& tx) -> base::Result<Opened> {
    store::set_held_at(tx, admitted.id, reached_at_);
    return Opened{workers_.open_session(tx, admitted.id), workers_.leader_epoch(tx)};
  });
  if (!opened) co_return;
  const auto own_nonce = crypto::random_bytes(protocol::kNonceBytes);
  auto transport = co_await upgrade.accept({{std::string(protocol::kNonceHeader), base::base64url_encode(own_nonce)},
                                            {"Sec-WebSocket-Protocol", std::string(protocol::kSubprotocol)}});
  if (!transport) co_return;
  upgrade.going_away_with(static_cast<int>(protocol::CloseCode::going_away), "this instance goes away");
  auto executor = (*transport)->executor();
  auto keys =
      protocol::derive_session_keys(admitted.mac_root.reveal(), *agent_nonce, own_nonce, protocol::Side::control_plane);
  auto session = std::make_unique<protocol::Session>(*std::move(transport), std::move(keys),
                                                     protocol::Side::control_plane, clock_);
  const auto connection =
      std::make_shared<Connection>(*this, std::move(admitted), opened->session_epoch, std::move(session), executor);
  enter(connection);
  logging::info("worker.connected",
                {{"worker", connection->worker().to_string()}, {"session_epoch", opened->session_epoch}});
  const auto reason = co_await connection->run(static_cast<std::uint64_t>(opened->leader_epoch));
  leave(connection);
  if (rejected_ && !reason.rejected.empty()) rejected_(reason.rejected);
  if (!reason.rejected.empty()) co_await record_refusal(connection->worker(), reason);
  logging::info("worker.disconnected", {{"worker", connection->worker().to_string()},
                                        {"code", reason.code},
                                        {"reason", reason.reason},
                                        {"rejected", reason.rejected}});
}

async::Task<void> Hub::record_refusal(base::WorkerId worker, protocol::CloseReason reason) {
  try {
    co_await pool_.transaction([&](Tx& tx) -> base::Result<bool> {
      return registration_.record_refusal(tx, worker, reason.rejected, reason.code);
    });
  } catch (const base::Failure& failure) {
    logging::warn("worker.refusal_not_recorded", {{"worker", worker.to_string()}, {"why", failure.what()}});
  }
}

void Hub::enter(const std::shared_ptr<Connection>& connection) {
  auto older = connections_.with([&](auto& connections) {
    auto& place = connections[connection->worker()];
    if (place && place->session_epoch() > connection->session_epoch()) return connection;
    return std::exchange(place, connection);
  });
  if (older) older->replace();
}

void Hub::leave(const std::shared_ptr<Connection>& connection) {
  connections_.with([&](auto& connections) {
    const auto found = connections.find(connection->worker());
    if (found == connections.end() || found->second != connection) return;
    connections.erase(found);
    stats_.forget(connection->worker());
  });
}

std::shared_ptr<Connection> Hub::find(base::WorkerId worker) const {
  return connections_.with([&](const auto& connections) -> std::shared_ptr<Connection> {
    const auto found = connections.find(worker);
    return found == connections.end() ? nullptr : found->second;
  });
}

void Hub::nudge(base::WorkerId worker) {
  if (const auto connection = find(worker)) connection->nudge();
}

std::vector<base::WorkerId> Hub::connected() const {
  return connections_.with([](const auto& connections) {
    std::vector<base::WorkerId> workers;
    for (const auto& [worker, connection] : connections) workers.push_back(worker);
    return workers;
  });
}

async::Task<void> Hub::maintain() {
  for (int round = 0;; ++round) {
    try {
      const auto here = connected();
      auto waiting = co_await pool_.transaction([&](Tx& tx) -> base::Result<std::vector<base::WorkerId>> {
        if (round % kTouchEvery == 0 && !here.empty()) workers_.touch(tx, here);
        return store::workers_with_dirty(tx);
      });
      if (waiting) {
        for (const auto& worker : *waiting) nudge(worker);
      }
    } catch (const base::Failure& failure) {
      logging::warn("fleet.maintain_failed", {{"reason", failure.what()}});
    }
    co_await async::sleep(kPoll);
  }
}

bool Hub::open_tail(base::WorkerId worker, base::StreamId stream, base::ReplicaId replica, const LogRange& range,
                    std::weak_ptr<LogTail> tail) {
  const auto connection = find(worker);
  if (!connection) return false;
  protocol::StreamOpen open;
  open.stream = stream;
  open.kind = protocol::StreamKind::container_log;
  open.replica_id = replica;
  open.since = range.last_lines;
  open.since_time = range.since;
  open.from = range.from;
  open.follow = range.follow;
  connection->open_tail(std::move(open), std::move(tail));
  return true;
}

void Hub::grant_tail(base::WorkerId worker, base::StreamId stream, std::uint64_t bytes) {
  if (const auto connection = find(worker)) connection->grant_tail(stream, bytes);
}

void Hub::close_tail(base::WorkerId worker, base::StreamId stream) {
  if (const auto connection = find(worker)) connection->close_tail(stream);
}

}  // namespace fleet
