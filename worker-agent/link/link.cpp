#include "worker-agent/link/link.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <random>

#include "common/async/blocking_pool.hpp"
#include "common/async/timer.hpp"
#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/random.hpp"
#include "common/log/log.hpp"
#include "worker-agent/link/backoff.hpp"
#include "worker-agent/link/connection.hpp"
#include "worker-agent/link/facts.hpp"
#include "worker-agent/link/http_hub.hpp"
#include "worker-agent/link/registry_tokens.hpp"
#include "worker-agent/link/uploads.hpp"

namespace agent {
namespace {

constexpr std::chrono::seconds kTokenAtLeast{60};
constexpr std::chrono::seconds kStable{60};
constexpr std::chrono::seconds kTasksEnd{5};

std::vector<std::string> split_pins(const std::string& text) {
  std::vector<std::string> pins;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) pins.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return pins;
}

Credentials::Options credential_options(const Link::Options& options) {
  return {.enrolment_token_file = options.enrolment_token_file, .name = options.name, .version = options.version};
}

}  // namespace

struct Link::Impl {
  Impl(boost::asio::any_io_executor executor_, Options options_, const base::Clock& clock_, AssignmentHandlers handlers,
       JobRunners runners, LogProvider* logs, std::unique_ptr<Hub> hub_)
      : executor(std::move(executor_)),
        options(std::move(options_)),
        clock(clock_),
        hub(std::move(hub_)),
        store(options.state_dir),
        credentials(credential_options(options), *hub, store, disk, clock),
        journal(store, disk, credentials, clock),
        streams(executor, line, logs),
        statuses(line),
        jobs(executor, std::move(runners), journal, store, disk, line, streams, clock),
        assignments(executor, std::move(handlers), journal, store, disk, line),
        registry_tokens(*hub, credentials),
        uploads(*hub, credentials) {}

  async::Task<void> load();
  async::Task<void> keep_connected();
  /// One registration or connection; how long to wait before the next.
  async::Task<base::Duration> once();
  async::Task<base::Result<void>> enrol();
  async::Task<base::Duration> connect();
  async::Task<base::Duration> serve(HubConnection connection, std::string nonce, Credentials::Token token);
  base::Duration refused(const HubConnection& connection);
  base::Duration wait_after(const protocol::CloseReason& reason, base::Duration lived);
  base::Duration next_wait() { return backoff.next(chance()); }
  std::string pick_url();
  double chance() { return std::uniform_real_distribution<double>(0.0, 1.0)(random); }

  boost::asio::any_io_executor executor;
  Options options;
  const base::Clock& clock;
  std::unique_ptr<Hub> hub;
  async::BlockingPool disk{1, "link-disk"};
  LinkStore store;
  Line line;
  Credentials credentials;
  CommandJournal journal;
  Streams streams;
  Statuses statuses;
  Jobs jobs;
  Assignments assignments;
  HubRegistryTokens registry_tokens;
  HubUploads uploads;
  base::Uuid boot_id;
  Backoff backoff;
  std::string last_url;
  bool stopping{false};  ///< the connection ended because `run` was cancelled
  std::mt19937 random{std::random_device{}()};
};

async::Task<void> Link::Impl::load() {
  boot_id = co_await disk.run([] { return blocking_boot_id(); });
  co_await credentials.load();
  co_await journal.load();
  co_await jobs.load();
  co_await assignments.load();
}

async::Task<void> Link::Impl::keep_connected() {
  while (true) {
    base::Duration wait{};
    try {
      wait = co_await once();
    } catch (const base::Failure& failure) {
      logging::error("link.failed", {{"message", failure.what()}});
      wait = next_wait();
    }
    if (stopping) co_return;
    co_await async::sleep(wait);
  }
}

async::Task<base::Duration> Link::Impl::once() {
  if (!credentials.registered()) {
    if (auto enrolled = co_await enrol(); !enrolled) {
      logging::warn("link.not_enrolled", {{"code", enrolled.error().code}, {"message", enrolled.error().message}});
      co_return next_wait();
    }
    backoff.reset();
  }
  co_return co_await connect();
}

async::Task<base::Result<void>> Link::Impl::enrol() {
  const protocol::WorkerFacts known = options.facts;
  const std::filesystem::path folder = options.state_dir;
  auto facts = co_await disk.run([known, folder] { return blocking_gather_facts(known, folder); });
  co_return co_await credentials.enrol(std::move(facts));
}

std::string Link::Impl::pick_url() {
  std::vector<std::string> urls;
  for (const auto& control_plane : credentials.identity().control_planes) urls.push_back(control_plane.connect_url);
  // Elsewhere if there is an elsewhere.
  if (urls.size() > 1) std::erase(urls, last_url);
  if (urls.empty()) urls.push_back(options.hub_url + std::string(protocol::kConnectPath));
  last_url = urls[std::uniform_int_distribution<std::size_t>(0, urls.size() - 1)(random)];
  return last_url;
}

