#include "common/protocol/envelope.hpp"

#include "common/base/bytes.hpp"
#include "common/json/json.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/signing.hpp"

namespace protocol {
namespace {

constexpr std::string_view kToAgent = "to-agent";
constexpr std::string_view kToControlPlane = "to-control-plane";
constexpr std::size_t kNonceCharacters = 43;

struct Header {
  std::uint64_t v{0};
  std::uint64_t seq{0};
  EnvelopeId id;
  std::string type;
  base::UtcTime ts;
  std::optional<EnvelopeId> re;
  json::Raw data;

  template <class F>
  void map(F& f) {
    f.required("v", v);
    f.required("seq", seq);
    f.required("id", id);
    f.required("type", type);
    f.required("ts", ts);
    f.optional("re", re);
    f.required("data", data);
  }
};

std::unexpected<EnvelopeFault> fault(CloseCode code, std::string_view reason) {
  return std::unexpected(EnvelopeFault{code, reason});
}
std::unexpected<EnvelopeFault> malformed() {
  return fault(CloseCode::protocol_error, "malformed");
}

}  // namespace

std::string derive_direction_key(std::string_view k, std::string_view agent_nonce, std::string_view control_plane_nonce,
                                 std::string_view direction) {
  std::string salt(agent_nonce);
  salt.append(control_plane_nonce);
  std::string info(kEnvelopeInfo);
  info.append(direction);
  return crypto::hkdf_sha256(k, salt, info, kMacBytes);
}

SessionKeys derive_session_keys(std::string_view k, std::string_view agent_nonce, std::string_view control_plane_nonce,
                                Side self) {
  crypto::HmacKey to_agent(derive_direction_key(k, agent_nonce, control_plane_nonce, kToAgent));
  crypto::HmacKey to_control_plane(derive_direction_key(k, agent_nonce, control_plane_nonce, kToControlPlane));
  if (self == Side::agent) return SessionKeys{.send = std::move(to_control_plane), .receive = std::move(to_agent)};
  return SessionKeys{.send = std::move(to_agent), .receive = std::move(to_control_plane)};
}

base::Result<std::string> decode_nonce(std::string_view header) {
  if (header.size() == kNonceCharacters) {
    if (auto nonce = base::base64url_decode(header); nonce && nonce->size() == kNonceBytes) return nonce;
  }
  return base::fail(base::ErrorKind::malformed, "nonce.malformed", "X-WH-Nonce holds 32 bytes as base64url.");
}

bool is_message_type(std::string_view type) {
  if (type.empty() || type.size() > kMaxTypeBytes) return false;
  bool word_open = false;
  for (const char c : type) {
    if (c == '.') {
      if (!word_open) return false;
      word_open = false;
    } else {
      if (c < 'a' || c > 'z') return false;
      word_open = true;
    }
  }
  return word_open;
}

base::Result<std::string> encode_envelope(const crypto::HmacKey& key, const Envelope& envelope) {
  const Header header{.v = kVersion,
                      .seq = envelope.seq,
                      .id = envelope.id,
                      .type = envelope.type,
                      .ts = envelope.ts,
                      .re = envelope.re,
                      .data = json::Raw{envelope.data}};
  const std::string line = json::encode(header);
  const std::size_t size = kMacBytes + line.size() + 1 + envelope.attachment.size();
  if (line.size() > kMaxHeaderBytes || size > kMaxMessageBytes || line.find('\n') != std::string::npos) {
    return base::fail(base::ErrorKind::invalid, "envelope.too_large", "The message does not fit into one envelope.");
  }
  std::string message;
  message.reserve(size);
  message.resize(kMacBytes);
  message.append(line).push_back('\n');
  message.append(envelope.attachment);
  const crypto::Mac mac = key.mac(std::string_view(message).substr(kMacBytes));
  message.replace(0, kMacBytes, mac.data(), mac.size());
  return message;
}

std::expected<Envelope, EnvelopeFault> decode_header(std::string_view line) {
  auto header = json::decode<Header>(line, json::Unknown::ignore, {.bytes = kMaxHeaderBytes});
  if (!header || header->v != kVersion || !is_message_type(header->type)) return malformed();
  if (header->data.text.empty() || header->data.text.front() != '{') return malformed();
  return Envelope{.seq = header->seq,
                  .id = header->id,
                  .type = std::move(header->type),
                  .ts = header->ts,
                  .re = header->re,
                  .data = std::move(header->data.text),
                  .attachment = {}};
}

std::expected<Envelope, EnvelopeFault> decode_envelope(const crypto::HmacKey& key, bool text_frame,
                                                       std::string_view message) {
  if (message.size() > kMaxMessageBytes) return fault(CloseCode::too_large, "too_large");
  if (text_frame) return fault(CloseCode::protocol_error, "text_frame");
  if (message.size() < kMacBytes) return fault(CloseCode::bad_mac, "too_short");
  const std::string_view content = message.substr(kMacBytes);
  if (!key.verify(content, message.substr(0, kMacBytes))) return fault(CloseCode::bad_mac, "bad_mac");
  const std::size_t newline = content.substr(0, kMaxHeaderBytes + 1).find('\n');
  if (newline == std::string_view::npos) {
    return content.size() > kMaxHeaderBytes ? fault(CloseCode::too_large, "too_large") : malformed();
  }
  auto envelope = decode_header(content.substr(0, newline));
  if (envelope) envelope->attachment = content.substr(newline + 1);
  return envelope;
}

}  // namespace protocol
