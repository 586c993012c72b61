#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/http_client/outgoing.hpp"
#include "control-plane/modules/observability/drain_target.hpp"
#include "control-plane/modules/observability/types_drains.hpp"
#include "control-plane/modules/scheduling/log_lines.hpp"

namespace observability {

/// Lines of one replica, whole and in their order.
struct DrainLines {
  DrainNames names;
  std::string replica;  ///< its id
  std::string release;  ///< its id
  int index{0};
  std::string worker;
  std::vector<scheduling::LogLine> lines;
};

/// Where an app's output goes too. One contract for every kind (tests/integration/control_plane/drains_test.cpp): good
/// means that the other side has taken all of it, in order; after a failure a part may have come, and the same lines
/// are sent again.
class DrainSink {
 public:
  DrainSink() = default;
  virtual ~DrainSink() = default;
  DrainSink(const DrainSink&) = delete;
  DrainSink& operator=(const DrainSink&) = delete;
  /// Error `drain.refused`, or one of the network.
  virtual async::Task<base::Result<void>> send(const std::vector<DrainLines>& lines, base::Deadline deadline) = 0;
};

struct SinkTools {
  boost::asio::any_io_executor executor;
  const base::Clock& clock;
  http_client::OutgoingPolicy policy;  ///< where drains may go; each connection is checked anew
  http_client::Resolve resolve{};
};

std::unique_ptr<DrainSink> open_sink(DrainTarget target, SinkTools tools);

// For the kinds.
/// A JSON object a line: time, stream (stdout, stderr or gap), text, and whose it is.
std::string as_json_lines(const std::vector<DrainLines>& all);
/// RFC 5424 messages, framed by their length: HOSTNAME is the worker, APP-NAME the app, PROCID the replica's index.
std::string as_syslog(const std::vector<DrainLines>& all);

}  // namespace observability
