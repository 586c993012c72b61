#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <vector>

#include "control-plane/modules/scheduling/log_events.hpp"
#include "control-plane/modules/scheduling/routes.hpp"

namespace scheduling {

/// One reader of an app's logs, kept by its answer.
struct LogReader {
  Routes routes;
  postgres::Pool& pool;
  base::AppEnvironmentId environment;
  LogQuery query;
  std::vector<Replica> replicas;  ///< when it began
};

/// Where a follower hears of what is printed. On the connection's thread.
class LogOutlet {
 public:
  virtual ~LogOutlet() = default;
  /// False when the reader is gone. Waits while the reader is slow.
  virtual async::Task<bool> tell(std::vector<LogEvent> events) = 0;
  /// Nothing happened for a while.
  virtual async::Task<bool> heartbeat() = 0;
  virtual bool closed() const = 0;
};

/// The answer that ends: replica after replica, as the workers send it. A worker that says nothing is told of in its
/// place.
async::Task<void> write_log(std::shared_ptr<LogReader> reader, http::BodyWriter& writer);
/// Until the reader goes. Replicas that come while it goes on are taken in.
async::Task<void> follow_log(std::shared_ptr<LogReader> reader, LogOutlet& outlet);

/// Server-sent events.
async::Task<void> follow_log_events(std::shared_ptr<LogReader> reader, http::BodyWriter& writer);
/// A WebSocket: each event is a text message, what the client says is not read.
async::Task<void> follow_log_socket(std::shared_ptr<LogReader> reader, http::Upgrade& upgrade);

base::Result<std::vector<Replica>> replicas_to_read(Tx& tx, Routes& routes, base::AppEnvironmentId environment,
                                                    const LogQuery& query);

}  // namespace scheduling
