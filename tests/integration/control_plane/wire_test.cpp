#include "common/base/bytes.hpp"
#include "common/crypto/random.hpp"
#include "common/http_client/websocket_frames.hpp"
#include "tests/integration/control_plane/agent.hpp"
#include "tests/integration/http/raw_client.hpp"

// The worker channel byte by byte, over a real TLS socket: what no WebSocket library would send (PROTOCOL 4 and 5,
// SECURITY G), and what is written to the audit log of it.
namespace control_plane_test {
namespace {

namespace ws = http_client::ws;
using http_test::RawClient;

/// A worker's connection by hand.
class RawWorker {
 public:
  RawWorker(World& world, const Credentials& worker, const std::string& more_headers = "")
      : RawWorker(world, "Authorization: Bearer " + worker.token + "\r\n" + more_headers, "/v1/workers/connect") {}
  RawWorker(World& world, const std::string& headers, const std::string& target)
      : client_(world.hub_endpoint().port, http_test::Wire::tls) {
    client_.send("GET " + target +
                 " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 "X-WH-Nonce: " +
                 base::base64url_encode(crypto::random_bytes(32)) + "\r\n" +
                 (headers.contains("Sec-WebSocket-Protocol") ? "" : "Sec-WebSocket-Protocol: wisehosting.v1\r\n") +
                 headers + "\r\n");
    answer_ = client_.read_response(true);
  }

  const http_test::RawResponse& answer() const { return answer_; }

  /// One frame, masked as a client's must be unless told otherwise. `first` is the first byte: FIN, RSV, opcode.
  void send(unsigned char first, const std::string& payload, bool masked = true) {
    std::string frame(1, static_cast<char>(first));
    const auto mask_bit = static_cast<unsigned char>(masked ? 0x80 : 0);
    if (payload.size() < 126) {
      frame.push_back(static_cast<char>(mask_bit | payload.size()));
    } else {
      frame.push_back(static_cast<char>(mask_bit | 126U));
      frame.push_back(static_cast<char>(payload.size() >> 8U));
      frame.push_back(static_cast<char>(payload.size() & 0xffU));
    }
    if (masked) frame.append(4, '\0');
    client_.send(frame + payload);
  }

  /// The code of the close frame that comes, past everything else; 0 when the connection ends without one.
  int close_code() {
    for (;;) {
      const auto head = client_.read(2);
      if (head.size() < 2) return 0;
      std::size_t size = static_cast<unsigned char>(head[1]) & 0x7fU;
      if (size >= 126) {
        std::size_t long_size = 0;
        for (const char byte : client_.read(size == 126 ? 2 : 8)) {
          long_size = long_size * 256 + static_cast<unsigned char>(byte);
        }
        size = long_size;
      }
      const auto payload = client_.read(size);
      if ((static_cast<unsigned char>(head[0]) & 0x0fU) != 8) continue;
      if (payload.size() < 2) return 1005;
      return static_cast<unsigned char>(payload[0]) * 256 + static_cast<unsigned char>(payload[1]);
    }
  }

 private:
  RawClient client_;
  http_test::RawResponse answer_;
};

struct WireTest : testing::Test {
  std::string refusals() const {
    return world.database.value("SELECT count(*) FROM audit_events WHERE action = 'worker.envelope_refused'");
  }
  void wait_for_rejections(std::size_t count) {
    world.until("the rejections are counted",
                [&] { return rejected.with([&](auto& all) { return all.size() >= count; }) && refusals() != "0"; });
  }

