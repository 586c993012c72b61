#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/json/json.hpp"

/// The chain of the audit log: what is hashed and signed, byte by byte. Whoever seals and whoever verifies use this.
namespace audit_chain {

/// The chain of what belongs to no organization.
inline constexpr std::string_view kInstallation = "00000000-0000-0000-0000-000000000000";
inline constexpr std::size_t kHashBytes = 32;

/// One event, with everything that was recorded. Its JSON text is what is hashed: members in this order, absent ones
/// left out, `before` and `after` as the database prints them.
struct Event {
  std::string id;
  std::optional<std::string> organization_id;
  std::int64_t at_us{0};  ///< microseconds since 1970 UTC
  std::string actor_kind;
  std::optional<std::string> actor_id;
  std::optional<std::string> actor_name;
  std::optional<std::string> credential;
  std::optional<std::string> credential_id;
  std::string action;
  std::optional<std::string> object_kind;
  std::optional<std::string> object_id;
  std::optional<std::string> object_name;
  std::optional<std::string> app_id;
  std::optional<std::string> address;
  std::optional<std::string> user_agent;
  std::optional<std::string> request_id;
  json::Raw before;
  json::Raw after;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.optional("organization_id", organization_id);
    f.required("at_us", at_us, "Microseconds since 1970 UTC");
    f.required("actor_kind", actor_kind, "person, token, worker, system or nobody");
    f.optional("actor_id", actor_id);
    f.optional("actor_name", actor_name);
    f.optional("credential", credential, "What was shown: session, personal_token, organization_token or cli");
    f.optional("credential_id", credential_id);
    f.required("action", action);
    f.optional("object_kind", object_kind);
    f.optional("object_id", object_id);
    f.optional("object_name", object_name, "What it was called then");
    f.optional("app_id", app_id);
    f.optional("address", address, "Where the request came from");
    f.optional("user_agent", user_agent);
    f.optional("request_id", request_id);
    f.required("before", before, "As it was, without secrets; null when there was nothing");
    f.required("after", after);
  }
};

/// An event's place in its chain. `hash` and `signature` are raw bytes; the signature is empty in the middle of what
/// was sealed at once.
struct Seal {
  std::int64_t sequence{0};  ///< from 1, without gaps
  std::string hash;
  std::string signature;
  std::string key_id;
  std::int64_t sealed_at_us{0};
};

/// The end of a chain at a moment, signed: kept elsewhere, it shows later that nothing was cut off.
struct Head {
  std::string chain;
  std::int64_t sequence{0};
  std::string hash;  ///< hexadecimal
  std::int64_t at_us{0};
  std::string key_id;
  std::string public_key;  ///< base64url
  std::string signature;   ///< base64url
  template <class F>
  void map(F& f) {
    f.required("chain", chain, "The organization's id");
    f.required("sequence", sequence, "How many events are sealed");
    f.required("hash", hash, "Of the last one, hexadecimal");
    f.required("at_us", at_us, "When it was signed: microseconds since 1970 UTC");
    f.required("key_id", key_id);
    f.required("public_key", public_key, "Ed25519, base64url");
    f.required("signature", signature, "base64url");
  }
};

/// The text that is hashed.
std::string canonical(const Event& event);
/// hash(n) = SHA-256 over the chain's id, n, hash(n - 1) (32 zero bytes before the first) and SHA-256 of the event's
/// text.
std::string next_hash(std::string_view chain, std::int64_t sequence, std::string_view previous_hash,
                      std::string_view canonical_event);
std::string first_hash();

std::string sign_seal(const crypto::Ed25519KeyPair& key, std::string_view chain, const Seal& seal);
bool verify_seal(std::string_view public_key, std::string_view chain, const Seal& seal);

Head sign_head(const crypto::Ed25519KeyPair& key, std::string key_id, std::string chain, std::int64_t sequence,
               std::string_view hash, std::int64_t at_us);
/// Against the public key in it; whose key that is, the caller must know.
bool verify_head(const Head& head);

/// The first 16 hexadecimal digits of SHA-256 of the raw public key: for people to compare.
std::string key_fingerprint(std::string_view public_key);

}  // namespace audit_chain
