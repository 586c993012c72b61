#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/guarded.hpp"
#include "common/protocol/session.hpp"
#include "control-plane/modules/fleet/assignments.hpp"
#include "control-plane/modules/fleet/registration.hpp"
#include "control-plane/modules/fleet/stats.hpp"
#include "control-plane/modules/fleet/workers.hpp"
#include "control-plane/platform/http/route_table.hpp"
#include "control-plane/platform/postgres/pool.hpp"

namespace fleet {

/// The worker on the other end of a connection, as handlers see it. Already fenced by its session epoch.
struct Peer {
  base::WorkerId worker;
  std::int64_t session_epoch{0};
};

struct Outgoing {
  std::string type;
  std::string data;
  std::string attachment;
};
template <class T>
Outgoing outgoing(const T& message, std::string attachment = {}) {
  return Outgoing{std::string(T::kType), json::encode(message), std::move(attachment)};
}

/// What a handler answers; sent after its transaction was committed, each with `re`.
struct Reply {
  bool ack{false};
  std::string ack_data{"{}"};
  std::vector<Outgoing> send;
};

/// Receives the bytes of a container log that the control plane asked for. Called on the connection's thread.
class LogTail {
 public:
  enum class End {
    complete,  ///< all of it was sent
    refused,   ///< the worker has no such log, or there are too many readers
    lost,      ///< the connection ended; it can be opened again where it was
  };
  virtual ~LogTail() = default;
  virtual void bytes(std::string_view data) = 0;
  /// Nothing follows.
  virtual void closed(End end) = 0;
};

/// Which part of a replica's log a tail shows. Nothing given: all that is kept.
struct LogRange {
  std::optional<int> last_lines;
  std::optional<base::UtcTime> since;
  std::optional<std::uint64_t> from;  ///< an offset that the log told before
  bool follow{false};
};

class Connection;

/// The worker channel of this instance: connections, the messages that come in, and what waits to be sent.
/// Handlers are registered before the first connection; everything else is thread-safe.
class Hub {
 public:
  struct Options {
    std::string instance{"cp-1"};
    std::size_t most_connections{2000};
  };
  using Handler = std::function<base::Result<Reply>(Tx&, const Peer&, const protocol::ReceivedEnvelope&)>;
  using Dispatcher = std::function<std::vector<Outgoing>(Tx&, const Peer&)>;
  using Confirmed = std::function<void(Tx&, const std::string& kind, const std::vector<base::Uuid>& objects)>;

  Hub(postgres::Pool& pool, const base::Clock& clock, Options options, Registration& registration, Workers& workers,
      Assignments& assignments);
  ~Hub();

  /// `handler(tx, peer, message, attachment) -> Result<Reply>` in one transaction, fenced. Several modules may handle
  /// one type: they run in the order of registration, and their replies are put together.
  template <class T, class F>
  void on(F handler) {
    handlers_[std::string(T::kType)].push_back(
        [handler](Tx& tx, const Peer& peer, const protocol::ReceivedEnvelope& envelope) -> base::Result<Reply> {
          TRY_ASSIGN(const auto message, envelope.as<T>());
          return handler(tx, peer, message, envelope.attachment);
        });
  }
  /// Asked after each nudge for what else waits for this worker.
  void add_dispatcher(Dispatcher dispatcher) { dispatchers_.push_back(std::move(dispatcher)); }
  /// Told, in the transaction, of each signed command that goes to a worker.
  void on_command(std::function<void(Tx&, base::WorkerId, const Outgoing&)> told) { commanded_ = std::move(told); }
  /// Told, in the transaction, which objects a worker confirmed.
  void on_confirmed(Confirmed confirmed) { confirmed_ = std::move(confirmed); }

  /// Told the label of `wh_envelope_rejected_total` for each connection that was closed for what it sent.
  void on_rejected(std::function<void(const std::string&)> told) { rejected_ = std::move(told); }

  /// The handler of GET /v1/workers/connect.
  http::UpgradeHandler connect_handler();

  /// Something waits for this worker. From any thread.
  void nudge(base::WorkerId worker);
  std::vector<base::WorkerId> connected() const;
  /// What workers that are connected here report of themselves.
  Stats& stats() { return stats_; }
  const base::Clock& clock() const { return clock_; }
  /// Where other instances reach this one, for what they want of its workers; empty: nowhere. Before the first
  /// connection.
  void set_reached_at(std::string url) { reached_at_ = std::move(url); }
  const std::string& reached_at() const { return reached_at_; }
  /// Keeps `last_seen_at` fresh in batches and finds work that other instances left; returns when cancelled.
  async::Task<void> maintain();

  /// Opens a container log at the worker; `tail` is kept until it is closed. At first 256 KiB come (64 KiB while there
  /// are many readers), then what `grant_tail` permits: a slow reader holds up only itself. False when the worker is
  /// not connected here.
  bool open_tail(base::WorkerId worker, base::StreamId stream, base::ReplicaId replica, const LogRange& range,
                 std::weak_ptr<LogTail> tail);
  /// So many of the bytes were dealt with.
  void grant_tail(base::WorkerId worker, base::StreamId stream, std::uint64_t bytes);
  void close_tail(base::WorkerId worker, base::StreamId stream);

 private:
  friend class Connection;
  async::Task<void> connect(http::Request request, http::Upgrade& upgrade);
  async::Task<void> serve(AdmittedWorker admitted, http::Request request, http::Upgrade& upgrade);
  base::Result<Reply> handle(Tx& tx, const Peer& peer, const protocol::ReceivedEnvelope& envelope);
  async::Task<void> record_refusal(base::WorkerId worker, protocol::CloseReason reason);
  void enter(const std::shared_ptr<Connection>& connection);
  void leave(const std::shared_ptr<Connection>& connection);
  std::shared_ptr<Connection> find(base::WorkerId worker) const;

  postgres::Pool& pool_;
  const base::Clock& clock_;
  Options options_;
  Registration& registration_;
  Workers& workers_;
  Assignments& assignments_;
  std::map<std::string, std::vector<Handler>> handlers_;
  std::vector<Dispatcher> dispatchers_;
  std::function<void(Tx&, base::WorkerId, const Outgoing&)> commanded_;
  Confirmed confirmed_;
  std::function<void(const std::string&)> rejected_;
  base::Guarded<std::map<base::WorkerId, std::shared_ptr<Connection>>> connections_;
  Stats stats_;
  std::string reached_at_;
};

}  // namespace fleet
