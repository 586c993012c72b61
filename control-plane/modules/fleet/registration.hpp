#pragma once

#include <deque>
#include <map>
#include <string>

#include "common/base/guarded.hpp"
#include "common/protocol/registration.hpp"
#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/fleet/keys.hpp"
#include "control-plane/modules/fleet/types.hpp"

namespace fleet {

/// A worker whose JWT was good, with the key that its connection's MACs come from.
struct AdmittedWorker {
  base::WorkerId id;
  std::string state;
  std::int64_t gen{1};
  base::SecretString mac_root;  ///< K of the token's generation
  base::UtcTime token_expires_at;
};

/// Enrolment, registration, refresh and the checks of worker tokens (PROTOCOL 1 to 4).
class Registration {
 public:
  struct Options {
    std::string issuer;       ///< public URL of the control plane: `iss` of worker tokens
    std::string connect_url;  ///< what agents dial
    std::string instance{"cp-1"};
  };

  Registration(const base::Clock& clock, Options options, const Keys& keys, secrets::Vault& vault, feed::Feed& feed,
               audit::Log& audit)
      : clock_(clock), options_(std::move(options)), keys_(keys), vault_(vault), feed_(feed), audit_(audit) {}

  struct Enrolment {
    std::string token;
    std::string name;
    base::UtcTime expires_at;
  };
  /// A single-use token for a worker of that name, valid for an hour. Errors: `invalid`, `worker.name_taken`.
  base::Result<Enrolment> make_token(Tx& tx, const std::string& name, const std::string& created_by);

  struct Registered {
    protocol::RegisterResponse response;
    bool repeated{false};  ///< the same call again: answered 200 instead of 201
  };
  /// Error `worker.refused` (403) for everything that a stranger must not tell apart; `invalid` (422) for the form.
  base::Result<Registered> register_worker(Tx& tx, const protocol::RegisterRequest& request);
  /// Error `worker.unauthenticated` (401), one message for all.
  base::Result<protocol::RefreshResponse> refresh(Tx& tx, std::string_view body, std::string_view signature);
  /// Checks a bearer token and that its worker and generation live. Error `worker.unauthenticated`.
  base::Result<AdmittedWorker> admit(Tx& tx, std::string_view token);
  /// `credentials.rotate`: the new K's generation. Idempotent by K.
  base::Result<std::int64_t> rotate(Tx& tx, base::WorkerId worker, const std::string& k);
  /// An envelope was refused and its connection closed (PROTOCOL 5): an audit event, at most one a minute and worker
  /// over all instances. `reason` is the label of `wh_envelope_rejected_total`. True when it was written.
  bool record_refusal(Tx& tx, base::WorkerId worker, const std::string& reason, int close_code);

 private:
  base::Result<std::string> open_key(Tx& tx, base::WorkerId worker, const std::string& sealed, std::int64_t gen) const;
  std::string seal_key(Tx& tx, base::WorkerId worker, std::string_view k, std::int64_t gen) const;
  /// K of `gen` when that generation is valid now.
  base::Result<std::string> live_key(Tx& tx, base::WorkerId worker, std::int64_t gen);
  protocol::RegisterResponse welcome(base::WorkerId id, const std::string& name, std::int64_t gen) const;
  std::string issue(base::WorkerId worker, std::int64_t gen) const;

  const base::Clock& clock_;
  Options options_;
  const Keys& keys_;
  secrets::Vault& vault_;
  feed::Feed& feed_;
  audit::Log& audit_;
};

/// At most 5 failures a minute from one address; bounded memory. Thread-safe.
class FailureLimit {
 public:
  explicit FailureLimit(const base::Clock& clock) : clock_(clock) {}
  bool exceeded(const std::string& address);
  void failed(const std::string& address);

 private:
  const base::Clock& clock_;
  base::Guarded<std::map<std::string, std::deque<base::SteadyTime>>> failures_;
};

}  // namespace fleet
