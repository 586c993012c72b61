#pragma once

#include <gtest/gtest.h>
#include <boost/asio/this_coro.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "common/crypto/worker_token.hpp"
#include "common/protocol/commands.hpp"
#include "common/protocol/messages/all.hpp"
#include "common/protocol/registration.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/scripted_peer.hpp"
#include "worker-agent/link/link.hpp"

namespace agent::testing {

inline constexpr std::string_view kIssuer = "https://cp.example.test";

/// A control plane played by hand: answers registration and refresh, hands over each connection to the test.
class FakeControlPlane {
  boost::asio::any_io_executor executor_;
  const base::Clock& clock_;

 public:
  FakeControlPlane(const boost::asio::any_io_executor& executor, const base::Clock& clock)
      : executor_(executor), clock_(clock), arrived_(executor) {}

  /// The next connection of the agent, once it is there.
  async::Task<support::ScriptedPeer*> accept() {
    while (waiting_.empty()) co_await arrived_.wait();
    auto peer = std::move(waiting_.front());
    waiting_.pop_front();
    peers_.push_back(std::move(peer));
    co_return peers_.back().get();
  }
  /// Accepts and exchanges hello; the agent's inventory is received and acknowledged.
  async::Task<support::ScriptedPeer*> accept_and_greet() {
    support::ScriptedPeer* peer = co_await accept();
    co_await greet(*peer);
    co_return peer;
  }
  async::Task<void> greet(support::ScriptedPeer& peer) {
    const protocol::ControlPlaneHello hello{
        .version = 1, .instance = "cp-1", .epoch = 3, .session_epoch = 1, .clock = clock_.utc_now()};
    co_await peer.send(hello);
    agent_hello = co_await peer.expect_as<protocol::AgentHello>();
    inventory = co_await peer.expect_as<protocol::InventoryReport>();
    const auto id = peer.last_received;
    co_await peer.send("ack", "{}", {}, id);
  }

  protocol::CommandHead head(protocol::CommandType type, std::uint64_t epoch = 3) const {
    return {.command = type,
            .worker_id = worker,
            .epoch = epoch,
            .issued_at = clock_.utc_now(),
            .not_after = clock_.utc_now() + std::chrono::seconds(120)};
  }
  protocol::AssignmentCommand assignment(std::uint64_t generation, std::vector<std::string> bodies) const {
    protocol::AssignmentCommand command{.head = head(protocol::CommandType::assignment), .generation = generation};
    for (const std::string& body : bodies)
      command.objects.push_back({.id = "id of " + body, .sha256 = protocol::Digest::of(body)});
    return command;
  }
  protocol::JobCommand job(base::JobId id, int attempt = 1) const {
    return {.head = head(protocol::CommandType::job), .job_id = id, .attempt = attempt, .lease_s = 120};
  }
  template <class T>
  async::Task<protocol::EnvelopeId> command(support::ScriptedPeer& peer, const T& command) {
    return signed_command(peer, protocol::sign_command(key, command), type_of(command));
  }
  static async::Task<protocol::EnvelopeId> signed_command(support::ScriptedPeer& peer, protocol::SignedCommand command,
                                                          std::string type) {
    return peer.send(type, json::encode(command.signature), command.bytes);
  }
  /// Sends `bodies` for one `object.get`.
  static async::Task<void> serve_bodies(support::ScriptedPeer& peer, std::vector<std::string> bodies) {
    const auto get = co_await peer.expect_as<protocol::ObjectGet>();
    const auto re = peer.last_received;
    EXPECT_LE(get.sha256.size(), 64U);
    for (const protocol::Digest& digest : get.sha256) {
      for (const std::string& body : bodies) {
        if (protocol::Digest::of(body) != digest) continue;
        const protocol::ObjectPut put{.sha256 = digest};
        co_await peer.send(put, body, re);
      }
    }
  }

  static std::string type_of(const protocol::AssignmentCommand&) { return "assignment.sync"; }
  static std::string type_of(const protocol::JobCommand&) { return "job.dispatch"; }
  static std::string type_of(const protocol::TrustCommand&) { return "trust.update"; }

