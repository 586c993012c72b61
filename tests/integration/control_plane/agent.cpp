#include "tests/integration/control_plane/agent.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"

namespace control_plane_test {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

Attempt attempt_of(const Credentials& worker) {
  return {.authorization = "Bearer " + worker.token, .nonce = base::base64url_encode(crypto::random_bytes(32))};
}

Upgrade upgrade(World& world, Attempt attempt) {
  http_client::Headers headers;
  if (!attempt.authorization.empty()) headers.emplace_back("Authorization", attempt.authorization);
  if (!attempt.nonce.empty()) headers.emplace_back("X-WH-Nonce", attempt.nonce);
  auto done = world.server.run(http_client::websocket_connect(world.server.executor(), world.hub_endpoint(),
                                                              "/v1/workers/connect", headers, attempt.subprotocol,
                                                              world.server.soon()));
  if (!done) throw base::Failure("the hub did not answer: " + done.error().message);
  return {done->status, base::base64url_decode(attempt.nonce).value_or(""), *std::move(done)};
}

/// Shared with the coroutine that reads; `peer` belongs to the executor, the rest to the mutex.
struct Agent::State {
  State(std::unique_ptr<async::MessageTransport> transport, protocol::SessionKeys keys, const base::Clock& clock_)
      : peer(std::move(transport), std::move(keys), clock_), clock(clock_) {}

  async::Task<void> read();
  async::Task<void> react(const protocol::Envelope& envelope);
  async::Task<void> apply(const protocol::Envelope& envelope);

