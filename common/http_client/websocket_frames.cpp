#include "common/http_client/websocket_frames.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "common/base/bytes.hpp"
#include "common/json/utf8.hpp"

namespace http_client::ws {
namespace {

constexpr unsigned kFinal = 0x80;
constexpr unsigned kReserved = 0x70;
constexpr unsigned kMasked = 0x80;
constexpr std::size_t kControlPayload = 125;

std::unexpected<base::Error> protocol_error(const std::string& what) {
  return base::fail(base::ErrorKind::malformed, "ws.protocol", "WebSocket: " + what + ".");
}

bool is_known(unsigned opcode) {
  return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return value;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = json::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

base::Result<void> check_header(const FrameHeader& header, std::size_t length_bytes) {
  if (length_bytes == 2 && header.length <= kControlPayload) return protocol_error("a length in a longer form");
  if (length_bytes == 8 && header.length <= 0xffff) return protocol_error("a length in a longer form");
  if (length_bytes == 8 && (header.length >> 63U) != 0) return protocol_error("a negative length");
  if (is_control(header.opcode) && !header.final) return protocol_error("a control frame in fragments");
  if (is_control(header.opcode) && header.length > kControlPayload) return protocol_error("a long control frame");
  return {};
}

}  // namespace

base::Result<std::optional<FrameHeader>> parse_frame_header(std::string_view bytes, bool expect_mask) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto second = static_cast<unsigned char>(bytes[1]);
  if ((first & kReserved) != 0) return protocol_error("a reserved bit is set");
  if (!is_known(first & 0x0fU)) return protocol_error("an unknown opcode");
  if (((second & kMasked) != 0) != expect_mask) return protocol_error("a mask is there or is missing, wrongly");

  FrameHeader header;
  header.opcode = static_cast<Opcode>(first & 0x0fU);
  header.final = (first & kFinal) != 0;
  header.length = second & 0x7fU;
  const std::size_t length_bytes = header.length == 126 ? 2 : header.length == 127 ? 8 : 0;
  // Before waiting for the rest: a long control frame is refused by its first two bytes.
  if (is_control(header.opcode) && length_bytes > 0) return protocol_error("a long control frame");
  header.size = 2 + length_bytes + (expect_mask ? 4 : 0);
  if (bytes.size() < header.size) return std::nullopt;
  if (length_bytes > 0) header.length = big_endian(bytes.substr(2, length_bytes));
  TRY_CHECK(check_header(header, length_bytes));
  if (expect_mask) {
    header.mask.emplace();
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(2 + length_bytes), 4, header.mask->begin());
  }
  return header;
}

void append_frame_header(std::string& out, const FrameHeader& header) {
  out.push_back(static_cast<char>((header.final ? kFinal : 0U) | static_cast<unsigned>(header.opcode)));
  const unsigned mask_bit = header.mask ? kMasked : 0U;
  const auto append_length = [&](unsigned code, int bytes) {
    out.push_back(static_cast<char>(mask_bit | code));
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(header.length >> shift));
  };
  if (header.length <= kControlPayload) {
    append_length(static_cast<unsigned>(header.length), 0);
  } else if (header.length <= 0xffff) {
    append_length(126, 2);
  } else {
    append_length(127, 8);
  }
  if (header.mask) out.append(header.mask->data(), header.mask->size());
}

void apply_mask(char* data, std::size_t size, const std::array<char, 4>& mask) {
  std::array<char, 8> twice{};
  std::copy_n(mask.begin(), 4, twice.begin());
  std::copy_n(mask.begin(), 4, twice.begin() + 4);
  const auto pattern = std::bit_cast<std::uint64_t>(twice);
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, data + at, 8);
    block ^= pattern;
    std::memcpy(data + at, &block, 8);
  }
  for (; at < size; ++at) data[at] = static_cast<char>(data[at] ^ mask[at % 4]);
}

base::Result<ClosePayload> parse_close(std::string_view payload) {
  ClosePayload close;
  if (payload.empty()) return close;
  if (payload.size() == 1) return protocol_error("a close frame of one byte");
  close.code = static_cast<int>(big_endian(payload.substr(0, 2)));
  close.reason = std::string(payload.substr(2));
  const int code = close.code;
  const bool registered = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
  if (!registered && (code < 3000 || code > 4999)) return protocol_error("a close code that may not be sent");
  if (!is_utf8(close.reason)) return protocol_error("a close reason that is not UTF-8");
  return close;
}

std::string close_payload(int code, std::string_view reason) {
  reason = reason.substr(0, kControlPayload - 2);
  while (!is_utf8(reason)) reason.remove_suffix(1);
  std::string payload;
  payload.push_back(static_cast<char>(static_cast<unsigned>(code) >> 8U));
  payload.push_back(static_cast<char>(code));
  return payload.append(reason);
}

base::Result<void> MessageAssembler::begin_frame(const FrameHeader& header) {
  const bool continues = header.opcode == Opcode::continuation;
  if (continues && !in_message()) return protocol_error("a continuation of nothing");
  if (!continues && in_message()) return protocol_error("a message inside a message");
  if (!continues) text_ = header.opcode == Opcode::text;
  if (fragments_ == kFragments) return protocol_error("a message in more than 1,024 fragments");
  if (header.length > kMessageBytes - bytes_.size()) {
    return base::fail(base::ErrorKind::too_large, "ws.too_large", "WebSocket: a message over 1 MiB.");
  }
  ++fragments_;
  return {};
}

base::Result<bool> MessageAssembler::end_frame(const FrameHeader& header) {
  if (!header.final) return false;
  if (text_ && !is_utf8(bytes_)) return protocol_error("a text message that is not UTF-8");
  return true;
}

std::string MessageAssembler::take() {
  fragments_ = 0;
  return std::exchange(bytes_, {});
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return base::base64_encode({reinterpret_cast<const char*>(digest), sizeof digest});
}

bool is_valid_key(std::string_view key) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (key.size() != 24 || !key.ends_with("==")) return false;
  const auto digits = key.substr(0, 22);
  const bool base64 = std::all_of(digits.begin(), digits.end(), [&](char c) { return kAlphabet.contains(c); });
  return base64 && kAlphabet.find(digits.back()) % 16 == 0;
}

}  // namespace http_client::ws
