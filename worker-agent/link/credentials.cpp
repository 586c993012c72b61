#include "worker-agent/link/credentials.hpp"

#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "common/crypto/worker_token.hpp"
#include "common/json/json.hpp"
#include "common/log/log.hpp"

namespace agent {
namespace {

constexpr std::size_t kRefreshNonceBytes = 16;
constexpr std::size_t kApiKeyBytes = 32;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

base::SteadyTime after(base::SteadyTime from, base::Duration wait) {
  return from + std::chrono::duration_cast<base::SteadyTime::duration>(wait);
}

}  // namespace

Credentials::Credentials(Options options, Hub& hub, LinkStore& store, async::BlockingPool& disk,
                         const base::Clock& clock)
    : options_(std::move(options)), hub_(hub), store_(store), disk_(disk), clock_(clock) {}

async::Task<void> Credentials::load() {
  keys_ = co_await disk_.run([this] { return store_.blocking_load_keys(); });
  identity_ = co_await disk_.run([this] { return store_.blocking_load_identity(); });
  if (identity_ && keys_.gen == 0) identity_.reset();
  if (identity_) hub_.set_pins(identity_->ca_pins);
}

async::Task<void> Credentials::save_keys() {
  const KeyFile copy = keys_;
  co_await disk_.run([this, copy] { store_.blocking_save_keys(copy); });
}

async::Task<base::Result<void>> Credentials::enrol(protocol::WorkerFacts facts) {
  const std::filesystem::path file = options_.enrolment_token_file;
  std::string secret;
  try {
    secret = trimmed(co_await disk_.run([file] { return base::blocking_read_private_file(file); }));
  } catch (const base::Failure& failure) {
    co_return base::fail(base::ErrorKind::unavailable, "link.no_token", failure.what());
  }
  protocol::RegisterRequest request{.secret = std::move(secret),
                                    .api_key = {std::string(keys_.api_key.reveal())},
                                    .wireguard_public_key = {keys_.wireguard.public_key},
                                    .sealing_public_key = {keys_.sealing.public_key},
                                    .agent_version = options_.version,
                                    .facts = std::move(facts)};
  if (!options_.name.empty()) request.name = options_.name;
  std::string body = json::encode(request);
  Hub::Headers headers{{"Content-Type", "application/json"}};
  CO_TRY_ASSIGN(const auto answer,
                co_await hub_.send("POST", std::string(protocol::kRegisterPath), std::move(headers), std::move(body)));
  if (answer.status != 200 && answer.status != 201) {
    co_return base::fail(base::ErrorKind::forbidden, "link.enrolment_refused",
                         "The control plane refused the registration with status " + std::to_string(answer.status) +
                             ". Ask for a fresh enrolment token.");
  }
  CO_TRY_ASSIGN(auto response, json::decode<protocol::RegisterResponse>(answer.body, json::Unknown::ignore));
  CO_TRY_CHECK(co_await adopt_registration(std::move(response)));
  co_await disk_.run([file] { std::filesystem::remove(file); });
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Credentials::adopt_registration(protocol::RegisterResponse response) {
  if (response.command_keys.empty() || response.ca_pins.empty() || response.gen == 0) {
    co_return base::fail(base::ErrorKind::invalid, "link.registration",
                         "The registration's answer lacks keys or pins.");
  }
  const Identity identity{.worker_id = response.worker_id,
                          .name = response.name,
                          .command_keys = response.command_keys,
                          .ca_pins = response.ca_pins,
                          .control_planes = response.control_planes};
  const std::string authority = hub_.authority_pem();
  co_await disk_.run([this, identity, authority] {
    store_.blocking_save_identity(identity);
    if (!authority.empty()) store_.blocking_save_authority(authority);
  });
  keys_.gen = response.gen;
  co_await save_keys();
  identity_ = identity;
  hub_.set_pins(identity.ca_pins);
  token_ = make_token(response.token, response.expires_in, response.gen);
  const bool pending = response.state == protocol::WorkerStanding::pending;
  logging::info("link.enrolled", {{"worker", identity.worker_id.to_string()}, {"pending", pending}});
  co_return base::Result<void>{};
}

Credentials::Token Credentials::make_token(std::string text, std::uint32_t expires_in, std::uint64_t gen) const {
  // By the monotonic clock from when it came: our wall clock says nothing about the control plane's.
  return Token{
      .text = std::move(text), .gen = gen, .expires_at = after(clock_.steady_now(), std::chrono::seconds(expires_in))};
}

std::string Credentials::root_key() const {
  return protocol::mac_root(keys_.api_key.reveal());
}

async::Task<base::Result<Credentials::Token>> Credentials::token(base::Duration at_least) {
  const bool good = token_ && token_->expires_at > after(clock_.steady_now(), at_least);
  if (!good) {
    CO_TRY_ASSIGN(auto fresh, co_await refresh());
    token_ = std::move(fresh);
  }
  co_return *token_;
}

async::Task<base::Result<Credentials::Token>> Credentials::refresh() {
  auto fresh = co_await refresh_with(protocol::mac_root(keys_.api_key.reveal()), keys_.gen);
  if (fresh || fresh.error().code != "link.unauthorized" || !keys_.next_api_key) co_return fresh;
  // The rotation may have been committed and its ack lost, and the old generation may be over.
  auto rotated = co_await refresh_with(protocol::mac_root(keys_.next_api_key->reveal()), keys_.gen + 1);
  if (rotated) CO_TRY_CHECK(co_await finish_rotation(keys_.gen + 1));
  co_return rotated;
}

async::Task<base::Result<HubAnswer>> Credentials::post_refresh(std::string k, std::uint64_t gen) {
  const protocol::RefreshRequest request{
      .worker_id = identity_->worker_id,
      .gen = gen,
      .ts = clock_.utc_now() + std::chrono::duration_cast<std::chrono::microseconds>(clock_offset_),
      .nonce = {crypto::random_bytes(kRefreshNonceBytes)}};
  std::string body = json::encode(request);
  Hub::Headers headers{{"Content-Type", "application/json"},
                       {std::string(protocol::kSignatureHeader), protocol::sign_refresh(k, body)}};
  return hub_.send("POST", std::string(protocol::kRefreshPath), std::move(headers), std::move(body));
}

async::Task<base::Result<Credentials::Token>> Credentials::refresh_with(std::string k, std::uint64_t gen) {
  auto answer = co_await post_refresh(k, gen);
  if (answer && answer->status == 401 && answer->date) {
    clock_offset_ = *answer->date - clock_.utc_now();
    answer = co_await post_refresh(k, gen);
  }
  if (!answer) co_return base::fail(answer.error());
  if (answer->status == 401) {
    co_return base::fail(base::ErrorKind::unauthenticated, "link.unauthorized",
                         "The control plane does not know this worker's key any more.");
  }
  if (answer->status != 200) {
    co_return base::fail(base::ErrorKind::unavailable, "link.refresh",
                         "The control plane answered " + std::to_string(answer->status) + " to the token refresh.");
  }
  CO_TRY_ASSIGN(auto response, json::decode<protocol::RefreshResponse>(answer->body, json::Unknown::ignore));
  // An older row put back into the control plane's database shows here.
  const auto claims = crypto::peek_worker_token(response.token);
  if (!claims || claims->generation != gen || claims->worker != identity_->worker_id) {
    co_return base::fail(base::ErrorKind::invalid, "link.refresh", "The token is not for this worker's generation.");
  }
  co_return make_token(std::move(response.token), response.expires_in, gen);
}

async::Task<std::string> Credentials::start_rotation() {
  if (!keys_.next_api_key) {
    keys_.next_api_key = base::SecretString(crypto::random_bytes(kApiKeyBytes));
    co_await save_keys();
  }
  co_return crypto::sha256(keys_.next_api_key->reveal());
}

async::Task<base::Result<void>> Credentials::finish_rotation(std::uint64_t gen) {
  if (!keys_.next_api_key || gen <= keys_.gen) {
    co_return base::fail(base::ErrorKind::invalid, "link.rotation", "No rotation to this generation is open.");
  }
  keys_.api_key = std::move(*keys_.next_api_key);
  keys_.next_api_key.reset();
  keys_.gen = gen;
  token_.reset();
  co_await save_keys();
  logging::info("link.rotated", {{"gen", gen}});
  co_return base::Result<void>{};
}

async::Task<void> Credentials::replace_trust(const protocol::TrustCommand& trust) {
  Identity identity = *identity_;
  identity.command_keys = trust.command_keys;
  identity.ca_pins = trust.ca_pins;
  identity.control_planes = trust.control_planes;
  co_await disk_.run([this, identity] { store_.blocking_save_identity(identity); });
  identity_ = identity;
  hub_.set_pins(identity.ca_pins);
}

}  // namespace agent