  support::ScriptedPeer peer;
  const base::Clock& clock;
  Behaviour behaviour;
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<protocol::Envelope> inbox;
  std::vector<std::string> raw;
  bool ended{false};
  int close_code{0};
};

async::Task<void> Agent::State::read() {
  try {
    for (;;) {
      auto envelope = co_await peer.receive();
      if (!envelope) break;
      {
        const std::scoped_lock lock(mutex);
        raw = peer.raw_received;
        inbox.push_back(*envelope);
        arrived.notify_all();
      }
      co_await react(*envelope);
    }
  } catch (const std::exception& error) {
    ADD_FAILURE() << "the agent stopped reading: " << error.what();
  }
  const std::scoped_lock lock(mutex);
  ended = true;
  close_code = peer.transport().peer_close_code();
  arrived.notify_all();
}

async::Task<void> Agent::State::react(const protocol::Envelope& envelope) {
  if (behaviour.converge && envelope.type == protocol::AssignmentSync::kType) co_await apply(envelope);
  if (behaviour.build && envelope.type == protocol::JobDispatch::kType) {
    const auto job = json::decode<protocol::JobCommand>(envelope.attachment, json::Unknown::reject).value();
    co_await peer.send(protocol::JobAccepted{.job_id = job.job_id, .attempt = job.attempt});
    co_await peer.send(built(job));
  }
}

async::Task<void> Agent::State::apply(const protocol::Envelope& envelope) {
  const auto command = json::decode<protocol::AssignmentCommand>(envelope.attachment, json::Unknown::reject).value();
  protocol::AssignmentApplied applied;
  applied.kind = command.kind;
  applied.epoch = command.head.epoch;
  applied.generation = command.generation;
  co_await peer.send(applied);
  if (command.kind != protocol::AssignmentKind::replicas || command.objects.empty()) co_return;
  protocol::ReplicaStatus status;
  for (const auto& object : command.objects) {
    protocol::ReplicaReport report;
    report.replica_id = base::ReplicaId::parse(object.id).value();
    report.phase = protocol::ReplicaPhase::running;
    report.health = protocol::ReplicaHealth::healthy;
    report.since = clock.utc_now();
    status.replicas.push_back(report);
  }
  co_await peer.send(status);
}

Agent::Agent(World& world, const Credentials& worker) : Agent(world, worker, Behaviour{}) {}

Agent::Agent(World& world, const Credentials& worker, Behaviour behaviour) : world_(world) {
  auto opened = upgrade(world, attempt_of(worker));
  if (opened.status != 101) throw base::Failure("refused with " + std::to_string(opened.status));
  const auto nonce = protocol::decode_nonce(opened.answer.header("X-WH-Nonce").value_or("")).value();
  auto keys = protocol::derive_session_keys(worker.mac_root, opened.agent_nonce, nonce, protocol::Side::agent);
  state_ = std::make_shared<State>(std::move(opened.answer.transport), std::move(keys), world.clock);
  state_->behaviour = behaviour;
  boost::asio::co_spawn(world.server.executor(), [state = state_] { return state->read(); }, boost::asio::detached);
}

Agent::~Agent() {
  boost::asio::post(world_.server.executor(), [state = state_] { state->peer.transport().abort(); });
  std::unique_lock lock(state_->mutex);
  state_->arrived.wait_for(lock, kPatience, [this] { return state_->ended; });
}

void Agent::greet() {
  greet(base::Uuid::v7(world_.clock.utc_now()));
}

void Agent::greet(base::Uuid boot_id) {
  protocol::AgentHello hello;
  hello.boot_id = boot_id;
  hello.agent_version = "1.0.0";
  hello.clock = world_.clock.utc_now();
  send(hello);
  send(protocol::InventoryReport{});
}

protocol::EnvelopeId Agent::send_data(std::string type, std::string data, std::string attachment,
                                      std::optional<protocol::EnvelopeId> re) {
  return world_.server.run(state_->peer.send(std::move(type), std::move(data), std::move(attachment), re));
}

void Agent::send_raw(std::string bytes) {
  world_.server.run(state_->peer.send_raw(std::move(bytes)));
}

std::string Agent::make(const std::string& type, const std::string& data, std::int64_t skip) {
  state_->peer.next_seq = static_cast<std::uint64_t>(static_cast<std::int64_t>(state_->peer.next_seq) + skip);
  return state_->peer.make(type, data);
}

protocol::Envelope Agent::take(const std::string& what, const std::function<bool(const protocol::Envelope&)>& wanted) {
  std::unique_lock lock(state_->mutex);
  auto found = state_->inbox.end();
  const bool there = state_->arrived.wait_for(lock, kPatience, [&] {
    found = std::ranges::find_if(state_->inbox, wanted);
    return found != state_->inbox.end() || state_->ended;
  });
  if (!there || found == state_->inbox.end()) throw base::Failure("waited in vain for " + what);
  auto envelope = std::move(*found);
  state_->inbox.erase(found);
  return envelope;
}

protocol::Envelope Agent::expect(const std::string& type) {
  return take(type, [&](const auto& envelope) { return envelope.type == type; });
}

protocol::Envelope Agent::answer(protocol::EnvelopeId to) {
  return take("an answer", [&](const auto& envelope) { return envelope.re == to; });
}

std::string Agent::answer_code(protocol::EnvelopeId to) {
  const auto envelope = answer(to);
  if (envelope.type != protocol::ErrorMessage::kType) return envelope.type;
  return std::string(
      json::enum_name(json::decode<protocol::ErrorMessage>(envelope.data, json::Unknown::reject).value().code));
}

protocol::JobCommand Agent::expect_job() {
  return json::decode<protocol::JobCommand>(expect("job.dispatch").attachment, json::Unknown::reject).value();
}

protocol::AssignmentCommand Agent::expect_assignment(const std::string& kind) {
  const auto envelope = take("an assignment of " + kind, [&](const auto& candidate) {
    return candidate.type == "assignment.sync" &&
           candidate.attachment.find("\"kind\":\"" + kind + "\"") != std::string::npos;
  });
  return json::decode<protocol::AssignmentCommand>(envelope.attachment, json::Unknown::reject).value();
}

int Agent::closed() {
  std::unique_lock lock(state_->mutex);
  if (!state_->arrived.wait_for(lock, kPatience, [this] { return state_->ended; })) return -1;
  return state_->close_code;
}

std::vector<std::string> Agent::raw_received() {
  const std::scoped_lock lock(state_->mutex);
  return state_->raw;
}

void Agent::barrier() {
  protocol::ObjectGet nothing;
  nothing.sha256.push_back(protocol::Digest::of("nothing"));
  answer(send(nothing));
}

protocol::JobFinished built(const protocol::JobCommand& job) {
  protocol::JobFinished finished;
  finished.job_id = job.job_id;
  finished.attempt = job.attempt;
  finished.outcome = protocol::JobOutcomeKind::succeeded;
  finished.result.text = R"({"commit":")" + std::string(40, 'a') +
                         R"(","commit_message":"first","image_digest":"sha256:)" +
                         crypto::sha256_hex(job.job_id.to_string()) + R"("})";
  return finished;
}

}  // namespace control_plane_test
