#include "common/http_client/websocket_frames.hpp"

#include <gtest/gtest.h>

namespace {

using namespace http_client::ws;
using std::string_literals::operator""s;

std::string error_of(std::string_view bytes, bool expect_mask = false) {
  const auto parsed = parse_frame_header(bytes, expect_mask);
  return parsed ? (*parsed ? "taken" : "more") : parsed.error().code;
}

TEST(WebSocketFrames, headers_survive_the_round_trip_at_every_length_form) {
  for (const std::uint64_t length : {0ULL, 1ULL, 125ULL, 126ULL, 65535ULL, 65536ULL, 1ULL << 40U}) {
    for (const bool masked : {false, true}) {
      FrameHeader header{Opcode::binary, false, length, std::nullopt, 0};
      if (masked) header.mask = std::array<char, 4>{'a', 'b', 'c', 'd'};
      std::string bytes;
      append_frame_header(bytes, header);

      for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
        EXPECT_EQ(error_of(std::string_view(bytes).substr(0, cut), masked), "more");
      }
      const auto parsed = parse_frame_header(bytes, masked);

      ASSERT_TRUE(parsed && *parsed);
      EXPECT_EQ((*parsed)->length, length);
      EXPECT_EQ((*parsed)->mask, header.mask);
      EXPECT_EQ((*parsed)->size, bytes.size());
      EXPECT_FALSE((*parsed)->final);
    }
  }
}

TEST(WebSocketFrames, refuses_what_the_rfc_forbids) {
  EXPECT_EQ(error_of("\xc2\x00"s), "ws.protocol") << "reserved bit";
  EXPECT_EQ(error_of("\x83\x00"s), "ws.protocol") << "reserved opcode";
  EXPECT_EQ(error_of("\x8b\x00"s), "ws.protocol") << "reserved control opcode";
  EXPECT_EQ(error_of("\x09\x00"s), "ws.protocol") << "fragmented ping";
  EXPECT_EQ(error_of("\x89\x7e"s), "ws.protocol") << "long ping";
  EXPECT_EQ(error_of("\x82\x7e\x00\x7d"s), "ws.protocol") << "length not in its shortest form";
  EXPECT_EQ(error_of("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s), "ws.protocol") << "length not in its shortest form";
  EXPECT_EQ(error_of("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s), "ws.protocol") << "negative length";
  EXPECT_EQ(error_of("\x82\x00"s, true), "ws.protocol") << "mask missing";
  EXPECT_EQ(error_of("\x82\x80"s, false), "ws.protocol") << "mask where none may be";
}

TEST(WebSocketFrames, masks_and_unmasks_any_length) {
  const std::array<char, 4> mask{'\x01', '\x7f', '\x55', '\x30'};
  for (std::size_t size = 0; size < 40; ++size) {
    std::string text(size, 'x');
    apply_mask(text.data(), text.size(), mask);
    for (std::size_t i = 0; i < size; ++i) EXPECT_EQ(text[i], static_cast<char>('x' ^ mask[i % 4]));
    apply_mask(text.data(), text.size(), mask);
    EXPECT_EQ(text, std::string(size, 'x'));
  }
}

TEST(WebSocketFrames, close_payloads_are_checked) {
  EXPECT_EQ(parse_close("")->code, 1005);
  EXPECT_EQ(parse_close(close_payload(4008, "going away"))->reason, "going away");
  for (const auto& payload : {"\x03"s, close_payload(999, ""), close_payload(1005, ""), close_payload(1006, ""),
                              close_payload(2999, ""), close_payload(5000, ""), "\x03\xe8\xff"s}) {
    EXPECT_FALSE(parse_close(payload));
  }
}

TEST(WebSocketFrames, a_long_reason_is_cut_between_characters) {
  std::string reason;
  for (int i = 0; i < 100; ++i) reason += "é";

  const auto payload = close_payload(4000, reason);

  EXPECT_LE(payload.size(), 125U);
  EXPECT_TRUE(parse_close(payload));
}

TEST(MessageAssembler, bounds_fragments_and_bytes) {
  MessageAssembler fragments;
  FrameHeader frame{Opcode::binary, false, 0, std::nullopt, 0};
  for (std::size_t i = 0; i < MessageAssembler::kFragments; ++i) {
    ASSERT_TRUE(fragments.begin_frame(frame)) << i;
    frame.opcode = Opcode::continuation;
  }
  EXPECT_EQ(fragments.begin_frame(frame).error().code, "ws.protocol");

  MessageAssembler bytes;
  EXPECT_TRUE(bytes.begin_frame({Opcode::binary, true, MessageAssembler::kMessageBytes, std::nullopt, 0}));
  MessageAssembler more;
  EXPECT_EQ(more.begin_frame({Opcode::binary, true, MessageAssembler::kMessageBytes + 1, std::nullopt, 0}).error().code,
            "ws.too_large");
}

TEST(MessageAssembler, refuses_frames_out_of_order) {
  MessageAssembler idle;
  EXPECT_FALSE(idle.begin_frame({Opcode::continuation, true, 0, std::nullopt, 0}));

  MessageAssembler busy;
  ASSERT_TRUE(busy.begin_frame({Opcode::binary, false, 0, std::nullopt, 0}));
  EXPECT_FALSE(busy.begin_frame({Opcode::text, true, 0, std::nullopt, 0}));
}

TEST(WebSocketHandshake, knows_the_rfcs_example) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
  for (const auto* key : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j!Q=="}) {
    EXPECT_FALSE(is_valid_key(key)) << key;
  }
}

}  // namespace
