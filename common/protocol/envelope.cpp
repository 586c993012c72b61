#include "common/protocol/envelope.hpp"

#include <array>
#include <charconv>

#include "common/base/bytes.hpp"
#include "common/json/json.hpp"
#include "common/json/scan.hpp"
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

namespace {

/// The members of a header; one bit each.
enum Seen : unsigned { kV = 1, kSeq = 2, kId = 4, kType = 8, kTs = 16, kData = 32, kRequired = 63, kOther = 64 };

/// Which member this is, once it was read; 0 where it is not written as machines write it.
unsigned read_member(const json::Member& member, Envelope& out) {
  const auto good = [](bool taken, unsigned which) { return taken ? which : 0U; };
  const bool plain = member.kind == json::Kind::string && member.plain;
  if (member.name == "v") return good(member.kind == json::Kind::integer && member.text == "1", kV);
  if (member.name == "seq") {
    const char* const end = member.text.data() + member.text.size();
    const auto [read, error] = std::from_chars(member.text.data(), end, out.seq);
    return good(member.kind == json::Kind::integer && error == std::errc() && read == end, kSeq);
  }
  if (member.name == "type") {
    out.type = member.text;
    return good(plain && is_message_type(member.text), kType);
  }
  if (member.name == "ts") {
    const auto time = base::parse_utc(member.text);
    if (time) out.ts = *time;
    return good(plain && time.has_value(), kTs);
  }
  if (member.name == "data") {
    out.data = member.text;
    return good(member.kind == json::Kind::object, kData);
  }
  if (member.name != "id" && member.name != "re") return kOther;
  const auto id = EnvelopeId::parse(member.text);
  if (!plain || !id) return 0;
  if (member.name == "re") {
    out.re = *id;
    return kOther;
  }
  out.id = *id;
  return kId;
}

/// The header as a right peer writes it, in one pass over its bytes. Nothing where anything is unusual: then the strict
/// decoder takes it or says no.
std::optional<Envelope> read_usual_header(std::string_view line) {
  static_assert(kVersion == 1);
  std::array<json::Member, 12> members;
  const auto count = json::scan_object(line, members, {.bytes = kMaxHeaderBytes});
  if (!count) return std::nullopt;
  std::optional<Envelope> envelope(std::in_place);
  unsigned seen = 0;
  for (std::size_t i = 0; i < *count; ++i) {
    const unsigned which = read_member(members[i], *envelope);
    if (which == 0) return std::nullopt;
    seen |= which;
  }
  if ((seen & kRequired) != kRequired) return std::nullopt;
  return envelope;
}

}  // namespace

std::expected<Envelope, EnvelopeFault> decode_header(std::string_view line) {
  if (auto usual = read_usual_header(line)) return *std::move(usual);
  return decode_unusual_header(line);
}

std::expected<Envelope, EnvelopeFault> decode_unusual_header(std::string_view line) {
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
