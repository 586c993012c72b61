#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace http_client::ws {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

inline bool is_control(Opcode opcode) {
  return (static_cast<unsigned>(opcode) & 8U) != 0;
}

struct FrameHeader {
  Opcode opcode{Opcode::binary};
  bool final{true};
  std::uint64_t length{0};
  /// Of the payload, where it is masked.
  std::optional<std::array<char, 4>> mask;
  /// Bytes that the header itself takes.
  std::size_t size{0};
};

/// Reads a frame's header from the front of `bytes`; nothing while more bytes are needed. Everything that RFC 6455
/// section 5 forbids is `ws.protocol`: reserved bits and opcodes, long or fragmented control frames, lengths not in
/// their shortest form, a mask where there must be none or none where there must be one.
base::Result<std::optional<FrameHeader>> parse_frame_header(std::string_view bytes, bool expect_mask);

/// Appends a frame's header to `out`.
void append_frame_header(std::string& out, const FrameHeader& header);
/// Masks or unmasks `size` bytes that begin the payload.
void apply_mask(char* data, std::size_t size, const std::array<char, 4>& mask);

struct ClosePayload {
  /// 1005 when there is none.
  int code{1005};
  std::string reason;
};
base::Result<ClosePayload> parse_close(std::string_view payload);
/// The reason is cut to what a control frame holds.
std::string close_payload(int code, std::string_view reason);

/// Puts data frames together to messages, within the bounds of the worker protocol, section 5.
class MessageAssembler {
 public:
  static constexpr std::size_t kMessageBytes = 1024 * 1024;
  static constexpr std::size_t kFragments = 1024;

  /// Accounts for a data frame before its payload is read. Errors: `ws.protocol`, `ws.too_large`.
  base::Result<void> begin_frame(const FrameHeader& header);
  /// Where the frame's payload goes.
  std::string& bytes() { return bytes_; }
  /// Ends the frame; true when the message is whole, then `take` gives it. Text that is not UTF-8 is `ws.protocol`.
  base::Result<bool> end_frame(const FrameHeader& header);
  bool in_message() const { return fragments_ > 0; }
  bool is_text() const { return text_; }
  std::string take();

 private:
  std::string bytes_;
  std::size_t fragments_{0};
  bool text_{false};
};

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455, 4.2.2).
std::string accept_key(std::string_view key);
/// Whether `key` is base64 of 16 bytes.
bool is_valid_key(std::string_view key);

}  // namespace http_client::ws
