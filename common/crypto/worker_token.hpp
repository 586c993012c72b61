#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace crypto {

inline constexpr std::chrono::seconds kWorkerTokenLife{900};
inline constexpr std::chrono::seconds kWorkerTokenSkew{30};

/// A key of worker JWTs. `kid` matches `^[0-9a-f]{8}$`; the secret has 32 random bytes or more.
struct WorkerTokenKey {
  std::string kid;
  base::SecretString secret;
};

/// A fresh random key.
WorkerTokenKey make_worker_token_key();

struct WorkerTokenClaims {
  base::WorkerId worker;
  std::uint64_t generation{1};
  base::UtcTime issued_at;
  base::UtcTime expires_at;
  base::Uuid token_id;
};

/// A worker JWT (PROTOCOL 1): HS256, typ `wh-worker+jwt`, 900 seconds from `now` (cut to seconds).
/// `issuer`: the public URL of the control plane. `token_id` becomes `jti`.
std::string issue_worker_token(const WorkerTokenKey& key, std::string_view issuer, base::WorkerId worker,
                               std::uint64_t generation, base::UtcTime now, base::Uuid token_id);

/// Checks everything that the token itself shows; whether the worker lives and the generation is valid is for the
/// caller. `keys`: the live keys (at most three). Error kind `unauthenticated`, code `worker_token.invalid`, one
/// message for all; the field error says what was wrong, for logs and tests only.
base::Result<WorkerTokenClaims> verify_worker_token(std::span<const WorkerTokenKey> keys, std::string_view issuer,
                                                    std::string_view token, base::UtcTime now);

/// Reads `exp` without verifying anything: for the worker, which cannot verify, to know when to refresh.
base::Result<WorkerTokenClaims> peek_worker_token(std::string_view token);

}  // namespace crypto