  /// Answers of the HTTP side; tests replace them.
  std::function<HubAnswer(const std::string& path, const std::string& body)> http =
      [this](const auto& path, const auto& body) { return answer(path, body); };
  HubAnswer answer(const std::string& path, const std::string& body) {
    if (path == protocol::kRegisterPath) return register_worker(body);
    if (path == protocol::kRefreshPath) return refresh(body);
    return HubAnswer{.status = 404};
  }
  HubAnswer register_worker(const std::string& body) {
    registrations.push_back(protocol::decode_register(body).value());
    k = protocol::mac_root(registrations.back().api_key.bytes);
    const protocol::RegisterResponse response{
        .worker_id = worker,
        .name = "worker-1",
        .gen = gen,
        .token = token(),
        .command_keys = {{.id = key.id, .key = {key.pair.public_key}}},
        .ca_pins = {"sha256/pin"},
        .control_planes = {{.id = "cp-1", .connect_url = "wss://cp/v1/workers/connect"}}};
    return HubAnswer{.status = 201, .body = json::encode(response)};
  }
  HubAnswer refresh(const std::string& body) {
    refreshes.push_back(protocol::decode_refresh(body).value());
    EXPECT_TRUE(protocol::verify_refresh(k, body, last_signature));
    return HubAnswer{.status = 200, .body = json::encode(protocol::RefreshResponse{.token = token()})};
  }
  std::string token() const {
    return crypto::issue_worker_token(token_key, kIssuer, worker, gen, clock_.utc_now(),
                                      base::Uuid::v7(clock_.utc_now()));
  }

  class FakeHub final : public Hub {
   public:
    explicit FakeHub(FakeControlPlane& plane) : plane_(plane) {}
    void set_pins(std::vector<std::string> pinned) override { plane_.pins = std::move(pinned); }
    async::Task<base::Result<HubAnswer>> send(std::string method, std::string path, Headers headers,
                                              std::string body) override {
      plane_.last_method = method;
      plane_.last_headers = headers;
      for (const auto& [name, value] : headers) {
        if (name == protocol::kSignatureHeader) plane_.last_signature = value;
      }
      if (plane_.unreachable) co_return base::fail(base::ErrorKind::unavailable, "net.unreachable", "away");
      co_return plane_.http(path, body);
    }
    async::Task<base::Result<HubConnection>> connect(std::string url, std::string jwt, std::string nonce) override {
      plane_.connect_urls.push_back(url);
      plane_.connect_tokens.push_back(jwt);
      if (plane_.refuse_connect != 0) co_return HubConnection{.status = std::exchange(plane_.refuse_connect, 0)};
      co_return plane_.open(protocol::decode_nonce(nonce).value());
    }
    std::string authority_pem() const override { return "authority\n"; }

   private:
    FakeControlPlane& plane_;
  };
  std::unique_ptr<Hub> hub() { return std::make_unique<FakeHub>(*this); }

  HubConnection open(const std::string& agent_nonce) {
    support::TransportPair pair(executor_, clock_);
    const std::string own_nonce = crypto::random_bytes(32);
    wire_to_agent = pair.b_to_a;
    waiting_.push_back(std::make_unique<support::ScriptedPeer>(
        std::move(pair.b), protocol::derive_session_keys(k, agent_nonce, own_nonce, protocol::Side::control_plane),
        clock_));
    arrived_.notify();
    HubConnection connection{.status = 101, .nonce_header = base::base64url_encode(own_nonce)};
    connection.transport = std::move(pair.a);
    return connection;
  }

  base::WorkerId worker{base::Uuid::v7(clock_.utc_now())};
  protocol::CommandSigningKey key{.id = "ck1", .pair = crypto::ed25519_generate()};
  crypto::WorkerTokenKey token_key{crypto::make_worker_token_key()};
  std::string k{};
  std::uint64_t gen{1};
  bool unreachable{false};
  int refuse_connect{0};
  std::string last_signature{};
  std::string last_method{};
  Hub::Headers last_headers{};
  std::vector<std::string> pins{};
  std::vector<std::string> connect_urls{};
  std::vector<std::string> connect_tokens{};
  std::vector<protocol::RegisterRequest> registrations{};
  std::vector<protocol::RefreshRequest> refreshes{};
  protocol::AgentHello agent_hello{};
  protocol::InventoryReport inventory{};
  std::shared_ptr<support::Wire> wire_to_agent{};

