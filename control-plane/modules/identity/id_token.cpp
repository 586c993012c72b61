#include "control-plane/modules/identity/id_token.hpp"

extern "C" {
#include <cjose/cjose.h>
}

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>

#include "common/base/bytes.hpp"
#include "common/json/node.hpp"

namespace identity {
namespace {

constexpr std::size_t kLongestToken = 16 * 1024;
constexpr std::size_t kMostKeys = 100;
constexpr std::size_t kLeastKeyBits = 2048;
constexpr std::chrono::seconds kLeeway{60};
constexpr std::chrono::minutes kOldest{10};
constexpr std::string_view kAlgorithm = "RS256";
const json::Limits kLimits{.depth = 8, .bytes = 64 * 1024, .values = 5000};

struct JwkRelease {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
struct JwsRelease {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using Jwk = std::unique_ptr<cjose_jwk_t, JwkRelease>;
using Jws = std::unique_ptr<cjose_jws_t, JwsRelease>;

std::unexpected<base::Error> bad(const std::string& why) {
  return base::fail(base::ErrorKind::unauthenticated, "id_token.invalid", "The provider's answer is not valid: " + why);
}

/// A string member; empty when it is absent or something else.
std::string text(const json::Node& object, std::string_view name) {
  const auto* node = object.find(name);
  return node != nullptr && node->kind == json::Kind::string ? node->string : std::string();
}

bool is_true(const json::Node& object, std::string_view name) {
  const auto* node = object.find(name);
  return node != nullptr && node->kind == json::Kind::boolean && node->text == "true";
}

/// A moment in whole seconds.
std::optional<base::UtcTime> moment(const json::Node& object, std::string_view name) {
  const auto* node = object.find(name);
  if (node == nullptr || node->kind != json::Kind::integer) return std::nullopt;
  std::int64_t seconds = 0;
  const auto* end = node->text.data() + node->text.size();
  const auto read = std::from_chars(node->text.data(), end, seconds);
  constexpr std::int64_t kFarthest = 100'000'000'000;
  if (read.ec != std::errc{} || read.ptr != end || seconds < 0 || seconds > kFarthest) return std::nullopt;
  return base::UtcTime(std::chrono::seconds(seconds));
}

/// The key id of a header that asks for nothing but our one algorithm.
base::Result<std::string> key_id(std::string_view token) {
  const auto raw = base::base64url_decode(token.substr(0, token.find('.')));
  if (!raw) return bad("its header cannot be read");
  const auto header = json::parse_node(*raw, kLimits);
  if (!header || header->kind != json::Kind::object) return bad("its header cannot be read");
  if (text(*header, "alg") != kAlgorithm) return bad("its algorithm is not " + std::string(kAlgorithm));
  for (const std::string_view name : {"crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c"}) {
    if (header->find(name) != nullptr) return bad("its header asks for what is not done here");
  }
  const auto type = text(*header, "typ");
  if (header->find("typ") != nullptr && type != "JWT" && type != "jwt") return bad("it is another kind of token");
  auto kid = text(*header, "kid");
  if (kid.empty()) return bad("it names no key");
  return kid;
}

base::Result<Jwk> find_key(std::string_view jwks, const std::string& kid) {
  const auto document = json::parse_node(jwks, kLimits);
  if (!document || document->kind != json::Kind::object) return bad("the keys cannot be read");
  const auto* keys = document->find("keys");
  if (keys == nullptr || keys->kind != json::Kind::array || keys->children.size() > kMostKeys) {
    return bad("the keys cannot be read");
  }
  for (const auto& key : keys->children) {
    if (key.kind != json::Kind::object || text(key, "kid") != kid) continue;
    const auto use = text(key, "use");
    const auto algorithm = text(key, "alg");
    if (text(key, "kty") != "RSA" || (!use.empty() && use != "sig")) return bad("its key is of another kind");
    if (!algorithm.empty() && algorithm != kAlgorithm) return bad("its key is for another algorithm");
    cjose_err error{};
    Jwk imported(cjose_jwk_import(key.text.data(), key.text.size(), &error));
    if (!imported) return bad("its key cannot be read");
    if (cjose_jwk_get_keysize(imported.get(), &error) < kLeastKeyBits) return bad("its key is too short");
    return imported;
  }
  return base::fail(base::ErrorKind::unauthenticated, "id_token.unknown_key",
                    "The provider's answer is signed by a key that it does not publish.");
}

/// What was signed.
base::Result<std::string> verified_payload(std::string_view token, const cjose_jwk_t* key) {
  cjose_err error{};
  const Jws jws(cjose_jws_import(token.data(), token.size(), &error));
  if (!jws) return bad("it cannot be read");
  if (!cjose_jws_verify(jws.get(), key, &error)) return bad("its signature is wrong");
  std::uint8_t* bytes = nullptr;  // stays the token's own
  std::size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &bytes, &size, &error)) return bad("it cannot be read");
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

base::Result<void> check_audience(const json::Node& claims, const std::string& client_id) {
  const auto* audience = claims.find("aud");
  if (audience == nullptr) return bad("it is for nobody");
  // An array of one is the same; whoever else is named could use the token too.
  const bool one = audience->kind == json::Kind::array && audience->children.size() == 1;
  const auto& only = one ? audience->children[0] : *audience;
  if (only.kind != json::Kind::string || only.string != client_id) return bad("it is for somebody else");
  if (claims.find("azp") != nullptr && text(claims, "azp") != client_id) return bad("it was made for somebody else");
  return {};
}

base::Result<void> check_times(const json::Node& claims, base::UtcTime now) {
  const auto expires = moment(claims, "exp");
  const auto issued = moment(claims, "iat");
  if (!expires || *expires + kLeeway <= now) return bad("it has expired");
  if (!issued || *issued - kLeeway > now) return bad("it is of the future");
  if (*issued + kOldest < now) return bad("it is too old");
  if (claims.find("nbf") != nullptr) {
    const auto begins = moment(claims, "nbf");
    if (!begins || *begins - kLeeway > now) return bad("it is of the future");
  }
  return {};
}

}  // namespace

base::Result<IdTokenClaims> verify_id_token(std::string_view token, std::string_view jwks, const IdTokenRules& rules) {
  if (token.size() > kLongestToken || std::ranges::count(token, '.') != 2) return bad("it is no token");
  TRY_ASSIGN(const auto kid, key_id(token));
  TRY_ASSIGN(const auto key, find_key(jwks, kid));
  TRY_ASSIGN(const auto payload, verified_payload(token, key.get()));
  const auto claims = json::parse_node(payload, kLimits);
  if (!claims || claims->kind != json::Kind::object) return bad("it cannot be read");
  if (std::ranges::find(rules.issuers, text(*claims, "iss")) == rules.issuers.end() || rules.issuers.empty()) {
    return bad("it is another issuer's");
  }
  TRY_CHECK(check_audience(*claims, rules.client_id));
  TRY_CHECK(check_times(*claims, rules.now));
  if (rules.nonce.empty() || text(*claims, "nonce") != rules.nonce) return bad("it answers another question");
  const auto subject = text(*claims, "sub");
  if (subject.empty() || subject.size() > 255) return bad("it names nobody");
  return IdTokenClaims{.issuer = rules.issuers.front(),
                       .subject = subject,
                       .email = text(*claims, "email"),
                       .email_verified = is_true(*claims, "email_verified"),
                       .hosted_domain = text(*claims, "hd"),
                       .name = text(*claims, "name"),
                       .authenticated_at = moment(*claims, "auth_time")};
}

}  // namespace identity
