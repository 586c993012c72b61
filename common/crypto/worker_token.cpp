#include "common/crypto/worker_token.hpp"

#include <array>

#include "common/base/bytes.hpp"
#include "common/crypto/hmac.hpp"
#include "common/crypto/random.hpp"
#include "common/json/json.hpp"

namespace crypto {
namespace {

constexpr std::size_t kLongestToken = 2048;
constexpr std::string_view kAlgorithm = "HS256";
constexpr std::string_view kType = "wh-worker+jwt";
constexpr std::string_view kAudience = "wisehosting-worker";

struct Header {
  std::string alg;
  std::string typ;
  std::string kid;

  template <class F>
  void map(F& f) {
    f.required("alg", alg);
    f.required("typ", typ);
    f.required("kid", kid);
  }
};

struct Claims {
  std::string iss;
  std::string aud;
  base::WorkerId sub;
  std::uint64_t gen{0};
  std::int64_t iat{0};
  std::int64_t nbf{0};
  std::int64_t exp{0};
  base::Uuid jti;

  template <class F>
  void map(F& f) {
    f.required("iss", iss);
    f.required("aud", aud);
    f.required("sub", sub);
    f.required("gen", gen);
    f.required("iat", iat);
    f.required("nbf", nbf);
    f.required("exp", exp);
    f.required("jti", jti);
  }
};

std::unexpected<base::Error> refused(std::string why) {
  return base::fail(base::Error(base::ErrorKind::unauthenticated, "worker_token.invalid",
                                "The worker's token is not valid.", {base::FieldError{"token", std::move(why)}}));
}

bool is_kid(std::string_view kid) {
  return kid.size() == 8 && kid.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::int64_t unix_seconds(base::UtcTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

base::UtcTime from_unix(std::int64_t seconds) {
  return base::UtcTime(std::chrono::seconds(seconds));
}

base::Result<std::array<std::string_view, 3>> split(std::string_view token) {
  if (token.size() > kLongestToken) return refused("longer than 2 KiB");
  std::array<std::string_view, 3> parts;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t dot = token.find('.');
    if (dot == std::string_view::npos) return refused("not three parts");
    parts[i] = token.substr(0, dot);
    token.remove_prefix(dot + 1);
  }
  if (token.find('.') != std::string_view::npos) return refused("not three parts");
  parts[2] = token;
  return parts;
}

base::Result<Claims> read_claims(std::string_view part) {
  const auto text = base::base64url_decode(part);
  if (!text) return refused("claims are no base64url");
  auto claims = json::decode<Claims>(*text, json::Unknown::ignore);
  if (!claims) return refused("claims: " + claims.error().message);
  // Bounds before any arithmetic: seconds of the years 1970 to 9999.
  constexpr std::int64_t kEndOfTime = 253'402'300'799;
  for (const std::int64_t time : {claims->iat, claims->nbf, claims->exp}) {
    if (time < 0 || time > kEndOfTime) return refused("a time out of range");
  }
  return std::move(*claims);
}

base::Result<void> check_header(const Header& header) {
  if (header.alg != kAlgorithm) return refused("alg is not HS256");
  if (header.typ != kType) return refused("typ is not wh-worker+jwt");
  if (!is_kid(header.kid)) return refused("kid is off its pattern");
  return {};
}

base::Result<void> check_claims(const Claims& claims, std::string_view issuer, base::UtcTime now) {
  const std::int64_t time = unix_seconds(now);
  const std::int64_t skew = kWorkerTokenSkew.count();
  if (claims.iss != issuer) return refused("iss");
  if (claims.aud != kAudience) return refused("aud");
  if (claims.gen == 0) return refused("gen");
  if (claims.exp <= claims.iat || claims.exp - claims.iat > kWorkerTokenLife.count()) return refused("exp - iat");
  if (claims.exp + skew <= time) return refused("expired");
  if (claims.nbf - skew > time || claims.iat - skew > time) return refused("not valid yet");
  return {};
}

WorkerTokenClaims public_claims(const Claims& claims) {
  return WorkerTokenClaims{.worker = claims.sub,
                           .generation = claims.gen,
                           .issued_at = from_unix(claims.iat),
                           .expires_at = from_unix(claims.exp),
                           .token_id = claims.jti};
}

}  // namespace

WorkerTokenKey make_worker_token_key() {
  return WorkerTokenKey{.kid = base::hex_encode(random_bytes(4)), .secret = base::SecretString(random_bytes(32))};
}

std::string issue_worker_token(const WorkerTokenKey& key, std::string_view issuer, base::WorkerId worker,
                               std::uint64_t generation, base::UtcTime now, base::Uuid token_id) {
  const std::int64_t time = unix_seconds(now);
  const Header header{.alg = std::string(kAlgorithm), .typ = std::string(kType), .kid = key.kid};
  const Claims claims{.iss = std::string(issuer),
                      .aud = std::string(kAudience),
                      .sub = worker,
                      .gen = generation,
                      .iat = time,
                      .nbf = time,
                      .exp = time + kWorkerTokenLife.count(),
                      .jti = token_id};
  const std::string text =
      base::base64url_encode(json::encode(header)) + "." + base::base64url_encode(json::encode(claims));
  return text + "." + base::base64url_encode(hmac_sha256(key.secret.reveal(), text));
}

base::Result<WorkerTokenClaims> verify_worker_token(std::span<const WorkerTokenKey> keys, std::string_view issuer,
                                                    std::string_view token, base::UtcTime now) {
  TRY_ASSIGN(const auto parts, split(token));
  const auto header_text = base::base64url_decode(parts[0]);
  if (!header_text) return refused("header is no base64url");
  const auto header = json::decode<Header>(*header_text, json::Unknown::reject);
  if (!header) return refused("header: " + header.error().message);
  TRY_CHECK(check_header(*header));
  const WorkerTokenKey* key = nullptr;
  for (const WorkerTokenKey& candidate : keys) {
    if (candidate.kid == header->kid && candidate.secret.size() >= 32) key = &candidate;
  }
  if (key == nullptr) return refused("kid is not known");
  const auto signature = base::base64url_decode(parts[2]);
  const std::string_view text = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature || !HmacKey(key->secret.reveal()).verify(text, *signature)) return refused("signature");
  TRY_ASSIGN(const Claims claims, read_claims(parts[1]));
  TRY_CHECK(check_claims(claims, issuer, now));
  return public_claims(claims);
}

base::Result<WorkerTokenClaims> peek_worker_token(std::string_view token) {
  TRY_ASSIGN(const auto parts, split(token));
  TRY_ASSIGN(const Claims claims, read_claims(parts[1]));
  return public_claims(claims);
}

}  // namespace crypto