 private:
  Wake arrived_;
  std::deque<std::unique_ptr<support::ScriptedPeer>> waiting_;
  std::vector<std::unique_ptr<support::ScriptedPeer>> peers_;
};

/// Remembers what it was given.
class FakeHandler final : public AssignmentHandler {
 public:
  async::Task<ApplyResult> apply(std::vector<ObjectBody> objects, bool shrink) override {
    std::vector<std::string> bodies;
    for (const ObjectBody& object : objects) bodies.push_back(object.bytes);
    applied.push_back(std::move(bodies));
    last_shrink = shrink;
    co_return result;
  }
  async::Task<ApplyResult> settle() override {
    Wake never(co_await boost::asio::this_coro::executor);
    const auto told = result.pending;
    while (result.pending == told) co_await never.wait(std::chrono::milliseconds(2));
    co_return result;
  }
  std::vector<std::vector<std::string>> applied{};
  bool last_shrink{false};
  ApplyResult result{};
};

/// Bytes in memory.
class FakeSource final : public StreamSource {
 public:
  FakeSource(const boost::asio::any_io_executor& executor, std::string bytes_, bool complete_)
      : bytes(std::move(bytes_)), done(complete_), grown_(executor) {}
  std::uint64_t size() const override { return bytes.size(); }
  bool complete() const override { return done; }
  base::Result<std::string> read(std::uint64_t offset, std::size_t limit) override {
    if (offset >= bytes.size() && unreadable) {
      return base::fail(base::ErrorKind::unavailable, "log.unreadable", "The log's file cannot be read.");
    }
    if (offset > bytes.size()) return std::string();
    return bytes.substr(offset, limit);
  }
  async::Task<void> wait_beyond(std::uint64_t offset, base::Duration at_most) override {
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (bytes.size() <= offset && !done) {
      const base::Duration left = end - std::chrono::steady_clock::now();
      if (left <= base::Duration::zero()) co_return;
      co_await grown_.wait(left);
    }
  }
  void append(const std::string& more, bool complete_) {
    bytes += more;
    done = complete_;
    grown_.notify();
  }
  std::string bytes;
  bool done;
  bool unreadable{false};  ///< what follows `bytes`

 private:
  Wake grown_;
};

/// A runner whose jobs end when the test says so.
class FakeRunner final : public JobRunner {
 public:
  explicit FakeRunner(const boost::asio::any_io_executor& executor) : executor_(executor), changed(executor) {}
  std::string kind() const override { return "build"; }
  async::Task<JobOutcome> run(Job job, JobSink& sink) override {
    runs.push_back(job);
    if (log) sink.log(log);
    sink.progress("build", 50);
    changed.notify();
    while (!outcome) co_await changed.wait();
    co_return *outcome;
  }
  std::shared_ptr<StreamSource> reopen_log(base::JobId, int, const boost::asio::any_io_executor&) const override {
    return kept_log;
  }
  void forget_log(base::JobId, int) const override { ++forgotten; }
  void end(JobOutcome value) {
    outcome = std::move(value);
    changed.notify();
  }

  std::vector<Job> runs{};
  std::optional<JobOutcome> outcome{};
  std::shared_ptr<FakeSource> log{};
  std::shared_ptr<FakeSource> kept_log{};
  mutable int forgotten{0};

 private:
  boost::asio::any_io_executor executor_;

 public:
  Wake changed;
};

class FakeLogs final : public LogProvider {
 public:
  base::Result<std::shared_ptr<StreamSource>> open(base::ReplicaId replica, const LogWanted& wanted) override {
    if (replica != here) return base::not_found("replica", "the replica");
    lines = static_cast<int>(wanted.last_lines.value_or(0));
    following = wanted.follow;
    return std::shared_ptr<StreamSource>(source);
  }
  base::ReplicaId here{};
  std::shared_ptr<FakeSource> source{};
  int lines{0};
  bool following{false};
};

/// An agent's link with fake capabilities, over a state folder of its own.
class LinkTest : public ::testing::Test {
 protected:
  LinkTest() {
    folder_ = std::filesystem::temp_directory_path() / ("wh-link-" + base::hex_encode(crypto::random_bytes(6)));
    std::filesystem::create_directories(folder_);
    write_token();
  }
  ~LinkTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path token_file() const { return folder_ / "token"; }
  void write_token() { base::blocking_write_file(token_file(), "enrolment-token\n", 0600); }

  std::unique_ptr<Link> make_link() {
    Link::Options options{.hub_url = "https://cp",
                          .ca_pin = "sha256/pin",
                          .enrolment_token_file = token_file(),
                          .state_dir = folder_,
                          .name = "worker-1",
                          .version = "0.1.0",
                          .facts = {.capabilities = {"run", "build"}, .labels = {{"zone", "a"}}},
                          .session = {}};
    return std::make_unique<Link>(io_.get_executor(), std::move(options), clock_,
                                  AssignmentHandlers{{protocol::AssignmentKind::replicas, &replicas_}},
                                  JobRunners{&runner_}, &logs_, plane_.hub());
  }
  /// Runs a link and `script` until the script has ended; the link is then stopped as at the agent's end.
  void play(async::Task<void> script) {
    link_ = make_link();
    support::run_task(io_, until_first(link_->run(), std::move(script)));
    link_.reset();
  }
  static async::Task<void> until_first(async::Task<void> forever, async::Task<void> script) {
    using boost::asio::experimental::awaitable_operators::operator||;
    co_await (std::move(forever) || std::move(script));
  }

  std::filesystem::path folder_;
  boost::asio::io_context io_{1};
  base::SystemClock clock_;
  FakeControlPlane plane_{io_.get_executor(), clock_};
  FakeHandler replicas_;
  FakeRunner runner_{io_.get_executor()};
  FakeLogs logs_;
  std::unique_ptr<Link> link_;
};

}  // namespace agent::testing
