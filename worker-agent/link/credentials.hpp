#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/protocol/registration.hpp"
#include "worker-agent/link/hub.hpp"
#include "worker-agent/link/link_store.hpp"

namespace agent {

/// Who this agent is to the control plane: registration, keys, tokens, rotation (PROTOCOL 1 to 3). Main thread.
class Credentials {
 public:
  struct Options {
    std::filesystem::path enrolment_token_file;
    std::string name;  ///< sent only when not empty
    std::string version;
  };

  Credentials(Options options, Hub& hub, LinkStore& store, async::BlockingPool& disk, const base::Clock& clock);

  /// Reads keys and identity from disk; makes the keys at the first start.
  async::Task<void> load();
  bool registered() const { return identity_.has_value(); }
  const Identity& identity() const { return *identity_; }
  const KeyFile& keys() const { return keys_; }

  /// One try. The token file is read each time and deleted after success. Errors: `link.no_token`,
  /// `link.enrolment_refused`, and what the hub says.
  async::Task<base::Result<void>> enrol(protocol::WorkerFacts facts);

  struct Token {
    std::string text;
    std::uint64_t gen{1};
    base::SteadyTime expires_at;
  };
  /// A token that is good for `at_least`; asks the hub when there is none. Error `link.unauthorized` for 401.
  async::Task<base::Result<Token>> token(base::Duration at_least);
  /// The next `token()` asks anew.
  void drop_token() { token_.reset(); }
  /// K of the generation of `token()`: 32 raw bytes.
  std::string root_key() const;

  /// Begins (or repeats) a rotation: the new key is on disk when this returns its SHA-256.
  async::Task<std::string> start_rotation();
  bool rotating() const { return keys_.next_api_key.has_value(); }
  /// The rotation was committed as generation `gen`.
  async::Task<base::Result<void>> finish_rotation(std::uint64_t gen);

  /// Adopts what a `trust` command pinned. Durable when it returns.
  async::Task<void> replace_trust(const protocol::TrustCommand& trust);

 private:
  async::Task<base::Result<void>> adopt_registration(protocol::RegisterResponse response);
  async::Task<base::Result<Token>> refresh();
  async::Task<base::Result<Token>> refresh_with(std::string k, std::uint64_t gen);
  async::Task<base::Result<HubAnswer>> post_refresh(std::string k, std::uint64_t gen);
  Token make_token(std::string text, std::uint32_t expires_in, std::uint64_t gen) const;
  async::Task<void> save_keys();

  Options options_;
  Hub& hub_;
  LinkStore& store_;
  async::BlockingPool& disk_;
  const base::Clock& clock_;
  KeyFile keys_{};
  std::optional<Identity> identity_;
  std::optional<Token> token_;
  base::Duration clock_offset_{};  ///< of the control plane's clock to ours, as a 401's `Date` told
};

}  // namespace agent
