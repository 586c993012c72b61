#include "common/protocol/registration.hpp"

#include <algorithm>

#include "common/base/secret.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/hmac.hpp"
#include "common/json/json.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/signing.hpp"

namespace protocol {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kRefreshNonceBytes = 16;
constexpr std::size_t kMaxBody = std::size_t{64} << 10U;
constexpr std::size_t kMaxText = 256;
constexpr std::size_t kMaxLabels = 64;
constexpr std::string_view kSignatureVersion = "v1=";

constexpr std::array<std::string_view, 4> kCapabilities{"run", "build", "edge", "registry"};

bool is_key(const Binary& key) {
  return key.bytes.size() == kKeyBytes;
}

void check_facts(const WorkerFacts& facts, std::vector<base::FieldError>& mistakes) {
  for (const std::string& capability : facts.capabilities) {
    if (std::ranges::find(kCapabilities, capability) == kCapabilities.end()) {
      mistakes.push_back({"/facts/capabilities", "are of run, build, edge, registry"});
    }
  }
  const bool long_label = std::ranges::any_of(
      facts.labels, [](const auto& label) { return label.first.size() > kMaxText || label.second.size() > kMaxText; });
  if (facts.labels.size() > kMaxLabels || long_label) {
    mistakes.push_back({"/facts/labels", "are at most 64, of at most 256 bytes each"});
  }
  for (const std::string* text : {&facts.os, &facts.arch, &facts.kernel, &facts.podman_version, &facts.runtime,
                                  &facts.cgroup, &facts.wireguard}) {
    if (text->size() > kMaxText) mistakes.push_back({"/facts", "a text is longer than 256 bytes"});
  }
}

}  // namespace

bool is_worker_name(std::string_view name) {
  if (name.empty() || name.size() > 63 || name.front() == '-' || name.back() == '-') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

base::Result<RegisterRequest> decode_register(std::string_view body) {
  TRY_ASSIGN(auto request, json::decode<RegisterRequest>(body, json::Unknown::ignore, {.bytes = kMaxBody}));
  std::vector<base::FieldError> mistakes;
  if (request.secret.empty() || request.secret.size() > kMaxText) mistakes.push_back({"/secret", "is no secret"});
  if (!is_key(request.api_key)) mistakes.push_back({"/api_key", "has 32 bytes"});
  if (!is_key(request.wireguard_public_key)) mistakes.push_back({"/wireguard_public_key", "has 32 bytes"});
  if (!is_key(request.sealing_public_key)) mistakes.push_back({"/sealing_public_key", "has 32 bytes"});
  if (request.name && !is_worker_name(*request.name)) mistakes.push_back({"/name", "is no worker name"});
  if (request.agent_version.size() > kMaxText) mistakes.push_back({"/agent_version", "is too long"});
  check_facts(request.facts, mistakes);
  if (!mistakes.empty()) {
    return base::fail(
        base::Error(base::ErrorKind::invalid, "invalid", "The registration has mistakes.", std::move(mistakes)));
  }
  return request;
}

std::string mac_root(std::string_view api_key) {
  return crypto::sha256(api_key);
}

std::string sign_refresh(std::string_view k, std::string_view body) {
  const crypto::Mac mac = crypto::HmacKey(k).mac({kRefreshPrefix, body});
  return std::string(kSignatureVersion) + base::hex_encode(std::string_view(mac.data(), mac.size()));
}

bool verify_refresh(std::string_view k, std::string_view body, std::string_view signature_header) {
  return base::equal_constant_time(sign_refresh(k, body), signature_header);
}

base::Result<RefreshRequest> decode_refresh(std::string_view body) {
  TRY_ASSIGN(auto request, json::decode<RefreshRequest>(body, json::Unknown::ignore, {.bytes = kMaxBody}));
  if (request.nonce.bytes.size() != kRefreshNonceBytes) return base::invalid("/nonce", "has 16 bytes");
  if (request.gen == 0) return base::invalid("/gen", "begins at 1");
  return request;
}

bool refresh_in_time(base::UtcTime ts, base::UtcTime now) {
  return ts <= now + kRefreshSkew && ts >= now - kRefreshSkew;
}

}  // namespace protocol
