#include "control-plane/modules/fleet/registration.hpp"

#include <algorithm>

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "common/json/json.hpp"
#include "common/protocol/limits.hpp"
#include "control-plane/modules/fleet/refusal_store.hpp"
#include "control-plane/modules/fleet/store.hpp"

namespace fleet {
namespace {

/// What the audit log keeps of a refused envelope.
struct RefusedEnvelope {
  std::string reason;
  int close_code{0};
  template <class F>
  void map(F& f) {
    f.required("reason", reason);
    f.required("close_code", close_code);
  }
};

constexpr const char* kKeyPurpose = "worker-api-key";
constexpr std::size_t kMostAddresses = 10'000;

crypto::ColumnContext key_place(base::WorkerId worker, std::int64_t gen) {
  return {"workers", "api_key_hash", worker.to_string(), static_cast<std::uint64_t>(gen)};
}

std::unexpected<base::Error> refused() {
  return base::fail(base::ErrorKind::forbidden, "worker.refused",
                    "This enrolment is not valid. Make a new token: wh workers enrol.");
}

std::unexpected<base::Error> unauthenticated() {
  return base::fail(base::ErrorKind::unauthenticated, "worker.unauthenticated",
                    "The worker could not be authenticated.");
}

Capabilities capabilities_of(const protocol::WorkerFacts& facts) {
  const auto has = [&facts](const char* name) {
    return std::ranges::find(facts.capabilities, name) != facts.capabilities.end();
  };
  return Capabilities{has("run"), has("build"), has("edge"), has("registry")};
}

}  // namespace

std::string Registration::seal_key(Tx& tx, base::WorkerId worker, std::string_view k, std::int64_t gen) const {
  return vault_.seal_installation(tx, kKeyPurpose, key_place(worker, gen), k);
}

base::Result<std::string> Registration::open_key(Tx& tx, base::WorkerId worker, const std::string& sealed,
                                                 std::int64_t gen) const {
  TRY_ASSIGN(const auto opened, vault_.open_installation(tx, kKeyPurpose, key_place(worker, gen), sealed));
  return std::string(opened.reveal());
}

std::string Registration::issue(base::WorkerId worker, std::int64_t gen) const {
  const auto now = clock_.utc_now();
  return crypto::issue_worker_token(keys_.tokens.front(), options_.issuer, worker, static_cast<std::uint64_t>(gen), now,
                                    base::Uuid::v7(now));
}

base::Result<Registration::Enrolment> Registration::make_token(Tx& tx, const std::string& name,
                                                               const std::string& created_by) {
  if (!protocol::is_worker_name(name)) {
    return base::invalid("/name",
                         "A worker's name has 1 to 63 lower-case letters, digits and dashes, for example host-2.");
  }
  if (store::name_taken(tx, name)) {
    return base::conflict("worker.name_taken", "There is a worker named " + name + " already. Choose another name.");
  }
  const auto token = base::base64url_encode(crypto::random_bytes(32));
  const auto now = clock_.utc_now();
  const auto expires = now + protocol::kEnrolmentTokenLife;
  store::insert_enrolment_token(tx, base::Uuid::v7(now), name, crypto::sha256(token), created_by, expires);
  return Enrolment{token, name, expires};
}

protocol::RegisterResponse Registration::welcome(base::WorkerId id, const std::string& name, std::int64_t gen) const {
  protocol::RegisterResponse response;
  response.worker_id = id;
  response.name = name;
  response.gen = static_cast<std::uint64_t>(gen);
  response.token = issue(id, gen);
  response.command_keys.push_back(
      protocol::CommandKey{keys_.command.id, protocol::Binary{keys_.command.pair.public_key}});
  response.ca_pins.push_back(keys_.authority_pin());
  protocol::ControlPlaneAddress address;
  address.id = options_.instance;
  address.connect_url = options_.connect_url;
  response.control_planes.push_back(std::move(address));
  return response;
}

base::Result<Registration::Registered> Registration::register_worker(Tx& tx, const protocol::RegisterRequest& request) {
  const auto token = store::lock_enrolment_token(tx, crypto::sha256(request.secret));
  if (!token || token->expires_at <= clock_.utc_now()) return refused();
  if (request.name && *request.name != token->worker_name) return refused();
  const auto k = protocol::mac_root(request.api_key.bytes);
  const auto wireguard = base::base64url_encode(request.wireguard_public_key.bytes);
  const auto sealing = base::base64url_encode(request.sealing_public_key.bytes);
  if (token->used) {
    const auto known = store::credentials(tx, *token->worker);
    const bool same = base::equal_constant_time(token->api_key_sha256, k) && known &&
                      known->wireguard_public_key == wireguard && known->sealing_public_key == sealing &&
                      known->state != "revoked";
    if (!same) return refused();
    return Registered{welcome(*token->worker, token->worker_name, known->gen), true};
  }
  if (store::name_taken(tx, token->worker_name)) return refused();
  store::NewWorker worker;
  worker.id = base::WorkerId::make(clock_);
  worker.name = token->worker_name;
  worker.api_key_hash_sealed = seal_key(tx, worker.id, k, 1);
  worker.wireguard_public_key = wireguard;
  worker.sealing_public_key = sealing;
  worker.agent_version = request.agent_version;
  worker.facts_json = json::encode(request.facts);
  worker.capabilities = capabilities_of(request.facts);
  store::insert_worker(tx, worker);
  store::use_enrolment_token(tx, token->id, worker.id, k);
  feed::Change change;
  change.kind = "worker.enrolled";
  change.worker = worker.id;
  feed_.append(tx, change);
  audit_.record_machine(tx, "worker", worker.id.to_string(),
                        {.action = "worker.register",
                         .object_kind = "worker",
                         .object_id = worker.id.to_string(),
                         .before = "",
                         .after = "",
                         .object_name = worker.name});
  return Registered{welcome(worker.id, worker.name, 1), false};
}

bool Registration::record_refusal(Tx& tx, base::WorkerId worker, const std::string& reason, int close_code) {
  if (!store::take_refusal_turn(tx, worker)) return false;
  audit_.record_machine(tx, "worker", worker.to_string(),
                        {.action = "worker.envelope_refused",
                         .object_kind = "worker",
                         .object_id = worker.to_string(),
                         .before = "",
                         .after = json::encode(RefusedEnvelope{reason, close_code})});
  return true;
}

base::Result<std::string> Registration::live_key(Tx& tx, base::WorkerId worker, std::int64_t gen) {
  const auto known = store::credentials(tx, worker);
  if (!known || known->state == "revoked") return unauthenticated();
  if (gen == known->gen) return open_key(tx, worker, known->api_key_hash_sealed, gen);
  const bool overlap =
      gen == known->gen - 1 && known->previous_key_hash_sealed && known->previous_until > clock_.utc_now();
  if (!overlap) return unauthenticated();
  return open_key(tx, worker, *known->previous_key_hash_sealed, gen);
}

base::Result<protocol::RefreshResponse> Registration::refresh(Tx& tx, std::string_view body,
                                                              std::string_view signature) {
  const auto request = protocol::decode_refresh(body);
  if (!request) return unauthenticated();
  const auto key = live_key(tx, request->worker_id, static_cast<std::int64_t>(request->gen));
  if (!key || !protocol::verify_refresh(*key, body, signature)) return unauthenticated();
  if (!protocol::refresh_in_time(request->ts, clock_.utc_now())) return unauthenticated();
  if (!store::remember_nonce(tx, request->worker_id, base::base64url_encode(request->nonce.bytes)))
    return unauthenticated();
  protocol::RefreshResponse response;
  response.token = issue(request->worker_id, static_cast<std::int64_t>(request->gen));
  return response;
}

base::Result<AdmittedWorker> Registration::admit(Tx& tx, std::string_view token) {
  const auto claims = crypto::verify_worker_token(keys_.tokens, options_.issuer, token, clock_.utc_now());
  if (!claims) return unauthenticated();
  const auto gen = static_cast<std::int64_t>(claims->generation);
  auto key = live_key(tx, claims->worker, gen);
  if (!key) return unauthenticated();
  const auto known = store::credentials(tx, claims->worker);
  return AdmittedWorker{claims->worker, known->state, gen, base::SecretString(*std::move(key)), claims->expires_at};
}

base::Result<std::int64_t> Registration::rotate(Tx& tx, base::WorkerId worker, const std::string& k) {
  const auto known = store::credentials(tx, worker);
  if (!known) return unauthenticated();
  TRY_ASSIGN(const auto current, open_key(tx, worker, known->api_key_hash_sealed, known->gen));
  if (base::equal_constant_time(current, k)) return known->gen;
  const auto gen = known->gen + 1;
  store::rotate_credentials(tx, worker, gen, seal_key(tx, worker, k, gen),
                            clock_.utc_now() + protocol::kCredentialOverlap);
  return gen;
}

bool FailureLimit::exceeded(const std::string& address) {
  const auto now = clock_.steady_now();
  return failures_.with([&](auto& failures) {
    const auto found = failures.find(address);
    if (found == failures.end()) return false;
    auto& times = found->second;
    while (!times.empty() && now - times.front() > std::chrono::minutes(1)) times.pop_front();
    return times.size() >= protocol::kEnrolmentFailuresPerMinute;
  });
}

void FailureLimit::failed(const std::string& address) {
  const auto now = clock_.steady_now();
  failures_.with([&](auto& failures) {
    if (failures.size() >= kMostAddresses) failures.clear();
    failures[address].push_back(now);
  });
}

}  // namespace fleet
