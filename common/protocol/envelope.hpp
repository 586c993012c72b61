#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/crypto/hmac.hpp"
#include "common/json/traits.hpp"
#include "common/protocol/close_code.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// The keys of one connection, as one side uses them (PROTOCOL 4).
struct SessionKeys {
  crypto::HmacKey send;
  crypto::HmacKey receive;
};

/// `k`: K of the JWT's generation, 32 bytes; the nonces are 32 raw bytes each.
SessionKeys derive_session_keys(std::string_view k, std::string_view agent_nonce, std::string_view control_plane_nonce,
                                Side self);
/// key(d) raw, `direction` being `to-agent` or `to-control-plane`.
std::string derive_direction_key(std::string_view k, std::string_view agent_nonce, std::string_view control_plane_nonce,
                                 std::string_view direction);
/// A nonce header's value: exactly 43 characters of base64url. The 32 raw bytes, or an Error (HTTP 400).
base::Result<std::string> decode_nonce(std::string_view header);

using EnvelopeId = base::Id<struct EnvelopeTag>;

/// One message, taken apart. `data` is the text of a JSON object.
struct Envelope {
  std::uint64_t seq{0};
  EnvelopeId id{};
  std::string type{};
  base::UtcTime ts{};
  std::optional<EnvelopeId> re{};
  std::string data{"{}"};
  std::string attachment{};
};

/// Why a message closes the connection. `reason` is a label of `wh_envelope_rejected_total`: `text_frame`, `too_large`,
/// `too_short`, `bad_mac`, `malformed`, `bad_sequence`, `bad_hello`.
struct EnvelopeFault {
  CloseCode code{CloseCode::protocol_error};
  std::string_view reason{};
  bool operator==(const EnvelopeFault&) const = default;
};

/// The bytes of one binary WebSocket message. Error `invalid` when it would be too large to send.
base::Result<std::string> encode_envelope(const crypto::HmacKey& key, const Envelope& envelope);

/// Takes a message apart. The MAC is compared in constant time before a byte of JSON is looked at.
/// Does not look at the order of `seq`.
std::expected<Envelope, EnvelopeFault> decode_envelope(const crypto::HmacKey& key, bool text_frame,
                                                       std::string_view message);

/// The header alone, for the fuzzer and tests; `decode_envelope` calls it once the MAC has been checked.
std::expected<Envelope, EnvelopeFault> decode_header(std::string_view header);
/// The same by the strict decoder alone, which judges whatever is not written as usual. `decode_header` answers as this
/// does, only sooner; the fuzzer holds one against the other.
std::expected<Envelope, EnvelopeFault> decode_unusual_header(std::string_view header);
/// `^[a-z]+(\.[a-z]+)*$`, at most 64 bytes.
bool is_message_type(std::string_view type);

}  // namespace protocol