async::Task<base::Duration> Link::Impl::connect() {
  auto token = co_await credentials.token(kTokenAtLeast);
  if (!token) {
    logging::warn("link.no_token", {{"code", token.error().code}, {"message", token.error().message}});
    co_return next_wait();
  }
  std::string nonce = crypto::random_bytes(protocol::kNonceBytes);
  auto connection = co_await hub->connect(pick_url(), token->text, base::base64url_encode(nonce));
  if (!connection) {
    logging::warn("link.unreachable", {{"code", connection.error().code}, {"message", connection.error().message}});
    co_return next_wait();
  }
  if (!connection->transport) co_return refused(*connection);
  const std::string authority = hub->authority_pem();
  if (!authority.empty()) co_await disk.run([this, authority] { store.blocking_save_authority(authority); });
  co_return co_await serve(std::move(*connection), std::move(nonce), std::move(*token));
}

base::Duration Link::Impl::refused(const HubConnection& connection) {
  logging::warn("link.refused", {{"status", connection.status}});
  if (connection.status == 401) credentials.drop_token();
  return next_wait() + connection.retry_after.value_or(std::chrono::seconds{0});
}

async::Task<base::Duration> Link::Impl::serve(HubConnection connection, std::string nonce, Credentials::Token token) {
  const auto peer_nonce = protocol::decode_nonce(connection.nonce_header);
  if (!peer_nonce) {
    logging::warn("link.bad_nonce");
    connection.transport->abort();
    co_return next_wait();
  }
  auto keys = protocol::derive_session_keys(credentials.root_key(), nonce, *peer_nonce, protocol::Side::agent);
  LinkParts parts{.executor = executor,
                  .clock = clock,
                  .credentials = credentials,
                  .journal = journal,
                  .line = line,
                  .streams = streams,
                  .statuses = statuses,
                  .jobs = jobs,
                  .assignments = assignments,
                  .version = options.version,
                  .boot_id = boot_id};
  const base::SteadyTime began = clock.steady_now();
  Connection live(parts, std::move(connection.transport), std::move(keys), token.expires_at, options.session);
  const protocol::CloseReason reason = co_await live.run();
  logging::info("link.disconnected", {{"code", reason.code}, {"reason", reason.reason}, {"rejected", reason.rejected}});
  stopping = reason.cancelled;
  co_return wait_after(reason, clock.steady_now() - began);
}

base::Duration Link::Impl::wait_after(const protocol::CloseReason& reason, base::Duration lived) {
  using protocol::CloseCode;
  if (lived >= kStable) backoff.reset();
  const auto code = static_cast<CloseCode>(reason.code);
  if (code == CloseCode::token_expired || code == CloseCode::bad_mac) credentials.drop_token();
  if (code == CloseCode::duplicate || code == CloseCode::revoked) backoff.slow_down();
  // One instance goes away: at once, but not all agents in the same instant.
  if (code == CloseCode::going_away) return std::chrono::milliseconds(static_cast<int>(500.0 * chance()));
  return next_wait();
}

Link::Link(boost::asio::any_io_executor executor, Options options, const base::Clock& clock,
           AssignmentHandlers handlers, JobRunners runners, LogProvider* logs)
    : Link(executor, options, clock, std::move(handlers), std::move(runners), logs,
           std::make_unique<HttpHub>(executor, options.hub_url, split_pins(options.ca_pin), clock)) {}

Link::Link(boost::asio::any_io_executor executor, Options options, const base::Clock& clock,
           AssignmentHandlers handlers, JobRunners runners, LogProvider* logs, std::unique_ptr<Hub> hub)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(options), clock, std::move(handlers),
                                   std::move(runners), logs, std::move(hub))) {}

Link::~Link() = default;

async::Task<void> Link::run() {
  Impl& impl = *impl_;
  co_await impl.load();
  async::TaskGroup tasks(impl.executor);
  impl.jobs.start(tasks);
  impl.assignments.start(tasks);
  try {
    co_await impl.keep_connected();
  } catch (const boost::system::system_error& error) {
    if (error.code() != boost::asio::error::operation_aborted) throw;
  }
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  impl.line.set(nullptr);
  co_await impl.streams.disconnected();
  co_await impl.jobs.stop();
  tasks.cancel();
  co_await tasks.join(base::Deadline::after(impl.clock, kTasksEnd));
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::enable_terminal_cancellation());
}

ReplicaStatusSink Link::status_sink() {
  return [this](const ReplicaObservation& observation) { impl_->statuses.observe(observation); };
}

RegistryTokens& Link::registry_tokens() {
  return impl_->registry_tokens;
}

async::Task<base::Result<std::string>> Link::read_upload(base::Uuid upload, std::uint64_t at) {
  return impl_->uploads.read(upload, at);
}

base::Result<base::SecretString> Link::open_sealed(std::string_view box) const {
  if (impl_->credentials.keys().sealing.public_key.empty()) {
    return base::fail(base::ErrorKind::unavailable, "link.no_keys", "The keys are not read yet.");
  }
  return crypto::open_box(impl_->credentials.keys().sealing, box);
}

std::filesystem::path Link::authority_file() const {
  return impl_->store.authority_file();
}

base::WorkerId Link::worker_id() const {
  return impl_->credentials.registered() ? impl_->credentials.identity().worker_id : base::WorkerId{};
}

bool Link::connected() const {
  return impl_->line.up();
}

bool Link::send_stats(const protocol::StatsReport& report, std::string body) {
  return impl_->line.send(report, std::move(body)).has_value();
}

}  // namespace agent
