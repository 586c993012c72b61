#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/json/json.hpp"
#include "common/protocol/envelope.hpp"
#include "common/protocol/session.hpp"
#include "tests/support/fake_transport.hpp"

namespace support {

/// One side of the worker protocol played by hand, without protocol::Session: what a test sends is exactly what it
/// says.
class ScriptedPeer {
 public:
  ScriptedPeer(std::unique_ptr<async::MessageTransport> transport, protocol::SessionKeys keys, const base::Clock& clock)
      : transport_(std::move(transport)), keys_(std::move(keys)), clock_(clock) {}

  /// The bytes of the next envelope; counts `seq` up.
  std::string make(std::string_view type, std::string data, std::string attachment = {},
                   std::optional<protocol::EnvelopeId> re = std::nullopt) {
    protocol::Envelope envelope;
    envelope.seq = next_seq++;
    envelope.id = protocol::EnvelopeId::make(clock_);
    envelope.type = std::string(type);
    envelope.ts = clock_.utc_now();
    envelope.re = re;
    envelope.data = std::move(data);
    envelope.attachment = std::move(attachment);
    last_id = envelope.id;
    return protocol::encode_envelope(keys_.send, envelope).value();
  }
  /// A correct MAC over any content.
  std::string seal(const std::string& content) const {
    const crypto::Mac mac = keys_.send.mac(content);
    return std::string(mac.data(), mac.size()) + content;
  }

  async::Task<protocol::EnvelopeId> send(std::string type, std::string data, std::string attachment = {},
                                         std::optional<protocol::EnvelopeId> re = std::nullopt) {
    std::string bytes = make(type, std::move(data), std::move(attachment), re);
    const protocol::EnvelopeId id = last_id;
    co_await transport_->send(std::move(bytes));
    co_return id;
  }
  template <class T>
    requires requires { T::kType; }
  async::Task<protocol::EnvelopeId> send(const T& message, std::string attachment = {},
                                         std::optional<protocol::EnvelopeId> re = std::nullopt) {
    return send(std::string(T::kType), json::encode(message), std::move(attachment), re);
  }
  async::Task<void> send_raw(std::string bytes) { co_await transport_->send(std::move(bytes)); }

  /// The next envelope that is neither ping nor pong (pings are answered); nothing when the connection has ended.
  async::Task<std::optional<protocol::Envelope>> receive() {
    while (true) {
      auto frame = co_await transport_->receive();
      if (!frame) co_return std::nullopt;
      auto envelope = protocol::decode_envelope(keys_.receive, frame->text, frame->bytes);
      if (!envelope) throw std::runtime_error("the other side sent a bad envelope");
      if (envelope->seq != expected_seq++) throw std::runtime_error("the other side sent a gap");
      raw_received.push_back(frame->bytes);
      if (envelope->type == "pong") continue;
      if (envelope->type == "ping") {
        co_await send("pong", "{}", {}, envelope->id);
        continue;
      }
      co_return std::move(*envelope);
    }
  }
  /// The next envelope of `type`; others on the way to it are dropped.
  async::Task<protocol::Envelope> expect(std::string type) {
    while (true) {
      auto envelope = co_await receive();
      if (!envelope) throw std::runtime_error("ended while waiting for " + type);
      if (envelope->type == type) co_return std::move(*envelope);
    }
  }
  template <class T>
  async::Task<T> expect_as() {
    const protocol::Envelope envelope = co_await expect(std::string(T::kType));
    last_received = envelope.id;
    co_return json::decode<T>(envelope.data, json::Unknown::reject).value();
  }
  /// Comes back when the other side has closed; its close code.
  async::Task<int> closed() {
    while (co_await receive()) {
    }
    co_return transport_->peer_close_code();
  }

  async::MessageTransport& transport() { return *transport_; }

  std::uint64_t next_seq{0};
  std::uint64_t expected_seq{0};
  protocol::EnvelopeId last_id{};
  protocol::EnvelopeId last_received{};
  std::vector<std::string> raw_received{};

 private:
  std::unique_ptr<async::MessageTransport> transport_;
  protocol::SessionKeys keys_;
  const base::Clock& clock_;
};

}  // namespace support
