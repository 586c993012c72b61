#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "common/async/nudge.hpp"
#include "common/crypto/hmac.hpp"
#include "control-plane/modules/fleet/hub.hpp"

namespace fleet {

/// What the reader of a log says to the instance that reads it for them. From any thread.
class RemoteTail {
 public:
  explicit RemoteTail(boost::asio::any_io_executor executor) : news_(std::move(executor)) {}
  /// So many of the bytes were dealt with.
  void grant(std::uint64_t bytes) {
    granted_ += bytes;
    news_.notify();
  }
  void close() {
    closed_ = true;
    news_.notify();
  }

 private:
  friend class LogRelay;
  static async::Task<void> send_credit(std::shared_ptr<RemoteTail> self,
                                       std::shared_ptr<async::MessageTransport> transport);

  std::atomic<std::uint64_t> granted_{0};
  std::atomic<bool> closed_{false};
  async::Nudge news_;
};

/// Logs of workers that are connected to another instance: read from that instance over its hub's port, TLS with the
/// installation's own authority, each request signed with a key that only instances have. The worker's credit goes
/// through: a slow reader holds up only itself. docs/adr/0014.
class LogRelay {
 public:
  static constexpr const char* kPath = "/v1/instances/log";

  LogRelay(Hub& hub, postgres::Pool& pool, const Keys& keys);

  /// Reads until the log ends, nobody wants it any more or the other instance is lost; tells `tail` so. On its reader's
  /// executor.
  async::Task<void> read(base::WorkerId worker, base::ReplicaId replica, LogRange range,
                         std::shared_ptr<RemoteTail> remote, std::weak_ptr<LogTail> tail);
  /// The other end: of GET /v1/instances/log, on the hub's listener.
  http::UpgradeHandler handler();
  /// What a request for `target` carries; for tests of the other end.
  std::string signature(std::string_view target) const;

 private:
  async::Task<LogTail::End> read_through(base::WorkerId worker, base::ReplicaId replica, LogRange range,
                                         std::shared_ptr<RemoteTail> remote, std::weak_ptr<LogTail> tail);
  async::Task<void> serve(http::Request request, http::Upgrade& upgrade);

  Hub& hub_;
  postgres::Pool& pool_;
  std::string authority_pin_;
  crypto::HmacKey key_;
};

}  // namespace fleet