  WireTest() {
    world.modules.hub.on_rejected(
        [this](const std::string& reason) { rejected.with([&](auto& all) { all.push_back(reason); }); });
  }
  base::Guarded<std::vector<std::string>> rejected;
  World world;
  Credentials worker = world.enrol("host-1", {"build"});
};

TEST_F(WireTest, a_text_frame_closes_with_4000) {
  RawWorker raw(world, worker);
  ASSERT_EQ(raw.answer().status, 101);

  raw.send(0x81, R"({"v":1})");

  EXPECT_EQ(raw.close_code(), 4000);
  wait_for_rejections(1);
  EXPECT_EQ(rejected.with([](auto& all) { return all.front(); }), "text_frame");
}

TEST_F(WireTest, frames_that_the_rfc_forbids_close_with_4000) {
  const std::vector<std::function<void(RawWorker&)>> wrong{
      [](RawWorker& raw) { raw.send(0x82, "unmasked", false); },
      [](RawWorker& raw) { raw.send(0xc2, "compressed"); },
      [](RawWorker& raw) { raw.send(0x83, "no such opcode"); },
      [](RawWorker& raw) { raw.send(0x80, "continues what?"); },
      [](RawWorker& raw) { raw.send(0x09, "a ping in two"); },
      [](RawWorker& raw) { raw.send(0x89, std::string(126, 'p')); },
      [](RawWorker& raw) {
        raw.send(0x02, "a");
        raw.send(0x82, "another begins");
      },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    RawWorker raw(world, worker);
    ASSERT_EQ(raw.answer().status, 101);
    wrong[i](raw);
    EXPECT_EQ(raw.close_code(), 4000) << i;
  }
}

TEST_F(WireTest, more_than_1024_fragments_close_with_4000) {
  RawWorker raw(world, worker);

  for (int i = 0; i <= 1024; ++i) raw.send(i == 0 ? 0x02 : 0x00, "x");

  EXPECT_EQ(raw.close_code(), 4000);
}

TEST_F(WireTest, ws_17_compression_is_never_negotiated) {
  const RawWorker raw(world, worker, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n");

  EXPECT_EQ(raw.answer().status, 101);
  EXPECT_FALSE(raw.answer().headers.contains("sec-websocket-extensions"));
}

TEST_F(WireTest, ws_19_a_token_is_taken_from_authorization_bearer_only) {
  const std::string connect = "/v1/workers/connect";
  const auto status = [&](const std::string& headers, const std::string& target) {
    return RawWorker(world, headers, target).answer().status;
  };

  EXPECT_EQ(status("", connect), 401);
  EXPECT_EQ(status("", connect + "?token=" + worker.token), 401);
  EXPECT_EQ(status("Authorization: Bearer " + worker.token + "\r\n", connect + "?token=" + worker.token), 401);
  EXPECT_EQ(status("", connect + "?access_token=" + worker.token), 401);
  EXPECT_EQ(status("Cookie: wh_session=" + worker.token + "\r\n", connect), 401);
  EXPECT_EQ(status("Cookie: token=" + worker.token + "\r\n", connect), 401);
  EXPECT_EQ(status("Sec-WebSocket-Protocol: wisehosting.v1, " + worker.token + "\r\n", connect), 401);
  EXPECT_EQ(status("Authorization: Basic " + base::base64_encode(":" + worker.token) + "\r\n", connect), 401);
  EXPECT_EQ(status("Authorization: " + worker.token + "\r\n", connect), 401);
  EXPECT_EQ(status("Authorization: Bearer  " + worker.token + "\r\n", connect), 401);
  EXPECT_EQ(status("Authorization: Bearer " + worker.token + ", Bearer x\r\n", connect), 401);
  EXPECT_EQ(status("Authorization: Bearer x\r\nAuthorization: Bearer " + worker.token + "\r\n", connect), 400);
  EXPECT_EQ(status("Authorization: Bearer " + worker.token + "\r\n", connect), 101);
}

TEST_F(WireTest, ws_05_a_persons_session_opens_no_worker_route) {
  world.sign_in();

  EXPECT_EQ(
      RawWorker(world, "Authorization: Bearer " + world.session_token + "\r\n", "/v1/workers/connect").answer().status,
      401);
  const auto refreshed = world.hub_request("/v1/workers/refresh-token", "{}",
                                           {{"Authorization", "Bearer " + worker.token}, {"Cookie", "wh_session=x"}});
  EXPECT_EQ(refreshed.status, 401) << "WS-07: a token alone makes no other token";
}

TEST_F(WireTest, refused_envelopes_are_audited_at_most_once_a_minute_and_worker) {
  for (int i = 0; i < 3; ++i) {
    RawWorker raw(world, worker);
    raw.send(0x82, "short");
    EXPECT_EQ(raw.close_code(), 4004);
  }
  wait_for_rejections(3);
  EXPECT_EQ(refusals(), "1");

  const auto other = world.enrol("host-2", {"build"});
  RawWorker raw_other(world, other);
  raw_other.send(0x81, "text");
  EXPECT_EQ(raw_other.close_code(), 4000);
  world.until("another worker's is written", [&] { return refusals() == "2"; });

  world.database.run("UPDATE workers SET refusal_recorded_at = now() - interval '61 seconds'");
  RawWorker later(world, worker);
  later.send(0x82, std::string(40, 'x'));
  EXPECT_EQ(later.close_code(), 4004);
  world.until("a minute later it is written again", [&] { return refusals() == "3"; });
}

TEST_F(WireTest, the_audit_event_names_worker_reason_and_code_and_nothing_that_was_sent) {
  RawWorker raw(world, worker);
  raw.send(0x82, std::string(40, 'x') + "canary");
  EXPECT_EQ(raw.close_code(), 4004);
  wait_for_rejections(1);

  const std::string event = world.database.value(
      "SELECT concat_ws(' ', actor_kind, actor_id = object_id, after) FROM audit_events WHERE action = "
      "'worker.envelope_refused'");
  EXPECT_EQ(event, R"(worker t {"reason": "bad_mac", "close_code": 4004})");
}

}  // namespace
}  // namespace control_plane_test
