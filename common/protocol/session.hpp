#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/async/message_transport.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/json/json.hpp"
#include "common/protocol/envelope.hpp"
#include "common/protocol/limits.hpp"
#include "common/protocol/messages/error.hpp"

namespace protocol {

/// An envelope whose MAC, form and place were right and whose type may come from the other side.
struct ReceivedEnvelope {
  EnvelopeId id{};
  std::string type{};
  base::UtcTime sent_at{};
  std::optional<EnvelopeId> re{};
  std::string data{};  ///< a JSON object
  std::string attachment{};
  base::SteadyTime received_at{};

  /// The typed `data`; members that `T` does not name are ignored. Errors have the code `malformed`.
  template <class T>
  base::Result<T> as() const {
    auto value = json::decode<T>(data, json::Unknown::ignore);
    if (!value) return base::fail(base::ErrorKind::malformed, "malformed", describe(value.error()));
    return value;
  }

 private:
  static std::string describe(const base::Error& error);
};

/// How a connection ended.
struct CloseReason {
  enum class By { us, peer, transport };
  By by{By::transport};
  int code{0};             ///< a CloseCode, or what the peer sent, or 0 when the bytes just ended
  std::string reason{};    ///< short, for logs
  std::string rejected{};  ///< label of `wh_envelope_rejected_total`, or empty
  bool cancelled{false};   ///< the awaiting task was asked to end
};

/// Bounds and periods; the defaults are the protocol's.
struct SessionOptions {
  base::Duration ping_every{kPingEvery};
  base::Duration dead_after{kDeadAfter};
  base::Duration close_grace{std::chrono::seconds{2}};  ///< for what is queued to leave before a close
  std::size_t control_count{4'096};
  std::size_t control_bytes{std::size_t{16} << 20U};
  std::size_t bulk_count{256};
  std::size_t bulk_bytes{std::size_t{4} << 20U};
  std::size_t inbound_count{256};
  std::size_t inbound_bytes{std::size_t{8} << 20U};
};

/// One connection of the worker protocol, the same on both sides: reads, checks, answers pings, hands messages on in
/// order; numbers, signs and writes what is sent, control messages before stream data; pings every 10 s; ends after 30
/// s of silence. Everything runs on the transport's executor; not thread-safe.
class Session {
 public:
  /// Called for one message after the other (not for ping and pong), hello first. An Error whose code is one of the
  /// protocol's error codes is answered with `error`; any other, and an exception, with `internal`.
  /// `ack` and `error` are never answered, whatever it returns.
  using Handler = std::function<async::Task<base::Result<void>>(ReceivedEnvelope)>;

  Session(std::unique_ptr<async::MessageTransport> transport, SessionKeys keys, Side self, const base::Clock& clock,
          SessionOptions options = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void on_message(Handler handler);

  /// Runs the loops until the connection ends, for whatever reason; call once. When the awaiting task is cancelled it
  /// closes with 4008 and comes back with `cancelled`; the cancellation is consumed then, so that the caller can await
  /// what it has to tidy before it ends. The caller has sent its `hello` before (it is queued).
  async::Task<CloseReason> run();

  /// Queues a message. `data` is the text of a JSON object. Errors: `session.closed`; `session.full` when the bulk
  /// queue (stream data, stats) has no room: await `writable()`. A full control queue closes the connection.
  base::Result<EnvelopeId> send(std::string_view type, std::string data, std::string attachment = {},
                                std::optional<EnvelopeId> re = std::nullopt);
  template <class T>
    requires requires { T::kType; }
  base::Result<EnvelopeId> send(const T& message, std::string attachment = {},
                                std::optional<EnvelopeId> re = std::nullopt) {
    return send(T::kType, json::encode(message), std::move(attachment), re);
  }
  base::Result<EnvelopeId> ack(EnvelopeId re, std::string data = "{}");
  base::Result<EnvelopeId> error(EnvelopeId re, ErrorCode code, std::string message);

  /// Comes back when the bulk queue has room again, or the connection has ended.
  async::Task<void> writable();
  bool has_room() const;

  /// Ends the connection: what is queued leaves first (within the grace), then the closing handshake. Idempotent; the
  /// first call's code stands.
  void close(CloseCode code, std::string reason);
  bool closing() const;

  /// When the ping was sent that the latest pong answered: the anchor of leases.
  std::optional<base::SteadyTime> last_answered_ping() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace protocol
